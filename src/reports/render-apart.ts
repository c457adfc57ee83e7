/**
 * Documents are written in a worker: the libraries that write them take 60 MB, and the book of a whole country takes seconds in which no post
 * would go out. Once nothing was asked of it for a while the worker ends, and its memory goes with it.
 */
import { Worker } from "node:worker_threads"
import { SECOND } from "../base/clock.ts"
import type { renderBranch as branch, ReportFile, renderFiles as files } from "./render.ts"

const IDLE_MS = 10 * SECOND

export const renderFiles = async (...given: Parameters<typeof files>): Promise<ReportFile[]> => ((await ask("renderFiles", given)) as ReportFile[]).map(whole)
export const renderBranch = async (...given: Parameters<typeof branch>): Promise<ReportFile> => whole((await ask("renderBranch", given)) as ReportFile)

export interface Asked {
  id: number
  name: "renderFiles" | "renderBranch"
  given: unknown[]
}
export type Told = { id: number } & ({ done: unknown } | { failed: string })

interface Pending {
  resolve(done: unknown): void
  reject(error: Error): void
}
let open: { worker: Worker; pending: Map<number, Pending>; idle?: ReturnType<typeof setTimeout> } | null = null
let asked = 0

function ask(name: Asked["name"], given: unknown[]): Promise<unknown> {
  const here = (open ??= begin())
  clearTimeout(here.idle)
  // The process waits for a document that is being written, and for nothing else of the worker.
  here.worker.ref()
  return new Promise((resolve, reject) => {
    here.pending.set(++asked, { resolve, reject })
    here.worker.postMessage({ id: asked, name, given } satisfies Asked)
  })
}

function begin() {
  const worker = new Worker(new URL("./render-worker.ts", import.meta.url))
  const here: NonNullable<typeof open> = { worker, pending: new Map() }
  const end = (reason: string) => {
    if (open === here) open = null
    for (const { reject } of here.pending.values()) reject(new Error(`the writer of documents ended: ${reason}`))
    here.pending.clear()
  }
  worker.on("error", (error: Error) => end(error.message))
  worker.on("exit", (code) => end(`code ${code}`))
  worker.on("message", (told: Told) => {
    const pending = here.pending.get(told.id)
    here.pending.delete(told.id)
    if ("failed" in told) pending?.reject(new Error(told.failed))
    else pending?.resolve(told.done)
    if (here.pending.size) return
    worker.unref()
    here.idle = setTimeout(() => {
      if (open === here) open = null
      void worker.terminate()
    }, IDLE_MS)
    here.idle.unref()
  })
  return here
}

/** Between threads a Buffer becomes plain bytes. */
const whole = (file: ReportFile): ReportFile => ({ ...file, content: Buffer.from(file.content.buffer, file.content.byteOffset, file.content.byteLength) })
