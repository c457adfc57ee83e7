/** What the public and other portals fetch: the signed list, QR sheets, the leadership feed and who carries it. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test"
import { createPublicKey, verify as verifySignature } from "node:crypto"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Hono } from "hono"
import qrcode from "qrcode"
import { DAY, HOUR } from "../../src/base/clock.ts"
import { parseFeed } from "../../src/feeds/index.ts"
import { caseJobs } from "../../src/jobs/case-jobs.ts"
import { checkLeadership, leadershipCoverage } from "../../src/jobs/leadership.ts"
import { drawPoster, posterSizes } from "../../src/jobs/posters.ts"
import { makeSnapshot, snapshotsOf } from "../../src/jobs/snapshots.ts"
import type { ParsedFeed } from "../../src/model/index.ts"
import { verifySnapshot } from "../../src/registry/index.ts"
import { createWeb } from "../../src/web/index.ts"
import { Browser, testDesk, type TestDesk } from "./support.ts"
import { watchWorld, type WatchWorld } from "../support/watch-world.ts"

setDefaultTimeout(60_000)

describe("verify, snapshots and posters", () => {
  let desk: TestDesk
  beforeAll(async () => {
    desk = await testDesk()
  })
  afterAll(() => desk.close())

  test("the signed list is served with signature and key, to any site, and checks without us", async () => {
    const browser = desk.browser()
    expect((await browser.get("/snapshots/latest.json")).status).toBe(404)
    await makeSnapshot(desk.rooms)
    expect(await makeSnapshot(desk.rooms)).toBeNull()
    const latest = await browser.get("/snapshots/latest.json")
    const content = await latest.text()
    const { snapshots } = (await (await browser.get("/snapshots/index.json")).json()) as { snapshots: { day: string; document: string; sha256: string }[] }
    expect(snapshots[0]).toMatchObject({ day: "2026-11-24", document: "https://loa.example/snapshots/2026-11-24.json" })
    const dated = await browser.get("/snapshots/2026-11-24.json")
    expect([dated.headers.get("cache-control"), dated.headers.get("access-control-allow-origin"), await dated.text() === content]).toEqual(["public, max-age=31536000, immutable", "*", true])
    const signature = await browser.text("/snapshots/2026-11-24.json.sig")
    const pem = await browser.text("/snapshots/key.pem")
    expect(verifySignature(null, Buffer.from(content), createPublicKey(pem), Buffer.from(signature, "base64"))).toBe(true)
    expect(verifySnapshot(content, signature, await snapshotsOf(desk.rooms).verifyingKeys()).outcome).toBe("valid")
    expect((await browser.ask("/snapshots/2026-11-24.json", { headers: { "if-none-match": dated.headers.get("etag")! } })).status).toBe(304)
    const statuses = (JSON.parse(content) as { accounts: { id: string; status: string }[] }).accounts.map((account) => `${account.id} ${account.status}`)
    expect(statuses).toContain("kinh-bac-facebook official")
    expect(statuses).toContain("kinh-bac-zalo suspended")
    // The timetable asks every hour and makes one a day, also after days of standing still.
    const daily = caseJobs.find((job) => job.name === "registry-snapshot")!
    for (const hours of [1, 5, 24 * 3, 1]) {
      desk.clock.advance(hours * HOUR)
      await daily.run(desk.rooms, new AbortController().signal)
    }
    expect((await snapshotsOf(desk.rooms).list()).map((row) => row.day)).toEqual(["2026-11-27", "2026-11-24"])
    for (const path of ["/snapshots/2026-11-25.json", "/snapshots/../secret.key", "/snapshots/x.json", "/snapshots/2026-11-24.json.sig.sig"]) expect((await browser.get(path)).status).toBe(404)
    expect(await browser.text("/snapshots")).toContain("BEGIN PUBLIC KEY")
  })

  test("a page that is suspended is named but not linked: a printed code never leads to what was taken over", async () => {
    const official = await desk.browser().text("/verify/kinh-bac-facebook")
    expect(official).toContain('href="https://www.facebook.com/100000001"')
    const suspended = await desk.browser().text("/verify/kinh-bac-zalo")
    expect(suspended).toContain('data-status="suspended"')
    expect(suspended).not.toContain("https://zalo.me/43000000001")
  })

  test("sheets are for those who may see the unit", async () => {
    expect((await desk.browser().get("/posters/kinh-bac-facebook/a4.pdf")).status).toBe(302)
    const lan = await desk.signedIn("lan", "unit_official", "kinh-bac")
    const sheet = await lan.get("/posters/kinh-bac-facebook/a5.pdf")
    expect([sheet.status, sheet.headers.get("content-type"), (await sheet.text()).slice(0, 5)]).toEqual([200, "application/pdf", "%PDF-"])
    for (const path of ["/posters/vu-ninh-facebook/a4.pdf", "/posters/kinh-bac-facebook/a3.pdf", "/posters/none/a4.pdf"]) expect((await lan.get(path)).status).toBe(404)
  })

  test.skipIf(!Bun.which("pdftoppm")).each(posterSizes.map((size) => [size] as const))("the code on the %s sheet, as printed, is the address of the verify page", async (size) => {
    const address = "https://loa.example/verify/so-van-hoa-the-thao-va-du-lich-facebook"
    const pdf = await drawPoster({ unit: "Sở Văn hóa, Thể thao và Du lịch tỉnh Bắc Ninh", network: "Facebook", accountName: "Sở Văn hóa, Thể thao và Du lịch tỉnh Bắc Ninh", address, portal: null, issuer: "Trung tâm Thông tin tỉnh", printedOn: "24/11/2026" }, size)
    const dir = mkdtempSync(join(tmpdir(), "loa-poster-"))
    writeFileSync(join(dir, "p.pdf"), pdf)
    Bun.spawnSync(["pdftoppm", "-gray", "-r", "200", join(dir, "p.pdf"), join(dir, "p")])
    const pages = [...new Bun.Glob("*.pgm").scanSync(dir)]
    expect(pages).toHaveLength(1)
    const seen = modulesOf(new Uint8Array(await Bun.file(join(dir, pages[0]!)).arrayBuffer()))
    rmSync(dir, { recursive: true })
    // An independent encoder makes the same code with one of the eight masks, or the print says something else.
    const wanted = Array.from({ length: 8 }, (_, maskPattern) => {
      const { modules } = qrcode.create([{ data: Buffer.from(address), mode: "byte" }] as never, { errorCorrectionLevel: "Q", maskPattern: maskPattern as 0 })
      return Array.from({ length: modules.size }, (_row, y) => Array.from({ length: modules.size }, (_cell, x) => (modules.get(y, x) ? "█" : " ")).join("")).join("\n")
    })
    expect(wanted).toContain(seen)
  })
})

/** The code is the only pure black on the sheet: its box, cut into modules by the width of the finder pattern (7 of them). */
function modulesOf(pgm: Uint8Array): string {
  const head = /^P5\s+(\d+)\s+(\d+)\s+255\s/.exec(Buffer.from(pgm.subarray(0, 40)).toString("latin1"))!
  const [width, height] = [Number(head[1]), Number(head[2])]
  const dark = (x: number, y: number) => pgm[head[0].length + y * width + x]! < 12
  let [left, top, right, bottom] = [width, height, 0, 0]
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (!dark(x, y)) continue
      left = Math.min(left, x)
      right = Math.max(right, x + 1)
      top = Math.min(top, y)
      bottom = Math.max(bottom, y + 1)
    }
  }
  let finder = 0
  while (dark(left + finder, top + 3)) finder++
  const size = Math.round((right - left) / (finder / 7))
  expect(Math.abs(right - left - (bottom - top))).toBeLessThan(4)
  const step = (right - left) / size
  return Array.from({ length: size }, (_row, y) => Array.from({ length: size }, (_cell, x) => (dark(Math.floor(left + (x + 0.5) * step), Math.floor(top + (y + 0.5) * step)) ? "█" : " ")).join("")).join("\n")
}

describe("leadership news", () => {
  let world: WatchWorld
  let web: Hono
  beforeAll(async () => {
    world = await watchWorld({
      units: 3,
      articlesPerPortal: 0,
      edit: (units) => Object.assign(units[0]!, { kind: "province_portal", name: "Cổng Thông tin điện tử tỉnh Bắc Ninh" }),
      env: { LOA_PUBLIC_URL: "https://loa.example" },
    })
    const routes = [{ id: "tin-lanh-dao", enabled: false, when: { units: ["phuong-1"], keywords: ["Chủ tịch UBND tỉnh"] }, to: { units: ["phuong-2"] }, leadership: true }]
    writeFileSync(join(world.home, "accounts", "routes.yaml"), JSON.stringify(routes))
    await world.rooms.registry.applyFolder(join(world.home, "accounts"), "test")
    await world.rooms.refresh()
    web = createWeb(world.rooms)
  })
  afterAll(() => world.close())

  const draft = {
    title: "Chủ tịch UBND tỉnh kiểm tra tiến độ công trình cấp nước sạch tại phường Kinh Bắc",
    summary: "Sáng 24/11, đồng chí Chủ tịch UBND tỉnh kiểm tra tiến độ công trình cấp nước sạch & làm việc với các đơn vị liên quan.",
    body: ["Cùng đi có lãnh đạo các sở, ngành và địa phương. Chủ tịch UBND tỉnh yêu cầu các đơn vị bảo đảm tiến độ, chất lượng công trình <phục vụ nhân dân>."],
  }

  test("the feed holds the screened news of the route, signed; unchanged news costs a 304", async () => {
    const browser = new Browser(web)
    const empty = await browser.get("/feeds/leadership.xml")
    expect([empty.status, (await empty.text()).includes("<item>")]).toEqual([200, false])
    world.province.publishArticle("phuong-1", draft)
    world.province.publishArticle("phuong-1", { title: "Lịch cắt điện tuần này trên địa bàn", summary: "Thông báo." })
    await world.publish()
    world.clock.advance(60_000)
    const answer = await browser.get("/feeds/leadership.xml")
    const xml = await answer.text()
    expect([answer.headers.get("content-type"), xml.match(/<item>/g)?.length]).toEqual(["application/rss+xml; charset=utf-8", 1])
    expect(xml).toContain("cấp nước sạch &amp; làm việc")
    expect(xml).not.toContain("Lịch cắt điện")
    const [, keyId, signature] = /^keyid="(\w{16})", alg="ed25519", sig="([^"]+)"$/.exec(answer.headers.get("loa-signature")!)!
    const { keys } = (await (await browser.get("/snapshots/keys.json")).json()) as { keys: { id: string; publicKey: string }[] }
    const key = keys.find((one) => one.id === keyId)!
    expect(verifySignature(null, Buffer.from(xml), createPublicKey(key.publicKey), Buffer.from(signature!, "base64"))).toBe(true)
    expect((await browser.text("/feeds/leadership.xml.sig")).trim()).toBe(signature!)
    const again = (headers: Record<string, string>) => browser.ask("/feeds/leadership.xml", { headers }).then((response) => response.status)
    expect(await again({ "if-none-match": answer.headers.get("etag")! })).toBe(304)
    expect(await again({ "if-modified-since": answer.headers.get("last-modified")! })).toBe(304)
    expect(await again({ "if-none-match": '"other"', "if-modified-since": answer.headers.get("last-modified")! })).toBe(200)
    // Our own reader reads it, and so would any portal's.
    const parsed = parseFeed(new TextEncoder().encode(xml), { url: "https://loa.example/feeds/leadership.xml", now: world.clock.now() }) as ParsedFeed
    expect(parsed.items.map((item) => [item.title, item.summary])).toEqual([[draft.title, draft.summary]])
  })

  test("who carries the news is found by its text; who does not within a day raises an alert only while the route is enabled", async () => {
    const { rooms } = world
    world.province.publishArticle("phuong-2", draft)
    world.clock.advance(2 * HOUR)
    await world.publish()
    let coverage = await leadershipCoverage(rooms)
    expect(coverage.items.map((item) => [item.title, item.portals])).toEqual([[draft.title, 1]])
    expect(coverage.portals.map((portal) => [portal.unit, portal.carried, portal.missing.length])).toEqual([["phuong-2", 1, 0], ["phuong-3", 0, 0]])
    world.clock.advance(DAY)
    await world.publish()
    coverage = await leadershipCoverage(rooms)
    expect(coverage.portals.map((portal) => [portal.unit, portal.carried, portal.missing.length, portal.readable])).toEqual([["phuong-2", 1, 0, true], ["phuong-3", 0, 1, true]])
    const open = async () => (await rooms.alerts.list({ state: "open" })).filter((alert) => alert.kind === "leadership.missing").map((alert) => alert.unit)
    await checkLeadership(rooms)
    expect(await open()).toEqual([])
    const file = join(world.home, "accounts", "routes.yaml")
    writeFileSync(file, JSON.stringify([{ id: "tin-lanh-dao", enabled: true, when: { units: ["phuong-1"], keywords: ["Chủ tịch UBND tỉnh"] }, to: { units: ["phuong-2"] }, leadership: true }]))
    await rooms.registry.applyFolder(join(world.home, "accounts"), "test")
    await rooms.refresh()
    await checkLeadership(rooms)
    await checkLeadership(rooms)
    expect(await open()).toEqual(["phuong-3"])
    world.province.publishArticle("phuong-3", draft)
    world.clock.advance(HOUR)
    await world.publish()
    await checkLeadership(rooms)
    expect(await open()).toEqual([])
  })
})
