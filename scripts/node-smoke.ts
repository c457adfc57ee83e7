/**
 * Fetches a Node.js from npm into a folder of its own and runs the main job on it (test/ops/node.test.ts).
 *
 *   bun scripts/node-smoke.ts [24|26]
 */
import { spawnSync } from "node:child_process"
import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const version = process.argv[2] ?? "24"
const folder = mkdtempSync(join(tmpdir(), "loa-node-"))
const root = fileURLToPath(new URL("..", import.meta.url))
try {
  const name = `node-${process.platform}-${process.arch}`
  spawnSync("npm", ["install", "--prefix", folder, "--no-audit", "--no-fund", `${name}@${version}`], { stdio: ["ignore", 2, 2] })
  const node = join(folder, "node_modules", name, "bin", "node")
  if (!existsSync(node)) {
    console.error(`${name}@${version} cannot be had here: nothing was tested`)
    process.exitCode = 1
  } else {
    console.log(spawnSync(node, ["--version"], { encoding: "utf8" }).stdout.trim())
    process.exitCode = spawnSync(process.execPath, ["test", "test/ops/node.test.ts"], { cwd: root, stdio: "inherit", env: { ...process.env, LOA_NODE: node } }).status ?? 1
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
