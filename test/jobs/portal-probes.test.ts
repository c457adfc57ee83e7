import { expect, test } from "bun:test"
import { judgePages, readPage } from "../../src/jobs/portal-probes.ts"

const home = `<!doctype html><body><form><input name="keyword"></form><a href="https://www.dichvucong.gov.vn/p/home">DVC quốc gia</a>
<a href="//dichvucong.bacninh.gov.vn">DVC tỉnh</a><a href="https://soxaydung.bacninh.gov.vn">Sở Xây dựng</a><a href="javascript:alert(1)">x</a><a href="http://[">y</a></body>`

test("links, a search box and a print control are seen; what is not seen proves nothing", () => {
  const facts = readPage(home, "https://vuninh.bacninh.gov.vn/")
  expect([...facts.hosts].sort()).toEqual(["dichvucong.bacninh.gov.vn", "dichvucong.gov.vn", "soxaydung.bacninh.gov.vn"])
  const article = readPage(`<article><a href="#" title="In bài viết"><i></i></a></article>`, "https://vuninh.bacninh.gov.vn/tin/1")
  const services = ["dichvucong.gov.vn", "dichvucong.bacninh.gov.vn"]
  const seen = judgePages(facts, article, "20/11/2026", ["soxaydung.bacninh.gov.vn", "sonoivu.bacninh.gov.vn"], services)
  expect(seen.map((entry) => [entry.signal, entry.present, entry.proof])).toEqual([
    ["links", undefined, "trang chủ liên kết tới 1/2 cổng khác của tỉnh (xem ngày 20/11/2026)"],
    ["public_services", true, "trang chủ liên kết tới dichvucong.gov.vn, dichvucong.bacninh.gov.vn (xem ngày 20/11/2026)"],
    ["search", undefined, "trang chủ có ô tìm kiếm, cần thử tìm ba tin gần đây (xem ngày 20/11/2026)"],
    ["print", true, "trang tin có nút in (xem ngày 20/11/2026)"],
  ])
  const nothing = readPage("<p>Cổng <a href='/in-an'>Tin trong nước</a></p>", "https://a.example/")
  expect(judgePages(nothing, nothing, "20/11/2026", [], []).some((entry) => entry.present)).toBe(false)
})

test.each(["", "<a", "<a href=", "<".repeat(50_000), `${"<div>".repeat(20_000)}<a href="https://b.example/">b</a>`])("broken pages are read as far as they go", (html) => {
  expect(readPage(html, "https://a.example/").print).toBe(false)
})
