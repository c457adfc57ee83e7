/**
 * Turns src/ into JavaScript for Node.js (types stripped, JSX written out), one file per source, named by the source's hash, into the
 * folder that scripts/node-hooks.mjs reads. Runs in Bun, once per change; the folder may be copied to machines where Bun cannot run.
 *
 *   bun scripts/node-build.ts FOLDER
 */
import { createHash } from "node:crypto"
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs"
import { join, relative } from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("../src", import.meta.url))
const folder = process.argv[2]!
const sources = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((name) => /\.tsx?$/.test(name))
const built = await Bun.build({
  entrypoints: sources.map((name) => join(root, name)),
  root,
  target: "node",
  format: "esm",
  external: ["*"],
  naming: "[dir]/[name].[ext]",
  define: { "process.env.NODE_ENV": '"production"' },
  jsx: { runtime: "automatic", importSource: "hono/jsx", development: false },
})
mkdirSync(folder, { recursive: true })
const texts = new Map<string, string>()
for (const output of built.outputs) texts.set(relative(".", output.path).replace(/\.js$/, ""), await output.text())
for (const name of sources) {
  const text = texts.get(name.replace(/\.tsx?$/, ""))
  if (text === undefined) throw new Error(`${name} was not built`)
  const target = join(folder, `${createHash("sha256").update(readFileSync(join(root, name))).digest("hex")}.mjs`)
  // Whole or not at all: another process may be reading.
  writeFileSync(`${target}.${process.pid}`, text)
  renameSync(`${target}.${process.pid}`, target)
}
