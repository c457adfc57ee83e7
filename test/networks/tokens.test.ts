import { expect, test } from "bun:test"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { facebookAccount, facebookPost, PAGE, PAGE_TOKEN, world } from "./support.ts"

test("after a rotation of the key old rows open, are sealed anew at the start, and nothing is lost", async () => {
  await using w = await world(() => undefined)
  await w.connectPage()
  const rowOf = () => w.opened.db.selectFrom("account_tokens").select("secret").executeTakeFirstOrThrow()
  const before = (await rowOf()).secret
  const file = join(w.dataDir, "secret.key")
  const oldKey = readFileSync(file, "utf8")
  writeFileSync(file, `${Buffer.alloc(32, 9).toString("base64")}\n${oldKey}`)

  await using restarted = await world(() => Response.json({ id: `${PAGE}_1` }), { db: w.opened, dataDir: w.dataDir })
  expect(await restarted.networks.start()).toEqual({ recovered: 0, resealed: 1 })
  const after = (await rowOf()).secret
  expect(after.split(".")[1]).not.toBe(before.split(".")[1])

  writeFileSync(file, `${Buffer.alloc(32, 9).toString("base64")}\n`)
  await using later = await world(() => Response.json({ id: `${PAGE}_1` }), { db: w.opened, dataDir: w.dataDir })
  expect(await later.facebook.publish(facebookAccount, facebookPost())).toMatchObject({ kind: "sent" })
  expect(later.seen[0]!.headers.get("authorization")).toBe(`Bearer ${PAGE_TOKEN}`)
})

test("a lost key is no crash: the account has to be connected again", async () => {
  await using w = await world(() => undefined)
  await w.connectPage()
  writeFileSync(join(w.dataDir, "secret.key"), `${Buffer.alloc(32, 9).toString("base64")}\n`)
  await using restarted = await world(() => undefined, { db: w.opened, dataDir: w.dataDir })
  expect(await restarted.networks.start()).toEqual({ recovered: 0, resealed: 0 })
  expect(await restarted.facebook.publish(facebookAccount, facebookPost())).toMatchObject({ kind: "locked_out", code: "no_token" })
  expect(restarted.seen).toHaveLength(0)
})

test("nothing is made on disk before a secret is needed", async () => {
  await using w = await world(() => undefined)
  await w.networks.start()
  expect(await w.facebook.tokenState("x")).toMatchObject({ state: "none" })
  expect(() => readFileSync(join(w.dataDir, "secret.key"))).toThrow()
})
