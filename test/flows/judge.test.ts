/** Loa publishes only where the rules allow and never amplifies a hacked portal: the judging seen through the front door. */
import { afterEach, expect, test } from "bun:test"
import { standing, world, type World } from "../support/world.ts"

let w: World
afterEach(() => w?.close())
const passes = () => w.loa(["run", "--all", "--json"])

test("a hijacked item is blocked, its feed quarantined, the police-ready alert raised; other portals go on", async () => {
  w = await world({ units: 2, articlesPerPortal: 1 })
  const [victim, other] = w.units
  await passes()
  const [spam] = w.province.hijack(victim!.id, "gambling", 1)
  const honest = w.province.publishArticle(victim!.id, { title: "Lịch tiếp công dân tháng 12", body: ["Chủ tịch UBND phường tiếp công dân ngày 10/12."] })
  const fine = w.province.publishArticle(other!.id, { title: "Khai giảng lớp học hè cho thiếu nhi", body: ["Nhà văn hóa phường khai giảng lớp học."] })
  const pass = await passes()
  expect(pass.code).toBe(1)
  for (const account of victim!.accounts) expect(standing(w.province, account.id)).not.toContain(spam!.url)
  for (const account of other!.accounts) expect(standing(w.province, account.id)).toContain(fine.url)
  const { alerts } = (await w.loa(["alerts", "list", "--json"])).json
  const blocked = alerts.filter((a: { kind: string }) => a.kind === "source.blocked")
  expect(blocked).toMatchObject([{ severity: "critical", unit: victim!.id, state: "open" }])
  // Links in what people read are broken.
  expect(blocked[0].summary).not.toMatch(/https?:\/\/(?!127)/)
  const { deliveries } = (await w.loa(["deliveries", "list", "--json"])).json
  const ofSpam = deliveries.filter((d: { articleUrl: string }) => d.articleUrl === spam!.url)
  expect(ofSpam).toHaveLength(2)
  for (const d of ofSpam) expect(d).toMatchObject({ state: "held", remoteId: null })

  // What the quarantined feed brings next is held until a person releases it.
  const next = w.province.publishArticle(victim!.id, { title: "Ra quân tổng vệ sinh môi trường", body: ["Toàn phường ra quân."] })
  await passes()
  for (const account of victim!.accounts) expect(standing(w.province, account.id)).not.toContain(next.url)
  expect(honest.url).not.toBe(next.url)
}, 90_000)

test("a name that breaks a mandatory rule stops the account; a dated waiver opens it, on record", async () => {
  w = await world({
    units: 1,
    articlesPerPortal: 1,
    edit(units) {
      units[0]!.accounts[0]!.name = "UBND xã Kinh Bắc"
    },
  })
  const [wrong, right] = w.units[0]!.accounts
  const first = await passes()
  expect(first.json.deliveries).toMatchObject({ published: 1, held: 1 })
  const { units } = (await w.loa(["check", "--json"])).json
  const findings = units[0].findings.filter((f: { account: string }) => f.account === wrong!.id)
  expect(findings.find((f: { rule: string }) => f.rule === "NAME-K")).toMatchObject({ severity: "violation", seen: "UBND xã Kinh Bắc" })

  const refused = await w.loa(["account", "waive", wrong!.id, "--why", "Đang làm thủ tục đổi tên", "--until", "2020-01-01", "--json"])
  expect(refused.code).toBe(2)
  const waived = await w.loa(["account", "waive", wrong!.id, "--why", "Đang làm thủ tục đổi tên", "--until", "2099-12-31", "--rules", "NAME-K", "--json"])
  expect(waived.json).toMatchObject({ released: 1 })
  await passes()
  for (const account of [wrong!, right!]) expect(standing(w.province, account.id)).toHaveLength(1)
}, 90_000)

test("an edit that smuggles gambling into a published article never reaches the page", async () => {
  w = await world({ units: 1, articlesPerPortal: 1 })
  await passes()
  const [article] = w.province.articles(w.units[0]!.id)
  w.province.editArticle(article!.id, { title: "Nổ hũ đổi thưởng uy tín, tải game nhận code 100k", body: ["Link vào không bị chặn: https://nohu-vip99.club/"], links: ["https://nohu-vip99.club/"] })
  await passes()
  for (const account of w.units[0]!.accounts) {
    const [post] = w.province.posts(account.id)
    expect(`${post!.title} ${post!.text}`).not.toContain("Nổ hũ")
  }
  const { alerts } = (await w.loa(["alerts", "list", "--json"])).json
  expect(alerts.map((a: { kind: string }) => a.kind)).toContain("source.blocked")
}, 90_000)

test("a burst holds the feed until a person releases it; then everything goes out, once", async () => {
  w = await world({
    units: 1,
    articlesPerPortal: 1,
    edit(units) {
      units[0]!.portal!.burstGuard = 3
    },
  })
  const [unit] = w.units
  await passes()
  const added = [1, 2, 3, 4, 5].map((n) => w.province.publishArticle(unit!.id, { title: `Thông báo tuyển sinh đợt ${n} của trường mầm non`, body: [`Trường nhận hồ sơ đợt ${n}.`] }))
  const burst = await passes()
  expect(burst.json.articles.held).toBe(5)
  for (const account of unit!.accounts) expect(standing(w.province, account.id)).toHaveLength(1)
  // One of them is approved alone.
  const { deliveries } = (await w.loa(["deliveries", "list", "--state", "held", "--json"])).json
  const one = deliveries.find((d: { articleUrl: string }) => d.articleUrl === added[0]!.url)
  await w.loa(["approve", one.id])
  await passes()
  expect(standing(w.province, one.account)).toContain(added[0]!.url)

  const { feeds } = (await w.loa(["feeds", "list", "--json"])).json
  expect(feeds[0].quarantined).toBeTruthy()
  expect((await w.loa(["feeds", "release", feeds[0].feedId, "--json"])).json.articles).toBe(5)
  await passes()
  for (const account of unit!.accounts) expect(standing(w.province, account.id)).toHaveLength(6)
  expect(w.province.duplicates()).toEqual([])
}, 90_000)
