import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { Database } from "bun:sqlite"
import type { Own } from "./target.ts"

/** The data folder of the server as another one: a consistent copy of the database, without the named files. */
export function copyOf({ w }: Own, name: string, without: string[] = []): string {
  const dir = join(w.home, name)
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const db = new Database(join(w.env.LOA_DATA!, "loa.sqlite"))
  db.exec(`VACUUM INTO '${join(dir, "loa.sqlite")}'`)
  db.close()
  if (!without.includes("secret.key")) Bun.spawnSync(["cp", "-p", join(w.env.LOA_DATA!, "secret.key"), dir])
  return dir
}
