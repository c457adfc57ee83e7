/** The room plan of README "Architecture", kept true by reading import lines. */
import { expect, test } from "bun:test"
import { readdirSync, readFileSync } from "node:fs"
import { dirname, join, relative, resolve } from "node:path"

const src = resolve(import.meta.dir, "../src")

/** Which rooms a room may import; `base`, `model` and `db` are open to every room but themselves downwards. */
const may: Record<string, string[]> = {
  base: [],
  model: ["base"],
  db: ["base", "model"],
  audit: ["base", "model", "db"],
  registry: ["base", "model", "db", "audit"],
  render: ["base", "model"],
  feeds: ["base", "model", "db"],
  articles: ["base", "model", "db"],
  checks: ["base", "model", "db", "audit"],
  outbox: ["base", "model", "db", "audit", "render"],
  networks: ["base", "model", "db"],
  metrics: ["base", "model", "db", "audit"],
  alerts: ["base", "model", "db", "audit", "render"],
  reports: ["base", "model", "db", "audit", "render"],
  cases: ["base", "model", "db", "audit"],
  rehearsal: ["base", "model", "render", "registry"],
}
/** jobs join rooms; app.ts introduces them; web and cli are shells around the App. */
const joins = new Set(["jobs", "app", "main", "web", "cli"])

function* files(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) yield* files(path)
    else if (/\.tsx?$/.test(entry.name)) yield path
  }
}
const roomOf = (path: string) => relative(src, path).split("/")[0]!.replace(/\.tsx?$/, "")

test("rooms import only what the plan allows, and other rooms only by their door", () => {
  const wrong: string[] = []
  for (const file of files(src)) {
    const room = roomOf(file)
    for (const [, target] of readFileSync(file, "utf8").matchAll(/(?:from|import\()\s*"(\.[^"]+)"/g)) {
      const path = resolve(dirname(file), target!)
      const other = roomOf(path)
      if (other === room || joins.has(room)) continue
      if (!may[room]?.includes(other)) wrong.push(`${relative(src, file)} imports ${other}`)
      const shared = ["base", "model", "db"].includes(other)
      if (!shared && !/\/index\.ts$/.test(path)) wrong.push(`${relative(src, file)} reaches into ${relative(src, path)}`)
    }
  }
  expect(wrong).toEqual([])
})

test("nothing in the repository points outside of it", () => {
  const outside: string[] = []
  for (const file of files(src)) {
    for (const [, target] of readFileSync(file, "utf8").matchAll(/(?:from|import\()\s*"(\.[^"]+)"/g)) {
      if (!resolve(dirname(file), target!).startsWith(resolve(src, ".."))) outside.push(`${relative(src, file)}: ${target}`)
    }
  }
  expect(outside).toEqual([])
})
