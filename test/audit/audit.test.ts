import { afterAll, beforeAll, expect, test } from "bun:test"
import { exportAudit, listAudit } from "../../src/audit/index.ts"
import { inTransaction } from "../../src/db/index.ts"
import { testDesk, type TestDesk } from "../web/support.ts"

let desk: TestDesk
beforeAll(async () => {
  desk = await testDesk()
})
afterAll(() => desk.close())

const write = (n: number, detail: Record<string, unknown> = {}) => inTransaction(desk.rooms.db, (tx) => desk.rooms.audit.write(tx, [{ actor: `user:u${n % 3}`, action: n % 2 ? "thing.made" : "thing_other.made", subject: `thing:${n}`, detail }]))
const check = (expect?: { seq: number; hash: string }) => desk.rooms.audit.check(desk.rooms.db, expect)

test("the chain names the row that was edited, deleted or moved, and a head kept elsewhere the rest", async () => {
  const { db } = desk.rooms
  for (let n = 0; n < 20; n++) await write(n, { before: n, after: n + 1 })
  const { head, broken } = await check()
  expect(broken).toBeNull()
  const rows = await db.selectFrom("audit_log").selectAll().orderBy("seq").execute()
  const at = rows.length - 5
  const row = rows[at]!
  const restore = async () => {
    await db.deleteFrom("audit_log").execute()
    for (const one of rows) await db.insertInto("audit_log").values(one).execute()
  }
  for (const change of [{ actor: "user:nobody" }, { action: "nothing" }, { at: 1 }, { subject: "x" }, { detail: "{}" }, { hash: "0".repeat(64) }]) {
    await db.updateTable("audit_log").set(change).where("seq", "=", row.seq).execute()
    expect((await check()).broken).toBe(Number(row.seq))
    await restore()
  }
  await db.deleteFrom("audit_log").where("seq", "=", row.seq).execute()
  expect((await check()).broken).toBe(Number(row.seq))
  await restore()
  const { seq: _, ...above } = rows[at + 1]!
  const { seq: __, ...below } = row
  await db.updateTable("audit_log").set(above).where("seq", "=", row.seq).execute()
  await db.updateTable("audit_log").set(below).where("seq", "=", rows[at + 1]!.seq).execute()
  expect((await check()).broken).toBe(Number(row.seq))
  await restore()
  // A log that was cut is whole in itself: only the head that somebody kept tells.
  await db.deleteFrom("audit_log").where("seq", ">", row.seq).execute()
  expect((await check()).broken).toBeNull()
  expect((await check(head!)).broken).toBe(Number(row.seq) + 1)
  await restore()
  expect((await check(head!)).broken).toBeNull()
  expect((await check({ seq: head!.seq, hash: "0".repeat(64) })).broken).toBe(head!.seq)
})

test("filters, pages and exports say the same; secrets and formulas do not come out", async () => {
  const { db } = desk.rooms
  const token = `loa_0123456789ab_${"x".repeat(43)}`
  await write(100, { why: '=HYPERLINK("http://evil")\r\nx', token })
  expect((await listAudit(db, { actor: "user:u1", action: "thing" }, 100)).every((row) => row.actor === "user:u1" && row.action.startsWith("thing"))).toBe(true)
  expect(await listAudit(db, { action: "thing_other" }, 100)).toHaveLength(11)
  expect(await listAudit(db, { action: "%" }, 100)).toHaveLength((await listAudit(db, {}, 100)).length)
  const read = async (format: "csv" | "jsonl") => {
    let text = ""
    for await (const part of exportAudit(db, { action: "thing" }, format)) text += part
    return text
  }
  const lines = (await read("jsonl")).trim().split("\n").map((line) => JSON.parse(line))
  expect(lines).toHaveLength(21)
  expect(lines[0]).toMatchObject({ action: "thing_other.made", subject: "thing:0", detail: { before: 0, after: 1 } })
  const csv = await read("csv")
  expect(csv).toStartWith("\uFEFFseq,at,actor,action,subject,detail,hash\r\n")
  expect(csv.trim().split("\r\n")).toHaveLength(22)
  for (const text of [csv, JSON.stringify(lines)]) expect(text).not.toContain(token)
  await inTransaction(db, (tx) => desk.rooms.audit.write(tx, [{ actor: "=cmd|' /C calc'!A0", action: "thing.odd", subject: "+1" }]))
  const odd = await read("csv")
  expect(odd).toContain(`"'=cmd|`)
  expect(odd).toContain(`"'+1"`)
})

test("the page is for who may read it; an export is itself an entry", async () => {
  const auditor = await desk.signedIn("kiem-toan", "auditor")
  const official = await desk.signedIn("can-bo", "unit_official", "kinh-bac")
  expect((await official.get("/audit")).status).toBe(403)
  expect((await official.post("/audit/export", { format: "csv" })).status).toBe(403)
  const html = await auditor.text("/audit?action=thing&actor=user:u1")
  expect([html.includes("thing:1"), html.includes("thing:2<"), html.includes("trước đó: 1; sau: 2")]).toEqual([true, false, true])
  expect(await (await auditor.post("/audit/check", {})).text()).toContain("Chuỗi băm nguyên vẹn")
  const file = await auditor.post("/audit/export", { format: "jsonl", action: "thing" })
  expect([file.status, file.headers.get("content-disposition")]).toEqual([200, 'attachment; filename="nhat-ky-2026-11-24.jsonl"'])
  expect((await file.text()).trim().split("\n").length).toBe(22)
  expect((await listAudit(desk.rooms.db, { action: "audit.exported" }, 1))[0]).toMatchObject({ actor: "user:kiem-toan", detail: { format: "jsonl", action: "thing" } })
  expect((await auditor.get("/audit?before=abc&from=x")).status).toBe(200)
})
