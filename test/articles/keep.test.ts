import { afterEach, expect, test } from "bun:test"
import { DAY, HOUR } from "../../src/base/clock.ts"
import { aFeed, anItem, kinds, range, start, Story, titles } from "./support.ts"
import { closeTestDbs } from "../support/db.ts"

afterEach(closeTestDbs)

/** Newest first, as feeds are: items `newest` down to `oldest`; a higher number is younger. */
const window = (newest: number, oldest: number, change: (number: number) => object = () => ({})) => range(newest, oldest).map((number) => anItem(number, { publishedAt: start - DAY + number * HOUR, ...change(number) }))

test("the first poll is a baseline: old and undated items are never new", async () => {
  const story = await Story.begin()
  const kept = await story.shows([anItem(1), anItem(2, { publishedAt: start - 25 * HOUR }), anItem(3, { publishedAt: null })])
  expect(kept.added.map(({ title, state }) => [title, state])).toEqual([
    ["Tin số 3 của phường Mẫu", "baseline"],
    ["Tin số 2 của phường Mẫu", "baseline"],
    ["Tin số 1 của phường Mẫu", "new"],
  ])
})

test("an article seen again is no new article, in any order, after any pause (complaints 6, 14)", async () => {
  const story = await Story.begin()
  await story.shows(window(20, 1))
  expect((await story.shows(window(20, 1).reverse())).added).toEqual([])
  expect(titles((await story.shows(window(21, 2))).added)).toEqual(["Tin số 21 của phường Mẫu"])
  await story.shows(window(60, 41))
  expect((await story.shows(window(30, 11).slice(0, 10).concat(window(20, 11)))).added.map((article) => article.title)).not.toContain("Tin số 20 của phường Mẫu")
})

test("a feed that restamps guids and dates posts nothing again, and says so once (complaint 7)", async () => {
  const story = await Story.begin()
  const restamped = (round: number) => range(1, 20).map((number) => anItem(number, { guid: `g-${round}-${number}`, publishedAt: start + round * HOUR - number * 60_000 }))
  await story.shows(restamped(0))
  const second = await story.shows(restamped(1))
  expect([titles(second.added), kinds(second)]).toEqual([[], ["guid_unusable"]])
  for (const round of range(2, 6)) expect(await story.shows(restamped(round))).toEqual({ added: [], updated: [], withdrawn: [], facts: [] })
  const later = await story.shows([anItem(99, { guid: "g-7-99", publishedAt: start + 6 * HOUR }), ...restamped(7).slice(0, 19)])
  expect(titles(later.added)).toEqual(["Tin số 99 của phường Mẫu"])
})

test("volatile guids and volatile links: title and day hold", async () => {
  const story = await Story.begin()
  const volatile = (round: number) => range(1, 6).map((number) => anItem(number, { guid: `g-${round}-${number}`, link: `https://phuong-mau.example.vn/x/${round}/${number}` }))
  await story.shows(volatile(0))
  for (const round of range(1, 4)) expect((await story.shows(volatile(round))).added).toEqual([])
})

test("guids that flip between good, missing and other (complaint 19)", async () => {
  const story = await Story.begin()
  const good = range(1, 5).map((number) => anItem(number))
  await story.shows(good)
  for (const round of range(1, 3)) {
    expect((await story.shows(good.map((item) => ({ ...item, guid: null })))).added).toEqual([])
    expect((await story.shows(good)).added).toEqual([])
    expect((await story.shows(good.map((item) => ({ ...item, guid: `${item.guid}-${round}` })))).added).toEqual([])
  }
})

test("ten items with one guid are ten articles; three with one link are three (complaint 17)", async () => {
  const story = await Story.begin()
  const oneGuid = range(1, 10).map((number) => anItem(number, { guid: "same" }))
  const kept = await story.shows(oneGuid)
  expect([kept.added.length, kinds(kept)]).toEqual([10, ["guid_unusable"]])
  expect((await story.shows(oneGuid)).added).toEqual([])
  const oneLink = (numbers: number[]) => numbers.map((number) => anItem(number, { guid: null, link: "https://phuong-mau.example.vn/thong-bao" }))
  const feed = aFeed("phuong-mau", {}, "tb")
  expect((await story.shows(oneLink([1, 2, 3]), feed)).added.length).toBe(3)
  expect((await story.shows(oneLink([2, 3]), feed)).added).toEqual([])
  expect(titles((await story.shows(oneLink([4, 2, 3]), feed)).added)).toEqual(["Tin số 4 của phường Mẫu"])
})

test("a repeated title is a new article while the first one still stands", async () => {
  const story = await Story.begin()
  const schedule = (week: number) => anItem(week, { title: "Lịch tiếp công dân", publishedAt: start + week * 7 * DAY })
  await story.shows([schedule(0), anItem(50)])
  story.now = start + 7 * DAY
  expect((await story.shows([schedule(1), schedule(0), anItem(50)])).added.length).toBe(1)
  story.now = start + 14 * DAY
  expect((await story.shows([schedule(2), schedule(1), schedule(0)])).added.length).toBe(1)
})

test("edits become versions; markup alone does not; the former wording is kept", async () => {
  const story = await Story.begin()
  await story.shows([anItem(1), anItem(2)])
  expect((await story.shows([anItem(1, { html: "<b>neu</b>" }), anItem(2)])).updated).toEqual([])
  const edited = await story.shows([anItem(1, { title: "Tin số 1 đính chính" }), anItem(2)])
  expect(edited.added).toEqual([])
  expect(edited.updated.map(({ title, version }) => [title, version])).toEqual([["Tin số 1 đính chính", 2]])
  expect((await story.articles.versions(story.opened.db, edited.updated[0]!.id)).map(({ version, title }) => [version, title])).toEqual([
    [1, "Tin số 1 của phường Mẫu"],
    [2, "Tin số 1 đính chính"],
  ])
})

test("a headline edit that changes guid and address is an edit (complaint 16)", async () => {
  const story = await Story.begin()
  const body = "Sáng nay lãnh đạo phường đã tiếp công dân tại trụ sở và giải đáp nhiều kiến nghị về đất đai, môi trường, giao thông."
  const at = start - 3 * 60_000 - 17_000
  await story.shows([anItem(1, { summary: body, publishedAt: at }), anItem(2)])
  const kept = await story.shows([anItem(1, { guid: "https://x/new-slug", link: "https://phuong-mau.example.vn/tin/tieu-de-moi", title: "Lãnh đạo phường Mẫu tiếp công dân", summary: body, publishedAt: at }), anItem(2)])
  expect([kept.added.length, kept.updated.map((article) => article.version)]).toEqual([0, [2]])
})

test("a sliding window withdraws nothing; an item missing from inside twice is withdrawn, 304 answers count", async () => {
  const story = await Story.begin()
  await story.shows(window(20, 1))
  for (const newest of [21, 24, 30, 47]) expect((await story.shows(window(newest, newest - 19))).withdrawn).toEqual([])
  const without = window(47, 28).filter((item) => item.guid !== "tin-40")
  expect((await story.shows(without)).withdrawn).toEqual([])
  const confirmed = await story.shows("unchanged")
  expect(confirmed.withdrawn.map(({ title, state }) => [title, state])).toEqual([["Tin số 40 của phường Mẫu", "withdrawn"]])
  expect((await story.shows("unchanged")).withdrawn).toEqual([])
})

test("a pinned old item on top makes no withdrawal of those that slide out", async () => {
  const story = await Story.begin()
  const pinned = anItem(900, { publishedAt: start - 300 * DAY })
  await story.shows([pinned, ...window(10, 1)])
  for (const newest of range(11, 20)) expect((await story.shows([pinned, ...window(newest, newest - 9)])).withdrawn).toEqual([])
})

test("an item that is missing for one poll only, or a window cut in half, is no withdrawal", async () => {
  const story = await Story.begin()
  await story.shows(window(20, 1))
  await story.shows(window(20, 1).filter((item) => item.guid !== "tin-10"))
  expect(await story.shows(window(20, 1))).toMatchObject({ added: [], withdrawn: [] })
  const cut = await story.shows(window(20, 14))
  expect([cut.withdrawn.length, kinds(cut)]).toEqual([0, ["window_shrunk"]])
  expect((await story.shows("unchanged")).withdrawn).toEqual([])
})

test("older items that a removal uncovers are no news", async () => {
  const story = await Story.begin()
  await story.shows(window(20, 11))
  const kept = await story.shows([...window(20, 11).slice(1), anItem(700, { publishedAt: start - 90 * DAY })])
  expect(kept.added.map((article) => article.state)).toEqual(["baseline"])
})

test("more new items than the guard hold the feed; a baseline is no burst; 0 is off", async () => {
  const story = await Story.begin()
  const fresh = (from: number, to: number) => range(from, to).map((number) => anItem(number, { publishedAt: start + HOUR }))
  await story.shows(fresh(1, 30))
  const kept = await story.shows([...fresh(31, 51), ...fresh(1, 30)])
  expect([new Set(kept.added.map((article) => article.state)), kinds(kept)]).toEqual([new Set(["held"]), ["burst"]])
  const off = aFeed("phuong-mau", { burstGuard: 0 }, "off")
  await story.shows(fresh(1, 3), off)
  expect(new Set((await story.shows([...fresh(101, 160), ...fresh(1, 3)], off)).added.map((article) => article.state))).toEqual(new Set(["new"]))
})

test("held articles of a feed become new when a person releases it", async () => {
  const story = await Story.begin()
  await story.shows([anItem(1)])
  const kept = await story.shows([anItem(2, { publishedAt: start }), anItem(1)], aFeed(), { quarantined: "new_host" })
  expect(kept.added[0]).toMatchObject({ state: "held" })
  expect(await story.articles.releaseHeld(story.opened.db as never, aFeed().id, story.now)).toBe(1)
  expect(titles(await story.articles.byState(story.opened.db, "new", 10))).toContain("Tin số 2 của phường Mẫu")
})

test("the same article elsewhere: another unit keeps it with a pointer, another feed of the unit gives a duplicate (complaint 18)", async () => {
  const story = await Story.begin()
  const body = "Ủy ban nhân dân tỉnh yêu cầu các địa phương chủ động triển khai phương án phòng chống mưa lũ, bảo đảm an toàn tính mạng và tài sản của nhân dân trong mọi tình huống."
  const first = await story.shows([anItem(1, { title: "Chủ động ứng phó với mưa lũ trên địa bàn", summary: body })])
  const copy = anItem(7, { guid: "khac-7", link: "https://xa-khac.example.vn/tin/7", title: "Chủ động ứng phó với mưa, lũ trên địa bàn!", summary: `${body} (Theo Cổng TTĐT tỉnh)` })
  const other = await story.shows([copy, anItem(8, { guid: "khac-8", link: "https://xa-khac.example.vn/tin/8", title: "Lịch cắt điện ngày 26/11", summary: body.slice(0, 30) })], aFeed("xa-khac"))
  expect(other.added.map(({ state, duplicateOf }) => [state, duplicateOf])).toEqual([
    ["new", null],
    ["new", first.added[0]!.id],
  ])
  const sameUnit = await story.shows([anItem(1, { guid: "khac", title: "Tiêu đề khác hẳn", link: "http://www.phuong-mau.example.vn/tin/1/" })], aFeed("phuong-mau", {}, "rss2"))
  expect(sameUnit.added).toMatchObject([{ state: "duplicate", duplicateOf: first.added[0]!.id }])
})

test("notices that differ by a date are different articles", async () => {
  const story = await Story.begin()
  const notice = (day: number) => ({ title: `Thông báo lịch cắt điện trên địa bàn phường ngày ${day}/11`, summary: `Điện lực thông báo lịch ngừng cung cấp điện trên địa bàn phường để phục vụ công tác bảo trì lưới điện trong ngày ${day} tháng 11, đề nghị nhân dân chủ động.` })
  await story.shows([anItem(1, notice(25))])
  expect((await story.shows([anItem(2, { ...notice(26), guid: "b", link: "https://xa-khac.example.vn/2" })], aFeed("xa-khac"))).added[0]!.duplicateOf).toBeNull()
})

test("facts: overflow, reordering, a strange host, another language, night", async () => {
  const story = await Story.begin()
  await story.shows(window(40, 21))
  expect(kinds(await story.shows(window(80, 61)))).toContain("window_overflow")
  expect(kinds(await story.shows([...window(80, 61)].sort((a, b) => ((a.publishedAt! / HOUR) * 7919) % 13 - ((b.publishedAt! / HOUR) * 7919) % 13)))).toEqual(["reordered"])
  const strange = await story.shows([anItem(500, { link: "https://ca-cuoc.example.top/x", publishedAt: start })])
  expect([kinds(strange).includes("new_host"), strange.added[0]!.state]).toEqual([true, "held"])
  const english = await story.shows(range(600, 604).map((number) => anItem(number, { title: `Best casino bonus ${number}`, publishedAt: start })))
  expect(kinds(english)).toContain("language_shift")
})

test("emergency words in the title or section open the lane; drills do not", async () => {
  const story = await Story.begin()
  const kept = await story.shows([
    anItem(1, { title: "Công điện khẩn về ứng phó bão số 5" }),
    anItem(2, { title: "Diễn tập phòng chống thiên tai năm 2026" }),
    anItem(3, { title: "Báo cáo thu chi ngân sách", categories: ["Thiên tai"] }),
    anItem(4, { title: "Lũy kế giải ngân vốn đầu tư" }),
  ])
  expect(kept.added.map(({ title, emergency }) => [title.slice(0, 8), emergency])).toEqual([["Lũy kế g", false], ["Báo cáo ", true], ["Diễn tập", false], ["Công điệ", true]])
})

test("what a document gave away about itself stops its own items, not only those of the next poll", async () => {
  const story = await Story.begin()
  const kept = await story.shows([anItem(1)], aFeed(), { facts: [{ kind: "xml_suspicious", action: "quarantine", detail: "entities" }] })
  expect(kept.added).toMatchObject([{ state: "held", reason: "Nguồn tin có dấu hiệu bất thường, chờ người xem" }])
  const told = await story.shows([anItem(2), anItem(1)], aFeed(), { facts: [{ kind: "failing", action: "tell", detail: "three times" }] })
  expect(told.added).toMatchObject([{ state: "new" }])
})

test("the items of the first poll are no burst, although they are kept a moment after it", async () => {
  const story = await Story.begin()
  story.now += 200
  await story.shows(range(18, 1).map((number) => anItem(number, { publishedAt: start })), aFeed(), { firstPolledAt: start })
  story.now = start + 10 * 60_000
  const second = await story.shows(range(23, 1).map((number) => anItem(number, { publishedAt: start })), aFeed(), { firstPolledAt: start })
  expect([second.added.length, new Set(second.added.map(({ state }) => state)), kinds(second)]).toEqual([5, new Set(["new"]), []])
  story.now = start + 20 * 60_000
  expect(kinds(await story.shows(range(44, 15).map((number) => anItem(number, { publishedAt: start })), aFeed(), { firstPolledAt: start }))).toContain("burst")
})

test("the words decide the language, not what the portal's template says", async () => {
  const story = await Story.begin()
  const english = { title: "Bac Ninh welcomes foreign investors at its annual forum", summary: "The provincial People's Committee held the annual forum with more than two hundred foreign investors this morning in the city." }
  const kept = await story.shows([
    anItem(1, { language: "en" }),
    anItem(2, { ...english, language: "vi" }),
    anItem(3, { title: "UBND thong bao lich tiep dan", summary: "", language: "en" }),
    anItem(4, { title: "北寧省人民委員会は投資家を歓迎した", summary: "会議には多くの企業が参加した。" }),
    anItem(5, { title: "Tập đoàn The Coffee House khai trương tại Kinh Bắc", summary: "Sáng nay, hãng in the box of Vietnam mở cửa hàng." }),
  ])
  expect(kept.added.map(({ title, language }) => [title.slice(0, 4), language])).toEqual([["Tập ", "vi"], ["北寧省人", "ja"], ["UBND", "vi"], ["Bac ", "en"], ["Tin ", "vi"]])
})

test("items of one date, or of none, keep the order of the portal", async () => {
  const story = await Story.begin()
  await story.shows([anItem(0)])
  await story.shows([...range(19, 10).map((number) => anItem(number, { publishedAt: start })), ...range(9, 1).map((number) => anItem(number, { publishedAt: null })), anItem(0)])
  const fresh = (await story.articles.byState(story.opened.db, "new", 100)).filter(({ title }) => title !== "Tin số 0 của phường Mẫu")
  expect(titles(fresh.sort((a, b) => a.firstSeenAt - b.firstSeenAt))).toEqual(range(1, 19).map((number) => `Tin số ${number} của phường Mẫu`))
})

test("letters that could not be mended wait for a person", async () => {
  const story = await Story.begin()
  const kept = await story.shows([anItem(1, { title: "Hội nghị: tæ chøc héi nghÞ triÓn khai nhiÖm vô" })])
  expect(kept.added).toMatchObject([{ state: "held", reason: "Chữ trong tin bị vỡ (bảng mã hoặc phông chữ cũ), cần người xem" }])
})
