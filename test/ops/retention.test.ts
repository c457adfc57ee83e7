/** Old data goes, held data stays, and what must never go is never touched. */
import { afterAll, beforeAll, expect, test } from "bun:test"
import { mkdirSync, mkdtempSync, rmSync, existsSync, utimesSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createApp, type App, type Rooms } from "../../src/app.ts"
import { DAY, ManualClock } from "../../src/base/clock.ts"
import { readConfig } from "../../src/base/config.ts"
import { silentLog } from "../../src/base/log.ts"
import { fromIsoDate } from "../../src/base/time.ts"
import { addHold, listHolds, removeHold } from "../../src/jobs/holds.ts"
import { applyRetention, loadPolicy } from "../../src/jobs/retention.ts"
import { databaseEnv } from "../support/db.ts"

const home = mkdtempSync(join(tmpdir(), "loa-retention-"))
const clock = new ManualClock(fromIsoDate("2026-11-24"))
let app: App
let rooms: Rooms
let drop: () => Promise<void>

beforeAll(async () => {
  const units = ["mot", "hai"].map((id) => ({
    id: `phuong-${id}`, kind: "ward", name: `UBND phường ${id}`, portal: { url: `https://${id}.bacninh.gov.vn`, feeds: [] },
    accounts: [{ id: `${id}-facebook`, network: "facebook", remoteId: id === "mot" ? "100000000000001" : "100000000000002", name: id, identity: { status: "verified", basis: "x", date: "2025-10-01" } }],
  }))
  mkdirSync(join(home, "accounts/units"), { recursive: true })
  writeFileSync(join(home, "accounts/units/units.yaml"), JSON.stringify(units))
  const database = await databaseEnv()
  drop = database.drop
  app = createApp(readConfig({ LOA_MODE: "live", LOA_DATA: join(home, "data"), LOA_REGISTRY: join(home, "accounts"), ...database.env }, home), { clock, log: silentLog })
  rooms = await app.open({ apply: "strict" })
  mkdirSync(join(home, "data/media"), { recursive: true })
})
afterAll(async () => {
  await app?.close()
  await drop?.()
  rmSync(home, { recursive: true, force: true })
})

const hashOf = (n: number) => n.toString(16).padStart(64, "0")
let count = 0
/** An article seen so many days ago, with its post, picture, alert and number. */
async function old(unit: string, days: number) {
  const n = ++count
  const at = clock.now() - days * DAY
  const [id, account] = [`article-${n}`, `${unit.replace("phuong-", "")}-facebook`]
  await rooms.db.insertInto("articles").values({
    id, feed_id: "f", unit_id: unit, url: `https://x.vn/${n}`, guid_key: null, url_key: null, title_key: `t${n}`, content_hash: "", title: `Tin ${n}`, summary: "", paragraphs: "[]", html: "<p>x</p>", links: "[]", pictures: "[]",
    author: null, categories: "[]", section: null, language: "vi", published_at: at, first_seen_at: at, updated_at: at, version: 1, state: "routed", state_at: at, reason: null, duplicate_of: null, emergency: 0,
  }).execute()
  await rooms.db.insertInto("deliveries").values({
    id: `delivery-${n}`, article_id: id, article_url: `https://x.vn/${n}`, account_id: account, unit_id: unit, network: "facebook", state: "published", priority: 1, due_at: at, created_at: at, updated_at: at, attempts: 1, intent_at: at, handle: null,
    looks: 0, unknowns: 0, remote_id: `1_${n}`, remote_url: null, published_at: at, article_version: 1, title_key: `t${n}`, code: null, reason: null, followup: null, approved_by: null,
  }).execute()
  await rooms.db.insertInto("delivery_posts").values({ delivery_id: `delivery-${n}`, content: JSON.stringify({ picture: hashOf(n) }) }).execute()
  await rooms.db.insertInto("alerts").values({ id: `alert-${n}`, key: `k${n}`, kind: "feed.silent", severity: "low", unit_id: unit, account_id: account, state: "closed", raised_at: at, last_seen_at: at, count: 1, summary: "", evidence: "[]", acknowledged_by: null, acknowledged_at: null, closed_by: "x", closed_at: at }).execute()
  await rooms.db.insertInto("page_metrics").values({ account_id: account, metric: "m", day: `2020-01-${String(n).padStart(2, "0")}`, value: 1, parts: null, verdict: "ok", code: null, api_version: "v", fetched_at: at }).execute()
  const file = join(home, "data/media", `${hashOf(n)}.jpg`)
  writeFileSync(file, "x")
  utimesSync(file, at / 1_000, at / 1_000)
  const left = async () => ({
    html: (await rooms.db.selectFrom("articles").select("html").where("id", "=", id).executeTakeFirstOrThrow()).html !== "",
    alert: (await rooms.alerts.list({ key: `k${n}` })).length === 1,
    metric: (await rooms.db.selectFrom("page_metrics").select("value").where("fetched_at", "=", at).where("account_id", "=", account).execute()).length === 1,
    picture: existsSync(file),
  })
  return { id, at, left }
}
const all = { html: true, alert: true, metric: true, picture: true }
const none = { html: false, alert: false, metric: false, picture: false }

test("what is young stays, what is old goes, and the audit log says how much", async () => {
  const young = await old("phuong-mot", 10)
  const aged = await old("phuong-mot", 100)
  const removed = await applyRetention(rooms)
  expect(removed).toMatchObject({ articleHtml: 1, pictures: 0, alerts: 0, metrics: 0 })
  expect(await young.left()).toEqual(all)
  expect(await aged.left()).toEqual({ ...all, html: false })
  expect(await applyRetention(rooms)).toEqual({ articleHtml: 0, pictures: 0, avatars: 0, metrics: 0, alerts: 0, webhookEvents: 0, postEdits: 0, desk: 0 })
})

test("a unit, an article and a period on hold keep everything; what is beside them goes; after the hold it goes, too", async () => {
  writeFileSync(join(home, "accounts/retention.yaml"), "articleHtmlDays: 30\npictureDays: 30\nmetricDays: 30\nclosedAlertDays: 30\n")
  const [unit, free, inPeriod] = [await old("phuong-hai", 61), await old("phuong-mot", 62), await old("phuong-mot", 80)]
  const article = await old("phuong-mot", 63)
  const holds = [
    await addHold(rooms, { kind: "unit", subject: "phuong-hai", reason: "Công văn 12/TTr" }, "user:an"),
    await addHold(rooms, { kind: "article", subject: article.id, reason: "Đơn khiếu nại 3" }, "user:an"),
    await addHold(rooms, { kind: "period", subject: "", from: inPeriod.at - DAY, to: inPeriod.at + DAY, reason: "Thanh tra" }, "user:an"),
  ]
  await applyRetention(rooms)
  expect(await unit.left()).toEqual(all)
  expect(await inPeriod.left()).toEqual(all)
  expect(await free.left()).toEqual(none)
  // An article's hold keeps what was said in it: markup and picture; numbers and alerts belong to the account.
  expect(await article.left()).toEqual({ html: true, alert: false, metric: false, picture: true })
  expect((await listHolds(rooms.db)).map((hold) => hold.kind).sort()).toEqual(["article", "period", "unit"])
  for (const hold of holds) await removeHold(rooms, hold.id, "user:binh", "xong")
  expect(await listHolds(rooms.db)).toEqual([])
  await applyRetention(rooms)
  for (const one of [unit, inPeriod, article]) expect(await one.left()).toEqual(none)
  const kept = await rooms.db.selectFrom("deliveries").select((e) => e.fn.countAll().as("n")).executeTakeFirstOrThrow()
  expect(Number(kept.n)).toBe(count)
  expect((await rooms.audit.check(rooms.db)).broken).toBeNull()
  const actions = (await rooms.db.selectFrom("audit_log").select("action").execute()).map((row) => row.action)
  expect(actions.filter((action) => action.startsWith("hold."))).toEqual(["hold.added", "hold.added", "hold.added", "hold.ended", "hold.ended", "hold.ended"])
})

test("small copies of avatars: what is shown, named by an alert, young or under hold stays; encodings nobody looks at go", async () => {
  mkdirSync(join(home, "data/avatars"), { recursive: true })
  const hash = (n: number) => n.toString(16).padStart(64, "a")
  const file = (n: number) => join(home, "data/avatars", `${hash(n)}.jpg`)
  const seen = async (account: string, n: number, days: number) => {
    const at = clock.now() - days * DAY
    writeFileSync(file(n), "x")
    utimesSync(file(n), at / 1_000, at / 1_000)
    const profile = { profile: "{}", image_verdict: null, links: null, reachable: 1 }
    await rooms.db.insertInto("account_profiles").values({ account_id: account, seen_at: at, last_seen_at: at, avatar_sha256: hash(n), ...profile }).execute()
  }
  for (const [n, days] of [[1, 400], [2, 300], [3, 200], [4, 20], [5, 10]] as const) await seen("mot-facebook", n, days)
  for (const [n, days] of [[6, 300], [7, 200]] as const) await seen("hai-facebook", n, days)
  await rooms.db.updateTable("alerts").set({ evidence: JSON.stringify({ sightings: [{ before: hash(2) }] }), closed_at: clock.now() }).where("id", "=", "alert-1").execute()
  const hold = await addHold(rooms, { kind: "unit", subject: "phuong-hai", reason: "Thanh tra" }, "user:an")
  const left = () => [1, 2, 3, 4, 5, 6, 7].filter((n) => existsSync(file(n)))
  expect((await applyRetention(rooms)).avatars).toBe(2)
  expect(left()).toEqual([2, 4, 5, 6, 7])
  await removeHold(rooms, hold.id, "user:an", "xong")
  // 7 is what the page shows today, however long ago it was first seen.
  expect((await applyRetention(rooms)).avatars).toBe(1)
  expect(left()).toEqual([2, 4, 5, 7])
})

test("words before an edit, ended silences, dropped drafts and workbooks nobody took over go in their time; what was sent stays", async () => {
  const [young, aged] = [clock.now() - 10 * DAY, clock.now() - 800 * DAY]
  const [delivery] = await rooms.db.selectFrom("deliveries").select("id").where("unit_id", "=", "phuong-mot").execute()
  const [of] = await rooms.db.selectFrom("deliveries").select("id").where("unit_id", "=", "phuong-hai").execute()
  for (const [id, at, to] of [["new", young, delivery], ["old", aged, delivery], ["held", aged, of]] as const)
    await rooms.db.insertInto("post_edits").values({ id, delivery_id: to!.id, at, actor: "user:an", article_version: 1, before: "{}", after: "{}" }).execute()
  for (const [id, state, at] of [["d1", "dropped", aged], ["d2", "sent", aged], ["d3", "dropped", young]] as const) {
    const words = { title: "x", body: "x", url: "", targets: "{}", accounts: "[]", author: "user:an", confirmed_by: null, confirmed_at: null, article_id: null, reason: null }
    await rooms.db.insertInto("emergency_posts").values({ id, state, unit_id: "phuong-mot", created_at: at, updated_at: at, ...words }).execute()
  }
  for (const [key, until] of [["s1", aged], ["s2", young]] as const)
    await rooms.db.insertInto("alert_silences").values({ key, severity: "high", until, why: "x", actor: "user:an", at: aged }).execute()
  for (const [id, at] of [["i1", aged], ["i2", young]] as const)
    await rooms.db.insertInto("import_drafts").values({ id, file_name: "x.xlsx", actor: "user:an", at, updates: "[]" }).execute()
  const hold = await addHold(rooms, { kind: "unit", subject: "phuong-hai", reason: "Thanh tra" }, "user:an")
  expect(await applyRetention(rooms)).toMatchObject({ postEdits: 1, desk: 3 })
  const ids = async (table: "post_edits" | "emergency_posts" | "import_drafts") => (await rooms.db.selectFrom(table).select("id").orderBy("id").execute()).map((row) => row.id)
  expect([await ids("post_edits"), await ids("emergency_posts"), await ids("import_drafts")]).toEqual([["held", "new"], ["d2", "d3"], ["i2"]])
  expect((await rooms.db.selectFrom("alert_silences").select("key").execute()).map((row) => row.key)).toEqual(["s2"])
  await removeHold(rooms, hold.id, "user:an", "xong")
  expect((await applyRetention(rooms)).postEdits).toBe(1)
})

test("a picture that a waiting post needs stays however old it is; a policy with mistakes deletes nothing", async () => {
  const waiting = await old("phuong-mot", 500)
  await rooms.db.updateTable("deliveries").set({ state: "held" }).where("article_id", "=", waiting.id).execute()
  await applyRetention(rooms)
  expect((await waiting.left()).picture).toBe(true)
  writeFileSync(join(home, "accounts/retention.yaml"), "articleHtmlDays: -1\npictureDay: 3\nmetricDays: x\n")
  const failed = await loadPolicy(join(home, "accounts")).catch((error) => error)
  expect(failed.mistakes).toHaveLength(3)
  expect(applyRetention(rooms)).rejects.toThrow()
  expect(addHold(rooms, { kind: "unit", subject: "phuong-khong-co", reason: "x" }, "a")).rejects.toThrow()
  expect(addHold(rooms, { kind: "unit", subject: "phuong-mot", reason: " " }, "a")).rejects.toThrow()
})
