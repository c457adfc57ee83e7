/** Parses small documents here and large ones in workers, two at a time, each of which is ended after five seconds (feeds.md 2.11). */
import { Worker } from "node:worker_threads"
import { Turns } from "../base/turns.ts"
import type { NotAFeed, ParsedFeed } from "../model/index.ts"
import { parseFeed, type ParseOptions } from "./parse.ts"

const inlineBytesMax = 400_000
const workerMs = 5_000
/** Ten hostile documents at once would take a gigabyte. */
const workers = new Turns(2)

export async function parseApart(bytes: Uint8Array, options: ParseOptions): Promise<ParsedFeed | NotAFeed> {
  if (bytes.length <= inlineBytesMax) return parseFeed(bytes, options)
  return workers.take(() => parseInWorker(bytes, options))
}

async function parseInWorker(bytes: Uint8Array, options: ParseOptions): Promise<ParsedFeed | NotAFeed> {
  const worker = new Worker(new URL("./parse-worker.ts", import.meta.url))
  const tooSlow: NotAFeed = { format: "none", code: "too_slow", reason: `not read within ${workerMs} ms` }
  try {
    return await new Promise((resolve) => {
      const timer = setTimeout(() => resolve(tooSlow), workerMs)
      const done = (result: ParsedFeed | NotAFeed) => {
        clearTimeout(timer)
        resolve(result)
      }
      worker.on("message", (result: ParsedFeed | NotAFeed) => done(result))
      worker.on("error", (error: Error) => done({ ...tooSlow, reason: `the reader broke: ${error.message}`.slice(0, 200) }))
      worker.postMessage({ bytes, options })
    })
  } finally {
    void worker.terminate()
  }
}
