/** Entry: hands the words of the command line to the CLI, which opens the App when a command needs it. */
import { writeSync } from "node:fs"
import { readConfig } from "./base/config.ts"
import { readStdin, standStill } from "./base/runtime.ts"
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
    out: (text) => writeAll(1, `${text}\n`),
    err: (text) => void process.stderr.write(`${text}\n`),
    stdin: readStdin,
    cwd: process.cwd(),
    signal: stop.signal,
  },
  () => (app ??= createApp(readConfig())),
)
await (app as App | null)?.close()
process.exit(code)

/** Writes every byte before the process may end, however slowly a pipe is read. */
function writeAll(fd: number, text: string) {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(fd, bytes, at)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === "EPIPE") return
      if (code !== "EAGAIN") throw error
      standStill(2)
    }
  }
}
