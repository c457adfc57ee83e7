/** Entry: hands the words of the command line to the CLI, which opens the App when a command needs it. */
import { readConfig } from "./base/config.ts"
import { createApp, type App } from "./app.ts"
import { runCli } from "./cli/index.ts"

const stop = new AbortController()
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    // A second signal means now.
    if (stop.signal.aborted) process.exit(143)
    stop.abort(signal)
  })
}

let app: App | null = null
const code = await runCli(
  process.argv.slice(2),
  {
    out: (text) => void process.stdout.write(`${text}\n`),
    err: (text) => void process.stderr.write(`${text}\n`),
    stdin: () => Bun.stdin.text(),
    cwd: process.cwd(),
    signal: stop.signal,
  },
  () => (app ??= createApp(readConfig())),
)
await (app as App | null)?.close()
process.exitCode = code
// A pipe that is read slowly still gets every byte; nothing else keeps the process alive.
await new Promise<void>((resolve) => process.stdout.write("", () => resolve()))
process.exit(code)
