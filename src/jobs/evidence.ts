/** Bytes kept as evidence, named by their hash below `LOA_DATA/evidence/`: pictures of profiles and of observed pages. */
import { existsSync } from "node:fs"
import { mkdir, rename, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { newId, sha256 } from "../base/hash.ts"

export const evidenceFile = (dataDir: string, hash: string) => join(dataDir, "evidence", hash.slice(0, 2), `${hash}.bin`)

/** Writes once; answers the hash. */
export async function keepEvidence(dataDir: string, bytes: Uint8Array): Promise<string> {
  const hash = sha256(bytes)
  const file = evidenceFile(dataDir, hash)
  if (existsSync(file)) return hash
  await mkdir(join(file, ".."), { recursive: true, mode: 0o700 })
  const part = `${file}.${newId(0)}.part`
  await writeFile(part, bytes, { mode: 0o600 })
  await rename(part, file)
  return hash
}
