/**
 * Raw answers of a token endpoint as sealed files, one each: written and flushed before anything else happens, also while the database is out
 * of reach. Deleted when the pair has reached the database.
 */
import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from "node:fs"
import { join } from "node:path"

export interface SealedAnswer {
  id: string
  accountId: string
  version: number
  at: number
  /** Sealed like a token. */
  body: string
}

export class AnswerFiles {
  private readonly dir: string | null

  constructor(dataDir: string) {
    this.dir = dataDir === ":memory:" ? null : join(dataDir, "token-answers")
  }

  /** Without a pause in which the process could be stopped by its own doing. */
  write(answer: SealedAnswer): void {
    if (!this.dir) return
    mkdirSync(this.dir, { recursive: true, mode: 0o700 })
    const file = openSync(this.path(answer.id), "wx", 0o600)
    try {
      writeSync(file, JSON.stringify(answer))
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
  }

  /** Oldest first. A file that was cut by a death of the machine says nothing and is left for a person. */
  read(accountId?: string): SealedAnswer[] {
    if (!this.dir) return []
    let names: string[]
    try {
      names = readdirSync(this.dir)
    } catch {
      return []
    }
    const answers: SealedAnswer[] = []
    for (const name of names.filter((entry) => entry.endsWith(".json"))) {
      try {
        const answer = JSON.parse(readFileSync(join(this.dir, name), "utf8")) as SealedAnswer
        if (accountId === undefined || answer.accountId === accountId) answers.push(answer)
      } catch {
        // Used up by another process just now, or cut.
      }
    }
    return answers.sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1))
  }

  remove(id: string): void {
    if (this.dir) rmSync(this.path(id), { force: true })
  }

  private path(id: string) {
    return join(this.dir!, `${id}.json`)
  }
}
