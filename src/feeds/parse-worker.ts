/** Large documents are read here, so that a hostile one blocks nobody and can be ended from outside. */
import { parentPort } from "node:worker_threads"
import { parseFeed, type ParseOptions } from "./parse.ts"

parentPort?.on("message", ({ bytes, options }: { bytes: Uint8Array; options: ParseOptions }) => parentPort?.postMessage(parseFeed(bytes, options)))
