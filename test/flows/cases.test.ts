/** Registering an account from the unit's wish to a verified entry, over the wire of the rehearsal networks; and the other kinds of cases. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test"
import { DAY } from "../../src/base/clock.ts"
import { identityTasks, type Case } from "../../src/cases/index.ts"
import { beginConsent, connectBySystemUser, connectByToken, finishConsent } from "../../src/jobs/cases-connect.ts"
import { letterOf } from "../../src/jobs/cases-letter.ts"
import { proposeNames } from "../../src/jobs/cases-names.ts"
import { circlePreview, judgePicture, picturesFor, pictureSizes } from "../../src/jobs/cases-pictures.ts"
import { activate, keepPending } from "../../src/jobs/cases-registry.ts"
import { remindCases } from "../../src/jobs/cases-reminders.ts"
import { sendTestPost, takeTestPostDown, testPostOf } from "../../src/jobs/cases-test-post.ts"
import { cancelCase, casesOf, listCases, openCase, returnCase, saveIdentity, seeCase, submitCase, type CasePerson } from "../../src/jobs/cases.ts"
import { watchWorld, type WatchWorld } from "../support/watch-world.ts"

setDefaultTimeout(60_000)

let world: WatchWorld
/** Made before anybody looks: the front page of a portal is read once a minute at most. */
let oaOfUnit: string
beforeAll(async () => {
  world = await watchWorld({
    units: 2,
    // The first unit has nothing yet, the second both accounts.
    edit: (units) => void (units[0]!.accounts = []),
  })
  oaOfUnit = world.province.createAccount({ unitId: unit, network: "zalo", name: "UBND phường Kinh Bắc" })
})
afterAll(() => world.close())

const unit = "phuong-1"
const official: CasePerson = { actor: "user:lan", name: "Nguyễn Thị Lan", party: "unit", unitId: unit }
const stranger: CasePerson = { ...official, actor: "user:xa", name: "Người khác", unitId: "phuong-2" }
const centre: CasePerson = { actor: "user:minh", name: "Trần Văn Minh", party: "centre", unitId: null }
const second: CasePerson = { actor: "user:hoa", name: "Lê Thị Hoa", party: "centre", unitId: null }

const person = (name: string) => ({ name, title: "Công chức", phone: "0222 000 000" })
const dossier = {
  basis: { number: "15/QĐ-UBND", date: "2026-11-20", issuer: "UBND phường Kinh Bắc" },
  owner: person("Nguyễn Thị Lan"),
  deputy: person("Phạm Văn Nam"),
  admins: [{ name: "Nguyễn Thị Lan", role: "Quản trị" }, { name: "Phạm Văn Nam" }],
}
const tasksOf = (network: "facebook" | "zalo") => identityTasks[network].filter((task) => task.required).map((task) => task.id)
const mistakeOf = (work: Promise<unknown>) => work.then(() => "nothing", (error: Error & { code?: string }) => `${error.code}: ${error.message}`)

/** Up to the step `connect`. */
async function toConnect(network: "facebook" | "zalo"): Promise<{ found: Case; remoteId: string }> {
  let found = await openCase(world.rooms, "register", unit, { network, wish: "Truyền thông phường Kinh Bắc", contact: person("Nguyễn Thị Lan") }, official)
  found = await submitCase(world.rooms, found.id, { name: "UBND phường Kinh Bắc" }, centre)
  found = await submitCase(world.rooms, found.id, { picture: "emblem", agreed: "on" }, official)
  found = await submitCase(world.rooms, found.id, dossier, official)
  const remoteId = network === "zalo" ? oaOfUnit : world.province.createAccount({ unitId: unit, network, name: "UBND phường Kinh Bắc" })
  found = await submitCase(world.rooms, found.id, { remoteId, url: `${network === "facebook" ? world.province.facebookUrl : world.province.zaloApiUrl}/nhin/${remoteId}`, platform: "pending", done: tasksOf(network) }, official)
  return { found, remoteId }
}
/** What a browser does with a dialogue of the network: follow it to the address it sends back to. */
async function answerOf(address: string, choose: (url: URL) => void) {
  const url = new URL(address)
  choose(url)
  const response = await fetch(url, { redirect: "manual" })
  const back = new URL(response.headers.get("location")!)
  const get = (name: string) => back.searchParams.get(name) ?? ""
  return { state: get("state"), code: get("code"), oaId: get("oa_id"), error: get("error") }
}
const chooseOa = (oa: string) => (url: URL) => url.searchParams.set("oa_id", oa)
const choosePages = (...pages: string[]) => (url: URL) => {
  for (const page of pages) url.searchParams.append("page", page)
  url.searchParams.set("answer", "continue")
}

test("a ward registers a Facebook Page: names, picture, letter, login, checks, test post, verified entry by two persons", async () => {
  const { rooms, province } = world
  let found = await openCase(rooms, "register", unit, { network: "facebook", wish: "Truyền thông phường Kinh Bắc", contact: person("Nguyễn Thị Lan") }, official)
  expect(found.id).toMatch(/^hs-2026-\d{4}$/)
  expect([found.step, found.status]).toEqual(["name", "open"])
  expect(await mistakeOf(openCase(rooms, "register", unit, { network: "facebook", contact: person("A") }, official))).toStartWith("case_exists")
  expect(await mistakeOf(seeCase(rooms, found.id, stranger))).toStartWith("case_not_found")
  expect(await mistakeOf(submitCase(rooms, found.id, { name: "UBND phường Kinh Bắc" }, official))).toStartWith("not_your_turn")

  const names = proposeNames(rooms, found)
  expect(names.suggestions[0]).toEqual({ name: "UBND phường Kinh Bắc", rank: 1, networks: ["facebook"], notes: [] })
  // The plan's own example collides with the decree on press words, and the page says so.
  expect([names.wish!.networks, names.wish!.problems[0]!.why]).toEqual([[], "có từ “truyền thông”"])
  expect(names.fallen.map((entry) => entry.name)).toContain("UBND Kinh Bắc")
  expect(await mistakeOf(submitCase(rooms, found.id, { name: "Truyền thông phường Kinh Bắc" }, centre))).toContain("147/2024")
  expect(await mistakeOf(submitCase(rooms, found.id, { name: "UBND xã Kinh Bắc" }, centre))).toContain("Sai loại đơn vị")
  expect(await mistakeOf(submitCase(rooms, found.id, { name: "UBND Kinh Bắc" }, centre))).toContain("lý do chấp nhận")
  found = await submitCase(rooms, found.id, { name: "UBND phường Kinh Bắc" }, centre)

  // The centre sends it back with reasons; the unit sees them and answers again.
  found = await returnCase(rooms, found.id, "request", "Ghi rõ người liên hệ.", centre)
  expect([found.step, found.returned]).toEqual(["request", "Ghi rõ người liên hệ."])
  found = await submitCase(rooms, found.id, { network: "facebook", contact: person("Nguyễn Thị Lan") }, official)
  expect(found.returned).toBeNull()
  found = await submitCase(rooms, found.id, { name: "UBND phường Kinh Bắc" }, centre)

  const [emblem] = await picturesFor(rooms, rooms.view().unitById(unit)!)
  for (const size of pictureSizes.facebook) expect((await judgePicture(rooms, rooms.view().unitById(unit)!, emblem!, size)).verdict).toBe("match")
  expect((await circlePreview(emblem!, 180)).length).toBeGreaterThan(1_000)
  found = await submitCase(rooms, found.id, { picture: "emblem", agreed: true }, official)

  const wrong = await mistakeOf(submitCase(rooms, found.id, { ...dossier, deputy: dossier.owner, admins: [{ name: "Một người" }], basis: { ...dossier.basis, number: "" } }, official))
  for (const part of ["basis.number", "deputy.name", "ít nhất hai quản trị viên"]) expect(wrong).toContain(part)
  found = await submitCase(rooms, found.id, dossier, official)
  const letter = await letterOf(rooms, found, "docx")
  expect(letter.content.subarray(0, 2).toString()).toBe("PK")

  const remoteId = province.createAccount({ unitId: unit, network: "facebook", name: "UBND phường Kinh Bắc" })
  found = await saveIdentity(rooms, found.id, { remoteId, done: ["page_created"] }, official)
  expect(found.step).toBe("identity")
  expect(await mistakeOf(submitCase(rooms, found.id, { remoteId, platform: "pending", done: ["page_created"] }, official))).toContain("two_factor")
  const taken = rooms.view().accountsOfUnit("phuong-2")[0]!.remoteId!
  expect(await mistakeOf(submitCase(rooms, found.id, { remoteId: taken, platform: "pending", done: tasksOf("facebook") }, official))).toContain("remoteId")
  found = await submitCase(rooms, found.id, { remoteId, url: `${province.facebookUrl}/nhin/${remoteId}`, platform: "pending", done: tasksOf("facebook") }, official)
  const account = found.accountId!
  expect([account, rooms.view().accountById(account)!.identity.status, rooms.checks.gate(account).open]).toEqual(["phuong-1-facebook", "pending", false])

  // Connecting: another Page chosen, another session, used twice, refused by the person; then rightly.
  const session = "session-of-lan"
  const otherPage = rooms.view().accountsOfUnit("phuong-2").find((one) => one.network === "facebook")!.remoteId!
  const wrongPage = await finishConsent(rooms, { network: "facebook", ...(await answerOf(await beginConsent(rooms, found, official, session), choosePages(otherPage))) }, official, session)
  expect([wrongPage.ok, wrongPage.message]).toEqual([false, `Người đăng nhập không chọn Trang ${remoteId} hoặc không có quyền quản trị Trang này.`])
  const answer = { network: "facebook" as const, ...(await answerOf(await beginConsent(rooms, found, official, session), choosePages(remoteId))) }
  expect((await finishConsent(rooms, answer, official, "another session")).message).toContain("phiên đăng nhập khác")
  expect((await finishConsent(rooms, answer, official, session)).message).toContain("đã dùng")
  const denied = await answerOf(await beginConsent(rooms, found, official, session), (url) => url.searchParams.set("answer", "cancel"))
  expect((await finishConsent(rooms, { network: "facebook", ...denied }, official, session)).message).toContain("access_denied")
  const late = { network: "facebook" as const, ...(await answerOf(await beginConsent(rooms, found, official, session), choosePages(remoteId))) }
  world.clock.advance(11 * 60_000)
  expect((await finishConsent(rooms, late, official, session)).message).toContain("quá 10 phút")
  expect((await rooms.networks.facebook.tokenState(account)).state).toBe("none")
  const right = await finishConsent(rooms, { network: "facebook", ...(await answerOf(await beginConsent(rooms, found, official, session), choosePages(otherPage, remoteId))) }, official, session)
  expect([right.ok, right.caseId]).toEqual([true, found.id])
  found = await seeCase(rooms, found.id, official)
  expect(found.step).toBe("checks")

  // The account lost its link to the portal: refused without a reason; with the link all is well.
  province.tune(remoteId, { website: "https://noi-khac.example", about: "", description: "" })
  expect(await mistakeOf(submitCase(rooms, found.id, { confirm: "on" }, centre))).toContain("Tài khoản chưa ghi địa chỉ Cổng")
  province.tune(remoteId, { website: province.portalUrl(unit) })
  found = await submitCase(rooms, found.id, { confirm: "on" }, centre)
  expect(found.data.checks!.points.map((point) => [point.id, point.ok])).toEqual([["account", true], ["name", true], ["picture", true], ["portal_link", true], ["account_link", true], ["rules", true]])

  expect(await mistakeOf(submitCase(rooms, found.id, { seen: "on" }, centre))).toStartWith("not_published")
  found = await sendTestPost(rooms, found, centre)
  expect(await mistakeOf(sendTestPost(rooms, found, centre))).toStartWith("test_post_there")
  await world.publish()
  expect((await testPostOf(rooms, found))!.state).toBe("published")
  const [standing] = province.posts(remoteId)
  expect(standing!.text).toContain("/verify/phuong-1-facebook")
  // Articles that came meanwhile did not slip through the permission for the test post.
  expect(province.posts(remoteId)).toHaveLength(1)
  found = await submitCase(rooms, found.id, { seen: "on" }, centre)
  expect(rooms.checks.gate(account).open).toBe(false)

  // Neither the same name in other letters nor the same account under another name is a second person.
  for (const same of [centre, { ...second, name: " trần văn  MINH" }, { ...centre, name: "Tên Khác" }]) {
    expect(await mistakeOf(submitCase(rooms, found.id, { confirm: "on", publish: "auto" }, same))).toStartWith("four_eyes")
  }
  const done = await submitCase(rooms, found.id, { confirm: "on", publish: "auto" }, second)
  expect([done.status, done.closedAt === null]).toEqual(["done", false])
  const entry = rooms.view().accountById(account)!
  expect([entry.identity, entry.publish, entry.remoteId, entry.admins!.length]).toEqual([
    { status: "verified", basis: "15/QĐ-UBND ngày 20/11/2026 của UBND phường Kinh Bắc", date: "2026-11-24", confirmedBy: ["Trần Văn Minh", "Lê Thị Hoa"] }, "auto", remoteId, 2,
  ])
  expect(rooms.view().unitById(unit)!.deputy!.name).toBe("Phạm Văn Nam")
  expect(rooms.checks.gate(account)).toEqual({ open: true })
  expect(rooms.checks.waiversOf(entry).filter((waiver) => waiver.until >= "2026-11-24")).toEqual([])

  await takeTestPostDown(rooms, done, centre)
  await world.publish()
  expect(province.posts(remoteId).filter((post) => post.id === standing!.id)).toEqual([])
  expect((await casesOf(rooms).events(found.id)).map((event) => event.action).slice(0, 5)).toEqual(["opened", "submitted", "returned", "submitted", "submitted"])
})

test("an OA is connected by consent with PKCE: the wrong OA is refused, the right one goes on", async () => {
  const { rooms } = world
  let { found, remoteId } = await toConnect("zalo")
  const session = "session-of-lan"
  const other = rooms.view().accountsOfUnit("phuong-2").find((one) => one.network === "zalo")!.remoteId!
  const wrong = await finishConsent(rooms, { network: "zalo", ...(await answerOf(await beginConsent(rooms, found, official, session), chooseOa(other))) }, official, session)
  expect([wrong.ok, wrong.message]).toEqual([false, `Quản trị viên đã cấp quyền cho OA ${other}, không phải OA ${remoteId}.`])
  expect(await mistakeOf(submitCase(rooms, found.id, {}, official))).toStartWith("not_connected")
  const right = await finishConsent(rooms, { network: "zalo", ...(await answerOf(await beginConsent(rooms, found, official, session), chooseOa(remoteId))) }, official, session)
  expect(right.ok).toBe(true)
  found = await submitCase(rooms, found.id, { confirm: "on" }, centre)
  found = await sendTestPost(rooms, found, centre)
  await world.publish()
  await rooms.clock.sleep(DAY / 288)
  await world.publish()
  expect((await testPostOf(rooms, found))!.state).toBe("published")
  found = await submitCase(rooms, found.id, { seen: "on" }, centre)
  found = await submitCase(rooms, found.id, { confirm: "on", publish: "review" }, second)
  expect([found.status, rooms.view().accountById("phuong-1-zalo")!.identity.status]).toEqual(["done", "verified"])
})

test("rename, hand-over within and across units, merge and close change the registry only at their end", async () => {
  const { rooms, province } = world
  const page = rooms.view().accountsOfUnit("phuong-2").find((one) => one.network === "facebook")!
  const of = (id: string): CasePerson => ({ ...official, unitId: id })
  const finish = async (found: Case) => submitCase(rooms, (await submitCase(rooms, found.id, { confirm: "on", exception: "Đã xem trực tiếp trên nền tảng." }, centre)).id, { confirm: "on", publish: "auto" }, second)
  const contact = person("Nguyễn Thị Lan")

  let found = await openCase(rooms, "rename", "phuong-2", { account: page.id, purpose: "thêm tên tỉnh", contact }, of("phuong-2"))
  found = await submitCase(rooms, found.id, { name: "UBND phường Vũ Ninh, tỉnh Bắc Ninh" }, centre)
  found = await submitCase(rooms, found.id, { basis: dossier.basis }, of("phuong-2"))
  found = await submitCase(rooms, found.id, { done: "on", on: "2026-11-24" }, of("phuong-2"))
  // The network still shows the old name.
  expect(await mistakeOf(submitCase(rooms, found.id, { confirm: "on" }, centre))).toContain("tên đã chọn là “UBND phường Vũ Ninh, tỉnh Bắc Ninh”")
  province.tune(page.remoteId!, { name: "UBND phường Vũ Ninh, tỉnh Bắc Ninh" })
  expect(rooms.view().accountById(page.id)!.name).toBe(page.name)
  await finish(found)
  expect(rooms.view().accountById(page.id)!.name).toBe("UBND phường Vũ Ninh, tỉnh Bắc Ninh")

  // New people: the old consent does not count.
  found = await openCase(rooms, "hand_over", "phuong-2", { account: page.id, purpose: "thay người phụ trách", contact }, of("phuong-2"))
  world.clock.advance(60_000)
  found = await submitCase(rooms, found.id, dossier, of("phuong-2"))
  expect(await mistakeOf(submitCase(rooms, found.id, {}, of("phuong-2")))).toStartWith("not_connected")
  // Refreshing the old people's token is no consent of the new ones.
  await rooms.db.updateTable("account_tokens").set({ refreshed_at: rooms.clock.now() + 1 }).where("account_id", "=", page.id).execute()
  expect(await mistakeOf(submitCase(rooms, found.id, {}, of("phuong-2")))).toStartWith("not_connected")
  world.clock.advance(60_000)
  await connectByToken(rooms, found, { system_user_token: province.systemUserToken }, of("phuong-2"))
  await finish(await seeCase(rooms, found.id, centre))
  expect(rooms.view().unitById("phuong-2")!.owner!.name).toBe("Nguyễn Thị Lan")

  // To another unit: only the centre may, the case is the receiver's, the account keeps its id and its history.
  expect(await mistakeOf(openCase(rooms, "hand_over", "phuong-2", { account: page.id, toUnit: unit, purpose: "sáp nhập", contact }, of("phuong-2")))).toStartWith("not_your_turn")
  found = await openCase(rooms, "hand_over", "phuong-2", { account: page.id, toUnit: unit, purpose: "sáp nhập", contact }, centre)
  expect([found.unitId, (await listCases(rooms, { status: "open" }, official)).map((one) => one.id)]).toEqual([unit, [found.id]])
  found = await submitCase(rooms, found.id, dossier, official)
  expect([found.accountId, rooms.view().accountById(page.id)!.unitId, rooms.view().accountById(page.id)!.identity.status]).toEqual([page.id, unit, "pending"])
  expect(rooms.view().accountsOfUnit("phuong-2").map((account) => account.network)).toEqual(["zalo"])
  expect((await rooms.registry.accountHistory(page.id)).filter((row) => row.field === "unitId").map((row) => row.value)).toEqual(["phuong-2", unit])
  world.clock.advance(60_000)
  // The system user's token is sealed with the same Page since the hand-over before; nobody types it again.
  expect(await mistakeOf(connectBySystemUser(rooms, found, official))).toStartWith("not_your_turn")
  await connectBySystemUser(rooms, found, centre)
  await finish(await seeCase(rooms, found.id, centre))
  expect(rooms.view().accountByRemote("facebook", page.remoteId!)!.unitId).toBe(unit)

  // Two Pages of one unit become one.
  found = await openCase(rooms, "merge", unit, { account: page.id, into: "phuong-1-facebook", purpose: "chỉ giữ một Trang", contact }, official)
  found = await submitCase(rooms, found.id, { basis: dossier.basis }, official)
  found = await submitCase(rooms, found.id, { done: "on", on: "2026-11-24" }, official)
  expect(await mistakeOf(submitCase(rooms, found.id, { confirm: "on" }, centre))).toContain("vẫn hiển thị trên nền tảng")
  province.tune(page.remoteId!, { published: false })
  await finish(found)
  expect([rooms.view().accountById(page.id), rooms.view().accountById("phuong-1-facebook")!.main]).toEqual([undefined, true])

  const oa = rooms.view().accountsOfUnit("phuong-2")[0]!
  found = await openCase(rooms, "close", "phuong-2", { account: oa.id, purpose: "không dùng nữa", contact }, of("phuong-2"))
  found = await submitCase(rooms, found.id, { basis: dossier.basis }, of("phuong-2"))
  found = await submitCase(rooms, found.id, { done: "on", on: "2026-11-24" }, of("phuong-2"))
  await finish(found)
  expect(rooms.view().accountsOfUnit("phuong-2")).toEqual([])
  expect(await rooms.audit.verify(rooms.db)).toBeNull()
})

test("an overdue step is listed and reminded of once a day, and its alert ends with the step; cancelling takes a pending account off the list", async () => {
  const { rooms } = world
  const { found: one } = await toConnect("facebook")
  expect(one.accountId).toBe("phuong-1-facebook-2")
  expect(await listCases(rooms, { overdue: true }, centre)).toEqual([])
  world.clock.advance(7 * DAY)
  expect((await listCases(rooms, { overdue: true }, official)).map((late) => late.id)).toEqual([one.id])
  expect(await remindCases(rooms)).toEqual({ overdue: 1, reminded: 1 })
  expect(await remindCases(rooms)).toEqual({ overdue: 1, reminded: 0 })
  world.clock.advance(DAY)
  await remindCases(rooms)
  const late = () => rooms.alerts.list({ state: "open" }).then((alerts) => alerts.filter((alert) => alert.kind === "case.overdue"))
  const [alert] = await late()
  expect([alert!.unit, alert!.severity, alert!.summary.includes("đề nghị đơn vị thực hiện")]).toEqual([unit, "low", true])
  await cancelCase(rooms, one.id, "đơn vị rút đề nghị", official)
  expect(rooms.view().accountById(one.accountId!)).toBeUndefined()
  await remindCases(rooms)
  expect(await late()).toEqual([])
  expect(await mistakeOf(submitCase(rooms, one.id, {}, centre))).toStartWith("case_closed")
})

test("a step that died between registry and case is answered again: listing, entry, closing and test post happen once", async () => {
  const { rooms, province } = world
  const remoteId = province.createAccount({ unitId: unit, network: "facebook", name: "UBND phường Kinh Bắc" })
  let found = await openCase(rooms, "register", unit, { network: "facebook", contact: person("Nguyễn Thị Lan") }, official)
  found = await submitCase(rooms, found.id, { name: "UBND phường Kinh Bắc" }, centre)
  found = await submitCase(rooms, found.id, { picture: "own", agreed: "on" }, official)
  found = await submitCase(rooms, found.id, dossier, official)
  const answer = { remoteId, url: `${province.facebookUrl}/nhin/${remoteId}`, platform: "pending", done: tasksOf("facebook") }
  const before = rooms.view().accounts.length
  // The account was listed, the case never heard of it.
  await keepPending(rooms, { ...found, data: { ...found.data, identity: answer as never } }, official)
  found = await submitCase(rooms, found.id, answer, official)
  expect([rooms.view().accounts.length, rooms.view().accountById(found.accountId!)!.remoteId]).toEqual([before + 1, remoteId])
  await connectByToken(rooms, found, { system_user_token: province.systemUserToken }, centre)
  found = await submitCase(rooms, found.id, { confirm: "on", exception: "Trang chủ của Cổng vừa được đọc, chưa kịp đọc lại." }, centre)
  // The post was in the outbox, the case never heard of it.
  await sendTestPost(rooms, found, centre)
  const forgetful = { ...(await seeCase(rooms, found.id, centre)), data: found.data }
  found = await sendTestPost(rooms, forgetful, centre)
  await world.publish()
  expect(province.posts(remoteId)).toHaveLength(1)
  found = await submitCase(rooms, found.id, { seen: "on" }, centre)
  await activate(rooms, found, { publish: "auto" }, second)
  found = await submitCase(rooms, found.id, { confirm: "on", publish: "auto" }, second)
  const entry = rooms.view().accountById(found.accountId!)!
  expect([found.status, entry.identity.confirmedBy]).toEqual(["done", ["Trần Văn Minh", "Lê Thị Hoa"]])
  expect(rooms.checks.waiversOf(entry).filter((waiver) => waiver.until >= rooms.checks.today())).toEqual([])

  found = await openCase(rooms, "close", unit, { account: entry.id, purpose: "thử", contact: person("Lan") }, official)
  found = await submitCase(rooms, found.id, { basis: dossier.basis }, official)
  found = await submitCase(rooms, found.id, { done: "on", on: "2026-11-24" }, official)
  province.tune(remoteId, { published: false })
  found = await submitCase(rooms, found.id, { confirm: "on" }, centre)
  await activate(rooms, found, { publish: "off" }, second)
  expect((await submitCase(rooms, found.id, { confirm: "on", publish: "off" }, second)).status).toBe("done")
  expect(rooms.view().accountById(entry.id)).toBeUndefined()
})
