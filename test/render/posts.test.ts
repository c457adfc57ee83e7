import { expect, test } from "bun:test"
import fc from "fast-check"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { checkout } from "../../src/base/config.ts"
import type { FacebookContent, ZaloContent } from "../../src/model/network.ts"
import { codePoints, loadPostTemplates, renderPost, type PostInput } from "../../src/render/index.ts"

const templates = loadPostTemplates("/nonexistent", `${checkout}/templates`)
const picture = (sha256: string, alt = "") => ({ sha256, path: `/m/${sha256}`, url: `https://loa.example/m/${sha256}.jpg`, width: 1_000, height: 640, alt })
const input: PostInput = {
  article: {
    url: "https://kinhbac.bacninh.gov.vn/news/-/details/1",
    title: "Thông báo lịch cắt điện",
    summary: "Từ 8 giờ đến 11 giờ ngày 24/11.",
    paragraphs: ["Đoạn một.", "Đoạn hai.", "Đoạn ba."],
    section: null,
    language: "vi",
    publishedAt: null,
    emergency: false,
  },
  unit: { name: "UBND phường Kinh Bắc", nameVariants: [] },
  account: { name: "Truyền thông phường Kinh Bắc", network: "facebook" },
  mode: "photo_text",
  pictures: [picture("a"), picture("b", "Ảnh minh họa")],
  cover: null,
  defaultCover: picture("d"),
  templates,
  isOwnHost: (host) => host.endsWith(".gov.vn"),
}
const facebook = (change: Partial<PostInput["article"]> = {}, more: Partial<PostInput> = {}) => renderPost({ ...input, ...more, article: { ...input.article, ...change } }) as FacebookContent
const zalo = (change: Partial<PostInput["article"]> = {}, more: Partial<PostInput> = {}) =>
  renderPost({ ...input, ...more, article: { ...input.article, ...change }, account: { name: "A", network: "zalo" } }) as ZaloContent

test("Facebook: title, lead, source at the end; pictures only in photo mode", () => {
  expect(facebook()).toEqual({
    network: "facebook",
    articleUrl: input.article.url,
    title: "Thông báo lịch cắt điện",
    mode: "photo_text",
    message: `Thông báo lịch cắt điện\n\nTừ 8 giờ đến 11 giờ ngày 24/11.\n\nNguồn: ${input.article.url}`,
    pictures: input.pictures,
    changes: [],
  })
  expect(facebook({}, { mode: "link" })).toMatchObject({ mode: "link", pictures: [] })
  expect(facebook({}, { pictures: [] })).toMatchObject({ mode: "text", pictures: [] })
  expect(facebook({ emergency: true }).message).toStartWith("📢 THÔNG TIN KHẨN\n\nThông báo")
  expect(zalo({ emergency: true }).title).toBe("KHẨN: Thông báo lịch cắt điện")
  for (const title of ["Công điện khẩn về ứng phó bão số 12", "Khẩn cấp: sạt lở bờ sông", "HỎA TỐC: sơ tán dân vùng trũng"]) expect(zalo({ emergency: true, title }).title).toBe(title)
  expect(facebook({}, { leadership: true }).message).toStartWith("HOẠT ĐỘNG CỦA LÃNH ĐẠO\n\n")
  expect(facebook({ summary: "", paragraphs: ["Đoạn một.", "Đoạn hai."] }).message).toContain("Đoạn một.\n\nĐoạn hai.\n\nNguồn")
  expect(facebook({ language: "en", emergency: true }).message).toEndWith(`Source: ${input.article.url}`)
})

test("a description that is the whole article: the post shows its beginning, Zalo all of it", () => {
  const whole = Array.from({ length: 40 }, (_, n) => `Đoạn ${n}: ${"câu của bài viết. ".repeat(12).trim()}`)
  const post = facebook({ summary: whole.join("\n\n"), paragraphs: [] })
  expect(codePoints(post.message)).toBeLessThan(1_700)
  expect(post.message).toEndWith(`câu của bài viết.\n\nNguồn: ${input.article.url}`)
  expect(zalo({ summary: whole.join("\n\n"), paragraphs: [] }).body.filter((block) => block.type === "text")).toHaveLength(41)
  expect(facebook({ summary: whole.slice(0, 5).join("\n\n"), paragraphs: [] }).message).toContain(whole.slice(0, 5).join("\n\n"))
})

test("traps: mentions, tags, outside addresses, invisible letters, templates in titles", () => {
  const post = facebook({ title: "Tin @[123] <b>mới</b>\u200b {{url}}", summary: "Xem evil.top và https://xau.example.com/a hay bacninh.gov.vn" })
  expect(post.message).toStartWith("Tin @ [123] mới {{url}}\n\nXem evil[.]top và hxxps://xau[.]example[.]com/a hay bacninh.gov.vn")
  expect(zalo({ paragraphs: ["a\nb <br/> c"] }).body).toEqual([
    { type: "text", content: "a" },
    { type: "text", content: "b c" },
    { type: "image", picture: input.pictures[1]!, caption: "Ảnh minh họa" },
    { type: "text", content: `Nguồn: ${input.article.url}` },
  ])
})

test("Zalo: cover, author and description always stand, paragraphs one by one, source last", () => {
  const post = zalo()
  expect(post).toMatchObject({ title: "Thông báo lịch cắt điện", author: "UBND phường Kinh Bắc", description: "Từ 8 giờ đến 11 giờ ngày 24/11.", cover: { sha256: "a" }, defaultCover: { sha256: "d" } })
  expect(post.body.map((block) => (block.type === "text" ? block.content : block.picture.sha256))).toEqual(["Đoạn một.", "Đoạn hai.", "b", "Đoạn ba.", `Nguồn: ${input.article.url}`])
  const bare = zalo({ summary: "", paragraphs: [] }, { pictures: [] })
  expect(bare).toMatchObject({ description: "Thông báo lịch cắt điện", cover: { sha256: "d" }, body: [{ type: "text", content: `Nguồn: ${input.article.url}` }] })
  const long = "Văn phòng Đoàn đại biểu Quốc hội và Hội đồng nhân dân tỉnh Bắc Ninh"
  expect(zalo({}, { unit: { name: long, nameVariants: ["VP Đoàn ĐBQH và HĐND tỉnh Bắc Ninh"] } }).author).toBe("VP Đoàn ĐBQH và HĐND tỉnh Bắc Ninh")
  expect(zalo({}, { unit: { name: "Sở Văn hóa, Thể thao và Du lịch tỉnh Bắc Ninh và nữa", nameVariants: [] } }).author.length).toBeLessThanOrEqual(50)
})

const text = (maxLength: number) =>
  fc
    .array(fc.oneof(fc.string({ unit: "grapheme" }), fc.domain(), fc.constantFrom("Ủy ban nhân dân.", "e\u0323\u0302", "👩🏽‍🚒", "\ud83d", "\u0301".repeat(40), "@[", "@", "[1]", "<a>", "\n\n", "lịch sử. ")), { maxLength })
    .map((parts) => parts.join(" ").repeat(3))
const articles = fc.record({
  url: fc.webUrl({ size: "small" }).map((url) => new URL(url).href),
  title: text(40),
  summary: fc.oneof(text(60), text(400)),
  paragraphs: fc.array(text(60), { maxLength: 30 }),
  language: fc.constantFrom("vi", "en", "ja"),
  emergency: fc.boolean(),
})

test("for every article: limits hold, the source is named at the end, NFC, no mention, no outside link, rendering is a fixed point", () => {
  fc.assert(
    fc.property(articles, fc.boolean(), (article, leadership) => {
      const post = facebook(article, { leadership })
      expect(codePoints(post.message)).toBeLessThanOrEqual(5_000)
      expect(post.message).toEndWith(article.url)
      expect(post.message).toBe(post.message.normalize("NFC"))
      expect(post.message.slice(0, -article.url.length)).not.toContain("@[")
      expect(post.message).not.toMatch(/\p{Surrogate}/u)

      const article2 = zalo(article, { leadership })
      expect(article2.title.length).toBeLessThanOrEqual(140)
      expect(article2.description.length).toBeLessThanOrEqual(250)
      expect(article2.author.length).toBeLessThanOrEqual(50)
      expect(article2.description).not.toContain("\n")
      for (const part of [article2.title, article2.description, article2.author]) {
        expect(part).toBe(part.normalize("NFC"))
        expect(part).not.toMatch(/\p{Surrogate}/u)
        expect(part).not.toBe("")
      }
      const texts = article2.body.flatMap((block) => (block.type === "text" ? [block.content] : []))
      expect(texts.at(-1)).toEndWith(article.url)
      for (const content of texts) {
        expect(content).not.toMatch(/\n|<[a-z/!][^<>]*>/i)
        expect(content).not.toBe("")
      }
      const again = zalo({ ...article, title: article2.title, paragraphs: texts.slice(0, -1), emergency: false }, { leadership })
      expect(again.title).toBe(article2.title)
      expect(again.body).toEqual(article2.body)
    }),
    { numRuns: 150 },
  )
})

test("templates of the folder win; a template without its source, or with a wrong hole, is refused", () => {
  const dir = mkdtempSync(join(tmpdir(), "loa-templates-"))
  try {
    mkdirSync(join(dir, "posts"))
    const write = (name: string, content: string) => writeFileSync(join(dir, "posts", name), content)
    write("facebook.txt", "Tin mới: {{title}}\n{{body}}\n{{url}}\n")
    const own = loadPostTemplates(dir, `${checkout}/templates`)
    expect(facebook({ paragraphs: ["Câu một. ".repeat(2_000)] }, { templates: own }).message).toMatch(/^Tin mới: Thông báo lịch cắt điện\n(Câu một\. )*Câu một\.\nhttps/)
    for (const bad of ["{{title}}", "{{#if emergency}}{{url}}{{/if}}", "{{url}} hết", "{{titel}}\n{{url}}", "x".repeat(2_000) + "{{url}}"]) {
      write("facebook.txt", bad)
      expect(() => loadPostTemplates(dir, `${checkout}/templates`)).toThrow("posts/facebook.txt")
    }
    write("facebook.txt", "{{url}}")
    write("zalo.yaml", 'title: "{{body}}"\nauthor: a\ndescription: b\nsource: "Nguồn"\n')
    expect(() => loadPostTemplates(dir, `${checkout}/templates`)).toThrow(/zalo\.yaml title[\s\S]*zalo\.yaml source/)
  } finally {
    rmSync(dir, { recursive: true })
  }
})
