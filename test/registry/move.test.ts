import { expect, test } from "bun:test"
import { readFolder } from "../../src/registry/index.ts"
import { folder, room, small } from "./folder.ts"

const by = "user:minh"
const two = `${small}
- id: phuong-vu-ninh
  kind: ward
  name: UBND phường Vũ Ninh
  begins: 2025-07-01
`

test("an account handed over keeps its id and history; it can be changed, moved back, ended; files agree again after an export", async () => {
  using place = folder({ "units/a.yaml": two })
  const { registry } = await room()
  await registry.applyFolder(place.dir, "cli")
  const owner = async () => (await registry.current()).accountById("kinh-bac-facebook")?.unitId
  await registry.update({ kind: "account.set", account: "kinh-bac-facebook", set: { paused: "bàn giao" } }, by)
  await registry.update({ kind: "account.move", account: "kinh-bac-facebook", unit: "phuong-vu-ninh", set: { identity: { status: "pending" }, paused: null } }, by)
  expect(await owner()).toBe("phuong-vu-ninh")
  expect((await registry.current()).accountsOfUnit("phuong-kinh-bac").map((account) => account.id)).toEqual(["kinh-bac-zalo"])
  await registry.update({ kind: "account.set", account: "kinh-bac-facebook", set: { name: "UBND phường Vũ Ninh" } }, by)
  expect((await registry.current()).accountById("kinh-bac-facebook")).toMatchObject({ name: "UBND phường Vũ Ninh", remoteId: "100064512345678", identity: { status: "pending" } })
  expect((await registry.accountHistory("kinh-bac-facebook")).filter((row) => row.field === "unitId").map((row) => [row.value, row.until === null])).toEqual([["phuong-kinh-bac", false], ["phuong-vu-ninh", true]])

  await registry.update({ kind: "account.move", account: "kinh-bac-facebook", unit: "phuong-kinh-bac", set: {} }, by)
  expect(await owner()).toBe("phuong-kinh-bac")
  await registry.update({ kind: "account.move", account: "kinh-bac-facebook", unit: "phuong-vu-ninh", set: {} }, by)
  expect((await registry.diff(registry.load(place.dir))).map((entry) => [entry.unit, entry.id, entry.field, entry.origin])).toEqual([["phuong-kinh-bac", "kinh-bac-facebook", "*", "desk"], ["phuong-vu-ninh", "kinh-bac-facebook", "*", "desk"]])
  place.write(Object.fromEntries(await registry.export(readFolder(place.dir))))
  expect(registry.load(place.dir).mistakes).toEqual([])
  expect(registry.load(place.dir).units.find((unit) => unit.id === "phuong-vu-ninh")!.accounts.map((account) => account.id)).toEqual(["kinh-bac-facebook"])
  const after = await registry.applyFolder(place.dir, "cli")
  expect([after.conflicts, after.accounts, await owner()]).toEqual([[], { added: [], removed: [], changed: [] }, "phuong-vu-ninh"])
  await registry.update({ kind: "account.end", account: "kinh-bac-facebook" }, by)
  expect(await owner()).toBeUndefined()
})

test("a moved account that ends does not come back at the unit that gave it", async () => {
  using place = folder({ "units/a.yaml": two })
  const { registry } = await room()
  await registry.applyFolder(place.dir, "cli")
  await registry.update({ kind: "account.move", account: "kinh-bac-facebook", unit: "phuong-vu-ninh", set: {} }, by)
  await registry.update({ kind: "account.end", account: "kinh-bac-facebook" }, by)
  expect((await registry.current()).accountById("kinh-bac-facebook")).toBeUndefined()
  expect(registry.update({ kind: "account.move", account: "kinh-bac-zalo", unit: "khong-co", set: {} }, by)).rejects.toThrow("khong-co")
})
