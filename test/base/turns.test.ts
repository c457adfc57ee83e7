import { expect, test } from "bun:test"
import { Turns } from "../../src/base/turns.ts"

test("two at a time, in the order they came, also after a failure; idle when all are done", async () => {
  const turns = new Turns(2)
  const begun: number[] = []
  const open: (() => void)[] = []
  const work = (n: number) =>
    turns.take(async () => {
      begun.push(n)
      await new Promise<void>((resolve) => open.push(resolve))
      if (n === 1) throw new Error("broke")
      return n
    })
  const all = Promise.allSettled([1, 2, 3, 4].map(work))
  await Promise.resolve()
  expect([begun, turns.idle]).toEqual([[1, 2], false])
  for (let n = 3; n <= 6; n++) {
    open.shift()!()
    await Bun.sleep(0)
    expect(begun).toEqual([1, 2, 3, 4].slice(0, n))
  }
  expect((await all).map((end) => end.status)).toEqual(["rejected", "fulfilled", "fulfilled", "fulfilled"])
  expect(turns.idle).toBe(true)
})
