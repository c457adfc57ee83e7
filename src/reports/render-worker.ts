/** The other side of `render-apart.ts`. */
import { parentPort } from "node:worker_threads"
import { messageOf } from "../base/errors.ts"
import type { Asked, Told } from "./render-apart.ts"
import { renderBranch, renderFiles } from "./render.ts"

const writers = { renderFiles, renderBranch } as Record<Asked["name"], (...given: never[]) => Promise<unknown>>

parentPort?.on("message", async ({ id, name, given }: Asked) => {
  const told: Told = await writers[name](...(given as never[])).then((done) => ({ id, done }), (error: unknown) => ({ id, failed: messageOf(error) }))
  parentPort?.postMessage(told)
})
