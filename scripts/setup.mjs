// Installs the locked dependencies when they are missing or stale and returns the Bun binary to run.
// Works under Node >= 18 with npm, and under Bun alone. Nothing but Node built-ins may be imported here.
import { createHash } from "node:crypto"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"

export const root = fileURLToPath(new URL("..", import.meta.url))
const inBun = Boolean(process.versions.bun)
const localBun = `${root}node_modules/bun/bin/bun.exe` // npm's package names the binary so on every platform

function install() {
  const npm = process.env.npm_execpath ?? ""
  const [command, args] = inBun
    ? [process.execPath, ["install", "--frozen-lockfile"]]
    : npm.endsWith(".js")
      ? [process.execPath, [npm, "ci"]]
      : ["npm", ["ci"]]
  // npm's own chatter goes to stderr: stdout belongs to the command (`--json`).
  const result = spawnSync(command, args, { cwd: root, stdio: ["ignore", 2, 2], shell: command === "npm" && process.platform === "win32" })
  if (result.status) process.exit(result.status)
  // npm 12 and `ignore-scripts` leave a stub instead of Bun: run its installer ourselves.
  if (!inBun && spawnSync(localBun, ["--version"]).status) {
    spawnSync(process.execPath, ["install.js"], { cwd: `${root}node_modules/bun`, stdio: ["ignore", 2, 2] })
  }
}

export function setup() {
  const stamp = `${root}node_modules/.setup-stamp`
  const wanted = createHash("sha256").update(readFileSync(`${root}package-lock.json`)).digest("hex")
  if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== wanted) {
    install()
    writeFileSync(stamp, wanted)
  }
  return inBun ? process.execPath : localBun
}
