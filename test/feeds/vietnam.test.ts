import { expect, test } from "bun:test"
import { readFileSync } from "node:fs"
import { parseFeed } from "../../src/feeds/index.ts"
import type { ParsedFeed } from "../../src/model/index.ts"

/** Forms of the software behind Vietnamese portals, each in a file of its own under test/fixtures/feeds. */
const read = (name: string, url: string) =>
  (parseFeed(readFileSync(new URL(`../fixtures/feeds/${name}.xml`, import.meta.url)), { url, now: Date.UTC(2026, 10, 24), contentType: "text/xml" }) as ParsedFeed).items.map((item) => ({
    guid: item.guid,
    link: item.link,
    title: item.title,
    summary: item.summary,
    at: item.publishedAt && new Date(item.publishedAt).toISOString(),
    pictures: item.pictures,
  }))

test("NukeViet 4: guid in spaced CDATA, minutes that are the month, picture inside the text", () => {
  expect(read("nukeviet4", "https://xathu.example.vn/news/rss/")).toEqual([
    { guid: "news_31", link: "https://xathu.example.vn/news/van-ban/ke-hoach-31.html", title: 'Kế hoạch "xóa mù chữ" năm 2027', summary: "Kế hoạch gồm ba nhóm việc.", at: "2026-11-03T01:11:00.000Z", pictures: ["https://xathu.example.vn/uploads/news/2026_11/ke-hoach.jpg"] },
  ])
})

test("Liferay: sessions and return addresses leave the link", () => {
  expect(read("liferay-sessions", "https://phuongthu.example.vn/rss")[0]).toMatchObject({ link: "https://phuongthu.example.vn/tin/-/asset_publisher/Ab1/content/giao-ban", summary: "Sáng nay, phường họp giao ban.", at: "2026-11-02T02:00:00.000Z" })
})

test(".NET SyndicationFeed: a10 prefix, Z zone, xml:base on the item, no declaration", () => {
  expect(read("dotnet-a10", "https://elsewhere.example.vn/rss")[0]).toMatchObject({ guid: "8841", link: "https://sothu.example.vn/tin-tuc/chi-tiet?id=8841", at: "2026-11-01T03:00:00.000Z" })
})

test("newspapers: no guid, GMT+7 in odd spelling, invalid </br>, large picture first", () => {
  expect(read("newspaper-no-guid", "https://baothu.example.vn/rss/home.rss")[0]).toMatchObject({
    guid: null,
    summary: "Cầu dài 320 m.",
    at: "2026-11-01T02:30:00.000Z",
    pictures: ["https://cdn.baothu.example.vn/cau-lon.jpg", "https://cdn.baothu.example.vn/cau.jpg"],
  })
})

test("ASP.NET with vi-VN culture: SA and CH, UTF-16 declared on UTF-8 bytes, relative links", () => {
  expect(read("aspnet-vi-culture", "http://xathu2.example.vn/rss.ashx").map(({ link, title, at }) => [link, title, at])).toEqual([
    ["http://xathu2.example.vn/Tin.aspx?ItemID=7", "Thông báo mời họp", "2026-11-01T13:05:00.000Z"],
    ["http://xathu2.example.vn/Tin.aspx?ItemID=6", "Lịch tiếp dân", "2026-10-31T00:30:00.000Z"],
  ])
})

test("SharePoint: of the columns of a list only those that are text are read out", () => {
  const document = (columns: string) => `<rss version="2.0"><channel><title>Sở Thử</title><item><title>Tập huấn một cửa</title><link>https://sothu.example.vn/1</link><description><![CDATA[${columns}]]></description></item></channel></rss>`
  const summary = (columns: string) => (parseFeed(Buffer.from(document(columns)), { url: "https://sothu.example.vn/rss", now: Date.UTC(2026, 10, 24) }) as ParsedFeed).items[0]!.summary
  const body = '<div><b>Nội dung:</b> <div class="ExternalClass0"><p>Lớp học mở sáng&#58; 15/10.\u200b</p><p>Tại hội trường: tầng 2.</p></div></div>'
  expect(summary(`<div><b>Tiêu đề&#58;</b> Tập huấn</div>\n${body}\n<div><b>Ngày đăng:</b> 15/10/2026 08:30</div>`)).toBe("Lớp học mở sáng: 15/10.\n\nTại hội trường: tầng 2.")
  expect(summary("<div><b>Địa điểm:</b> tầng 2</div><div><b>Ngày:</b> 15/10</div>")).toBe("Địa điểm: tầng 2\n\nNgày: 15/10")
  expect(summary("<div><b>Lưu ý:</b> mang theo căn cước.</div>")).toBe("Lưu ý: mang theo căn cước.")
})
