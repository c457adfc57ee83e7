/** Bytes of uploaded photos: beside the journal when there is one, else in memory up to a limit. For people's pages only. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"

const memoryBytesMax = 64 * 1_048_576

export interface Media {
  keep(id: string, bytes: Uint8Array): void
  read(id: string): Uint8Array | null
}

export function createMedia(folder: string | null): Media {
  if (folder) {
    mkdirSync(folder, { recursive: true })
    return {
      keep: (id, bytes) => writeFileSync(join(folder, id), bytes),
      read: (id) => (/^\w+$/.test(id) && existsSync(join(folder, id)) ? new Uint8Array(readFileSync(join(folder, id))) : null),
    }
  }
  const kept = new Map<string, Uint8Array>()
  let total = 0
  return {
    keep(id, bytes) {
      kept.set(id, bytes)
      total += bytes.length
      for (const [old, oldBytes] of kept) {
        if (total <= memoryBytesMax) break
        kept.delete(old)
        total -= oldBytes.length
      }
    },
    read: (id) => kept.get(id) ?? null,
  }
}
