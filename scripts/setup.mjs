// Installs the locked dependencies when they are missing or stale and returns the Bun binary to run.
// Works under Node >= 18 with npm, and under Bun alone. Nothing but Node built-ins may be imported here.
import { createHash } from "node:crypto"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"

export const root = fileURLToPath(new URL("..", import.meta.url))
const inBun = Boolean(process.versions.bun)
const localBun = `${root}node_modules/bun/bin/bun.exe` // npm's package names the binary so on every platform

function install(dev) {
  const npm = process.env.npm_execpath ?? ""
  const npmArgs = ["ci", "--no-audit", "--no-fund", ...(dev ? [] : ["--omit=dev"])]
  const [command, args] = inBun
    ? [process.execPath, ["install", "--frozen-lockfile", ...(dev ? [] : ["--production"])]]
    : npm.endsWith(".js")
      ? [process.execPath, [npm, ...npmArgs]]
      : ["npm", npmArgs]
  // npm's own chatter goes to stderr: stdout belongs to the command (`--json`).
  const result = spawnSync(command, args, { cwd: root, stdio: ["ignore", 2, 2], shell: command === "npm" && process.platform === "win32" })
  if (result.status) process.exit(result.status)
  // npm 12 and `ignore-scripts` leave a stub instead of Bun: run its installer ourselves.
  if (!inBun && spawnSync(localBun, ["--version"]).status !== 0) {
    spawnSync(process.execPath, ["install.js"], { cwd: `${root}node_modules/bun`, stdio: ["ignore", 2, 2] })
  }
}

/** `dev`: also what tests and benches need; running Loa does without. */
export function setup({ dev = false } = {}) {
  const stamp = `${root}node_modules/.setup-stamp`
  const lock = createHash("sha256").update(readFileSync(`${root}package-lock.json`)).digest("hex")
  const have = existsSync(stamp) ? readFileSync(stamp, "utf8") : ""
  if (have !== `${lock} dev` && (dev || have !== `${lock} run`)) {
    install(dev)
    writeFileSync(stamp, `${lock} ${dev ? "dev" : "run"}`)
  }
  return inBun ? process.execPath : localBun
}
