/** Which runtime is below: Bun as a rule, Node.js ≥ 24 where Bun cannot run (deploy/README.md). The few differences meet in base/. */
export const inBun = "Bun" in globalThis

/** All of standard input as text. */
export async function readStdin(): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of process.stdin) parts.push(part as Buffer)
  return Buffer.concat(parts).toString("utf8")
}

/** Stands still, event loop and all: only for the last words of a process. */
export function standStill(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
