// Loa on Node.js >= 24:  node --import ./scripts/node-hooks.mjs src/main.ts serve
// Answers imports of src/*.ts and *.tsx with what scripts/node-build.ts made of them, and has it made when something changed.
import { createHash } from "node:crypto"
import { existsSync, readFileSync } from "node:fs"
import { registerHooks } from "node:module"
import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"

const root = new URL("..", import.meta.url)
const source = new URL("src/", root).href
const folder = process.env.LOA_NODE_BUILD ?? fileURLToPath(new URL("node_modules/.cache/loa-node", root))

if (Number(process.versions.node.split(".")[0]) < 24) {
  process.stderr.write(`Loa needs Node.js 24 or newer (this is ${process.versions.node}), or Bun: npm start\n`)
  process.exit(2)
}

let built = false
const fileOf = (text) => `${folder}/${createHash("sha256").update(text).digest("hex")}.mjs`

function build() {
  built = true
  const bun = fileURLToPath(new URL("node_modules/bun/bin/bun.exe", root))
  const done = spawnSync(bun, [fileURLToPath(new URL("scripts/node-build.ts", root)), folder], { stdio: ["ignore", 2, 2], cwd: fileURLToPath(root) })
  if (done.status === 0) return
  process.stderr.write(`The sources changed and Bun cannot run here: run "bun scripts/node-build.ts FOLDER" on another machine and set LOA_NODE_BUILD=FOLDER\n`)
  process.exit(2)
}

registerHooks({
  load(url, context, next) {
    // Packages that `require` a JSON file would be asked for an import attribute once hooks are set.
    if (url.endsWith(".json")) return { format: "json", source: readFileSync(fileURLToPath(url)), shortCircuit: true }
    if (!url.startsWith(source) || !/\.tsx?(?:\?|$)/.test(url)) return next(url, context)
    const file = fileOf(readFileSync(fileURLToPath(url)))
    if (!existsSync(file) && !built) build()
    return { format: "module", source: readFileSync(file), shortCircuit: true }
  },
})
