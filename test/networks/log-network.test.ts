import { expect, test } from "bun:test"
import { createLog } from "../../src/base/log.ts"
import { LogNetwork } from "../../src/networks/index.ts"
import { facebookAccount, facebookPost, zaloPost } from "./support.ts"

test("the log network writes the post down, sends nothing and never says it did", async () => {
  const lines: string[] = []
  const network = new LogNetwork("facebook", createLog("info", { write: (line) => void lines.push(line), json: true }))
  expect(await network.publish(facebookAccount, facebookPost())).toMatchObject({ kind: "later", code: "publish_to" })
  expect(await network.publish(facebookAccount, zaloPost())).toMatchObject({ kind: "later" })
  expect(lines).toHaveLength(2)
  expect(lines[0]).toContain("Thông báo lịch tiêm chủng")
  expect(await network.connect()).toMatchObject({ kind: "refused" })
})
