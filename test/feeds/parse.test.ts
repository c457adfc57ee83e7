import { expect, test } from "bun:test"
import { gzipSync } from "node:zlib"
import { parseFeed } from "../../src/feeds/index.ts"
import type { ParsedFeed } from "../../src/model/index.ts"

const now = Date.UTC(2026, 10, 24)
const url = "https://phuongmau.example.vn/rss"
const parse = (text: string | Uint8Array, more: Partial<Parameters<typeof parseFeed>[1]> = {}) => parseFeed(typeof text === "string" ? new TextEncoder().encode(text) : text, { url, now, ...more }) as ParsedFeed
const rss = (items: string, head = "") => `<rss version="2.0"><channel><title>Cổng</title><link>https://phuongmau.example.vn/</link>${head}${items}</channel></rss>`
const item = (inner: string, head = "") => parse(rss(`<item>${inner}</item>`, head)).items[0]!

test("windows-1258 with combining marks becomes NFC", () => {
  const bytes = Uint8Array.from([...'<?xml version="1.0" encoding="windows-1258"?><rss><channel><item><title>'].map((c) => c.charCodeAt(0)).concat([0x55, 0x42, 0x4e, 0x44, 0x20, 0x74, 0xec, 0x6e, 0x68, 0x2c, 0x20, 0x78, 0x61, 0xd2], [..."</title></item></channel></rss>"].map((c) => c.charCodeAt(0))))
  expect(parse(bytes).items[0]!.title.normalize("NFC")).toBe(parse(bytes).items[0]!.title)
  expect(parse(bytes).items[0]!.title).toStartWith("UBND t")
})

test("UTF-16 and a wrong declaration", () => {
  const wide = new Uint8Array(Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(rss("<item><title>Tiếp công dân</title></item>"), "utf16le")]))
  expect(parse(wide).items[0]!.title).toBe("Tiếp công dân")
  expect(parse(`<?xml version="1.0" encoding="utf-16"?>${rss("<item><title>Tiếp công dân</title></item>")}`).items[0]!.title).toBe("Tiếp công dân")
})

test("junk before the root, a DOCTYPE with entities, scripts after the end", () => {
  const feed = parse(`\n<br />\n<b>Warning</b>: mysql in x.php<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>${rss("<item><title>&b; tin</title></item>")}<script src="//x"></script>`)
  expect(feed.items.map((one) => one.title)).toEqual(["&b; tin"])
  expect(feed.notes).toEqual(["entities", "script_after_end"])
})

test("titles: markup, double escapes, invisible characters, C1 letters", () => {
  expect(item("<title>&amp;lt;b&amp;gt;Thông báo&amp;lt;/b&amp;gt; &amp;quot;tuyển sinh&amp;quot;</title>").title).toBe('Thông báo "tuyển sinh"')
  expect(item("<title>Sở\u200b Y tế\u00a0&#146;x&#146; \u202eabc</title>").title).toBe("Sở Y tế ’x’ abc")
  expect(item("<title>&lt;Tên đơn vị&gt; báo cáo &lt;b&gt;quý&lt;/b&gt; &lt;/x&gt;</title>").title).toBe("<Tên đơn vị> báo cáo quý </x>")
  expect(item("<title><![CDATA[Học phí < 15 triệu & hơn]]></title>").title).toBe("Học phí < 15 triệu & hơn")
})

test("links: relative, xml:base, spaces, session ids, schemes that no reader opens", () => {
  const links = (text: string) => item(`<title>Tin</title>${text}`).link
  expect(links("<link>/tin/1 a.html</link>")).toBe("https://phuongmau.example.vn/tin/1%20a.html")
  expect(parse(`<feed xmlns="http://www.w3.org/2005/Atom" xml:base="http://a.example.vn/x/"><entry xml:base="y/"><title>T</title><link href="z"/></entry></feed>`).items[0]!.link).toBe("http://a.example.vn/x/y/z")
  expect(links("<link>https://a.vn/-/asset_publisher/x;jsessionid=AB12?utm_source=rss&amp;id=4&amp;redirect=%2Fx%3Bjsessionid%3D1#top</link>")).toBe("https://a.vn/-/asset_publisher/x?id=4")
  expect(links("<link>javascript:alert(1)</link>")).toBeNull()
  expect(links("<link>http://169.254.169.254/latest</link>")).toBeNull()
  expect(item("<title>T</title><link>javascript:alert(1)</link>").links).toContain("javascript:alert(1)")
  expect(links('<guid isPermaLink="true">https://a.vn/1</guid>')).toBe("https://a.vn/1")
  expect(links('<guid isPermaLink="false">https://a.vn/1</guid>')).toBeNull()
})

test("an item without words goes by its address; content has its own base", () => {
  expect(item("<link>https://a.vn/1</link>").title).toBe("https://a.vn/1")
  expect(parse(rss("<item><pubDate>Mon, 15 Sep 2025 08:30:00 GMT</pubDate></item>")).items).toEqual([])
  expect(parse('<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>T</title><content type="html" xml:base="http://b.vn/x/">&lt;img src="1.jpg"></content></entry></feed>').items[0]!.pictures).toEqual(["http://b.vn/x/1.jpg"])
})

test("fallbacks and namespaces with odd prefixes", () => {
  const feed = parse(`<rss xmlns:d="http://purl.org/dc/elements/1.1/" xmlns:c="http://purl.org/rss/1.0/modules/content/" xmlns:m="http://search.yahoo.com/mrss/"><channel><item>
    <d:title>Tin</d:title><d:date>2026-11-01T08:00:00</d:date><d:creator>Ban Biên tập</d:creator><c:encoded><![CDATA[<p>Một</p><p>Hai</p>]]></c:encoded><m:content url="/a.jpg" type="image/jpeg" width="900"/></item></channel></rss>`)
  expect(feed.items[0]).toMatchObject({ title: "Tin", publishedAt: Date.UTC(2026, 10, 1, 1), author: "Ban Biên tập", paragraphs: ["Một", "Hai"], summary: "Một", pictures: ["https://phuongmau.example.vn/a.jpg"] })
})

test("Atom with XHTML content, RDF, JSON Feed, CDF", () => {
  expect(parse('<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>tag:1</id><title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">Tin <b>một</b></div></title><content type="xhtml"><div><p>A &amp; B</p></div></content></entry></feed>').items[0]).toMatchObject({ guid: "tag:1", title: "Tin một", paragraphs: ["A & B"] })
  expect(parse('<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"><channel><title>K</title></channel><item rdf:about="https://a.vn/1"><title>Tin</title><link>https://a.vn/1</link></item></rdf:RDF>')).toMatchObject({ format: "rdf", title: "K", items: [{ guid: "https://a.vn/1", link: "https://a.vn/1" }] })
  expect(parse('{"version":"https://jsonfeed.org/version/1.1","title":"K","items":[{"id":"7","url":"/7","title":"Tin","content_html":"<p>x</p>","image":"/7.jpg"}]}')).toMatchObject({ format: "json", items: [{ guid: "7", link: "https://phuongmau.example.vn/7", pictures: ["https://phuongmau.example.vn/7.jpg"] }] })
  expect(parse('<CHANNEL HREF="https://a.vn/"><TITLE>K</TITLE><ITEM HREF="https://a.vn/1" LASTMOD="2026-11-01"><TITLE>Tin</TITLE><ABSTRACT>Tóm</ABSTRACT></ITEM></CHANNEL>').items[0]).toMatchObject({ link: "https://a.vn/1", title: "Tin", summary: "Tóm" })
})

test("US dates are recognised by the feed, not by the item", () => {
  const feed = parse(rss("<item><title>a</title><pubDate>9/10/2025 8:30:00 AM</pubDate></item><item><title>b</title><pubDate>9/23/2025 8:30:00 AM</pubDate></item>"))
  expect(feed.items.map((one) => new Date(one.publishedAt!).toISOString().slice(0, 10))).toEqual(["2025-09-10", "2025-09-23"])
})

test("what comes with status 200 and is no feed is named", () => {
  const code = (text: string) => (parse(text) as unknown as { code: string }).code
  expect([code(""), code("<!DOCTYPE html><html><title>Bảo trì</title></html>"), code("<html><body>The requested URL was rejected. Your support ID is: 1</body></html>"), code('<html><script>document.cookie="D1N=1"</script></html>'), code('{"a":1}'), code("xin chào"), code("<opml><body/></opml>")]).toEqual([
    "empty", "html", "rejected", "challenge", "json", "text", "opml",
  ])
})

test("adapters read HTML lists by selectors and JSON lists by paths", () => {
  const html = '<ul class="news"><li><a href="/tin/1" title="x"><img data-src="/1.jpg"></a><h3><a href="/tin/1">Tin một</a></h3><span class="date">15/09/2025 08:30</span><p class="s">Tóm tắt</p><li><h3><a href="/tin/2">Tin hai</a></h3></ul>'
  const read = parse(html, { adapter: { type: "html", item: "ul.news > li", date: ".date", summary: "p.s" } })
  expect(read.items.map(({ title, link, pictures, summary, publishedAt }) => ({ title, link, pictures, summary, publishedAt }))).toEqual([
    { title: "Tin một", link: "https://phuongmau.example.vn/tin/1", pictures: ["https://phuongmau.example.vn/1.jpg"], summary: "Tóm tắt", publishedAt: Date.UTC(2025, 8, 15, 1, 30) },
    { title: "Tin hai", link: "https://phuongmau.example.vn/tin/2", pictures: [], summary: "", publishedAt: null },
  ])
  const json = parse('{"data":{"list":[{"id":4,"t":"Tin","u":"/4","d":"/Date(1757899800000)/"}]}}', { adapter: { type: "json", items: "data.list", title: "t", link: "u", id: "id", date: "d" } })
  expect(json.items[0]).toMatchObject({ guid: "4", title: "Tin", link: "https://phuongmau.example.vn/4", publishedAt: 1757899800000 })
  expect(parse(html, { adapter: { type: "html", item: ".gone" } })).toMatchObject({ format: "none", code: "adapter" } as never)
})

test("hostile documents end quickly with what was good before", () => {
  const good = "<item><title>Tin tốt</title></item>"
  const started = performance.now()
  expect(parse(rss(`${good}<item><title>x</title><description>${"<b>".repeat(1_000_000)}</description></item>`)).items[0]!.title).toBe("Tin tốt")
  expect(parse(rss("<item><title>t</title></item>".repeat(200_000))).items.length).toBe(1_000)
  expect(parse(rss(`${good}<item><title>lớn</title><description>${"a ".repeat(4_000_000)}</description></item>`)).items.length).toBe(2)
  expect(parse(rss(good).slice(0, -30)).items[0]!.title).toBe("Tin tốt")
  expect(parse(`<rss><channel><item><title>${"<![CDATA[".repeat(100_000)}`).notes).toContain("truncated")
  expect(parse(gzipSync("x".repeat(10_000)) as unknown as Uint8Array)).toMatchObject({ format: "none" } as never)
  expect(performance.now() - started).toBeLessThan(12_000)
}, 20_000)

test("old portals: windows-1258 and the TCVN3 font without a declaration, and UTF-8 decoded once too often", () => {
  const document = (title: string) => `<rss version="2.0"><channel><title>x</title><item><title>${title}</title><link>https://xathu.example.vn/1</link></item></channel></rss>`
  const title = (bytes: Uint8Array) => (parseFeed(bytes, { url: "https://xathu.example.vn/rss", now: Date.UTC(2026, 10, 24) }) as ParsedFeed).items[0]!.title
  const bytes = (text: string) => new Uint8Array(Buffer.from(text, "latin1"))
  expect(title(bytes(document("UÒy ban nhân dân phýõÌng VoÞ CýõÌng: ðâÒy maònh chuyêÒn ðôÒi sôì")))).toBe("Ủy ban nhân dân phường Võ Cường: đẩy mạnh chuyển đổi số")
  expect(title(bytes(`<?xml version="1.0" encoding="iso-8859-1"?>${document("Phýõng aìn cuÒa phýõÌng ðaÞ ðýõòc duyêòt")}`))).toBe("Phương án của phường đã được duyệt")
  expect(title(bytes(document("UBND ph­êng Kinh B¾c tæ chøc héi nghÞ triÓn khai nhiÖm vô")))).toBe("UBND phường Kinh Bắc tổ chức hội nghị triển khai nhiệm vụ")
  const twice = new TextEncoder().encode(new TextDecoder("windows-1252").decode(new TextEncoder().encode(document("Hội nghị triển khai nhiệm vụ của phường Kinh Bắc"))))
  expect(title(twice)).toBe("Hội nghị triển khai nhiệm vụ của phường Kinh Bắc")
})

test("lists inside lists inside lists are given up on, not read over and over", () => {
  const html = `<ul>${"<div class=a><p>x</p>".repeat(40_000)}`
  const started = performance.now()
  const answer = parseFeed(Buffer.from(html), { url: "https://xathu.example.vn/tin", now: 0, adapter: { type: "html", item: ".a", title: "p" } })
  expect(answer).toMatchObject({ format: "none", code: "adapter", reason: "the page nests too deeply for its selectors" })
  // Eleven seconds without the limit.
  expect(performance.now() - started).toBeLessThan(5_000)
})
