/**
 * What the fake networks and portals must not forget when the process is killed: one JSON value a line, written before
 * the caller gets its answer. A line that was cut by the kill is dropped at the next start.
 */
import { closeSync, existsSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from "node:fs"
import { dirname } from "node:path"

export interface Journal {
  /** Everything written so far, oldest first. */
  readonly past: [kind: string, value: unknown][]
  write(kind: string, value: unknown): void
  close(): void
}

export function openJournal(file: string | undefined): Journal {
  if (!file) return { past: [], write: () => {}, close: () => {} }
  mkdirSync(dirname(file), { recursive: true })
  const past: [string, unknown][] = []
  let goodBytes = 0
  if (existsSync(file)) {
    const bytes = readFileSync(file)
    const end = bytes.lastIndexOf(10) + 1
    for (const line of bytes.subarray(0, end).toString("utf8").split("\n")) {
      if (line) past.push(JSON.parse(line) as [string, unknown])
    }
    goodBytes = end
  }
  let fd: number | null = openSync(file, "a+", 0o600)
  ftruncateSync(fd, goodBytes)
  return {
    past,
    write(kind, value) {
      if (fd !== null) writeSync(fd, JSON.stringify([kind, value]) + "\n")
    },
    close() {
      if (fd !== null) closeSync(fd)
      fd = null
    },
  }
}
