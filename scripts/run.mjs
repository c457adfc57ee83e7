// run.mjs [--dev] FILE [args…]: installs what is missing, then runs FILE (relative to the checkout) with Bun in the caller's folder.
import { spawn } from "node:child_process"
import { setup, root } from "./setup.mjs"

const words = process.argv.slice(2)
const dev = words[0] === "--dev"
const [file, ...args] = dev ? words.slice(1) : words
// Bun looks for a tsconfig from the caller's folder upwards; pages need ours.
// Pictures are made on many threads: glibc would keep a heap for each of them, 50 MB in all (deploy/ sets the same).
const env = { MALLOC_ARENA_MAX: "2", ...process.env }
const child = spawn(setup({ dev }), [`--tsconfig-override=${root}tsconfig.json`, `${root}${file}`, ...args], { stdio: "inherit", env })
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal))
child.on("exit", (code, signal) => process.exit(signal ? 143 : (code ?? 1)))
