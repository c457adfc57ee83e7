import { afterEach, beforeEach, expect, test } from "bun:test"
import { mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import sharp from "sharp"
import { createArticles, type ArticlesRoom } from "../../src/articles/index.ts"
import { createSafeFetch, FetchFailure } from "../../src/base/safe-fetch.ts"
import { type OpenedDb } from "../../src/db/index.ts"
import type { Article } from "../../src/model/index.ts"
import { testDb } from "../support/db.ts"
import { anArticle } from "../support/factories.ts"

const now = Date.UTC(2026, 10, 24)
let dataDir: string
let opened: OpenedDb
let articles: ArticlesRoom
let server: ReturnType<typeof Bun.serve>
let files: Record<string, Uint8Array | string>
let asked: string[]

const flat = (width: number, height: number) => sharp({ create: { width, height, channels: 3, background: "#3060a0" } })

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), "loa-pictures-"))
  opened = await testDb()
  articles = createArticles({ safeFetch: createSafeFetch({ allowPrivate: ["127.0.0.1"], userAgent: "t" }), dataDir })
  files = {}
  asked = []
  server = Bun.serve({
    port: 0,
    fetch(request) {
      const { pathname } = new URL(request.url)
      asked.push(pathname)
      const found = files[pathname]
      if (found === undefined) return new Response("", { status: 404 })
      return new Response(found as BodyInit, { headers: { "content-type": typeof found === "string" ? "text/html" : "image/jpeg" } })
    },
  })
})
afterEach(async () => {
  server.stop(true)
  await opened.close()
  rmSync(dataDir, { recursive: true, force: true })
})

const at = (path: string) => `http://127.0.0.1:${server.port}${path}`
const article = (pictures: string[], url = at("/tin")) => ({ url, pictures: pictures.map(at) }) as Article
const prepare = (one: Article, max = 4) => articles.preparePictures(opened.db, one, { max, now })

test("a picture is turned upright, stripped, bounded, kept once under its hash and asked for once", async () => {
  files["/a.jpg"] = await flat(3_000, 1_500).jpeg().withMetadata({ orientation: 6, exif: { IFD0: { Copyright: "secret place" } } }).toBuffer()
  const [first] = await prepare(article(["/a.jpg"]))
  const [again] = await prepare(article(["/a.jpg"]))
  expect(again).toEqual(first!)
  expect(asked).toEqual(["/a.jpg"])
  const meta = await sharp(first!.path).metadata()
  expect([meta.format, meta.width, meta.height, meta.orientation, meta.exif]).toEqual(["jpeg", 800, 1_600, undefined, undefined])
  expect(await articles.pictureFile(first!.sha256)).toBe(first!.path)
  expect(await articles.pictureFile("../../etc/passwd")).toBeNull()
  expect(readdirSync(join(dataDir, "media"))).toEqual([`${first!.sha256}.jpg`])
})

test("noise stays below the byte limit", async () => {
  const noise = new Uint8Array(1_400 * 1_400 * 3).map((_, index) => (Math.imul(index, 2654435761) >>> 24) & 255)
  files["/noise.jpg"] = await sharp(noise, { raw: { width: 1_400, height: 1_400, channels: 3 } }).jpeg({ quality: 95 }).toBuffer()
  const [picture] = await prepare(article(["/noise.jpg"]))
  expect(picture!.bytes).toBeLessThanOrEqual(900_000)
}, 15_000)

test("hostile pictures are ignored with a reason and not asked for again for a while", async () => {
  files["/bomb.svg"] = new TextEncoder().encode('<svg xmlns="http://www.w3.org/2000/svg" width="40000" height="40000"><rect width="40000" height="40000"/></svg>')
  files["/bomb.png"] = await flat(9_000, 9_000).png().toBuffer()
  files["/cut.jpg"] = (await flat(800, 600).jpeg().toBuffer()).subarray(0, 400)
  files["/small.jpg"] = await flat(100, 100).jpeg().toBuffer()
  files["/page.jpg"] = new TextEncoder().encode("GIF89a<script>alert(1)</script>")
  const paths = ["/bomb.svg", "/bomb.png", "/cut.jpg", "/small.jpg", "/page.jpg", "/gone.jpg"]
  expect(await prepare(article(paths, at("/tin#x")))).toEqual([])
  expect(asked).toEqual(paths)
  await prepare(article(paths, at("/tin#x")))
  expect(asked).toEqual(paths)
  const reasons = await opened.db.selectFrom("pictures").select(["source_url", "failed"]).execute()
  expect(reasons.every((row) => row.failed !== null)).toBe(true)
}, 15_000)

test("CMYK and animated pictures become plain ones", async () => {
  files["/cmyk.jpg"] = await flat(400, 300).toColourspace("cmyk").jpeg().toBuffer()
  files["/moving.gif"] = await sharp([await flat(300, 300).png().toBuffer(), await sharp({ create: { width: 300, height: 300, channels: 3, background: "#ff0000" } }).png().toBuffer()], { join: { animated: true } }).gif().toBuffer()
  const pictures = await prepare(article(["/cmyk.jpg", "/moving.gif"]))
  expect(await Promise.all(pictures.map(async (one) => [one.width, one.height, (await sharp(one.path).metadata()).space]))).toEqual([
    [400, 300, "srgb"],
    [300, 300, "srgb"],
  ])
})

test("without a picture of its own the article's page is asked for og:image", async () => {
  files["/og.jpg"] = await flat(1_200, 800).jpeg().toBuffer()
  files["/tin"] = '<html><head><meta name="twitter:image" content="/x.jpg"><meta property="og:image" content="/og.jpg"></head><body><img src="/y.jpg"></body></html>'
  expect((await prepare(article([]))).map((picture) => [picture.width, picture.sourceUrl])).toEqual([[1_200, at("/og.jpg")]])
})

test("covers are landscape of at least 1000×640, whatever the picture is", async () => {
  for (const [width, height] of [[492, 488], [300, 900], [1_600, 300], [1_400, 900]] as const) {
    files[`/${width}.jpg`] = await flat(width, height).jpeg().toBuffer()
    const [picture] = await prepare(article([`/${width}.jpg`]))
    const cover = await articles.coverFor(picture!)
    expect(cover.width >= 1_000 && cover.height >= 640 && cover.width > cover.height && cover.bytes <= 900_000).toBe(true)
  }
  const plain = await articles.defaultCover("phuong-mau")
  expect([plain.width, plain.height, (await articles.defaultCover("phuong-mau")).sha256]).toEqual([1_200, 768, plain.sha256])
})

test("a page is gone by 404 and 410 only", async () => {
  files["/con"] = "<html>"
  expect(await Promise.all([articles.probePage(at("/con")), articles.probePage(at("/mat")), articles.probePage("http://127.0.0.1:9/")])).toEqual(["there", "gone", "unclear"])
})

test("a host that keeps a question waiting too long is left alone for ten minutes: its other articles go without picture at once", async () => {
  let asked = 0
  let answers = false
  const room = createArticles({
    dataDir,
    safeFetch: async (url) => {
      if (!url.includes("slow.example.vn")) throw new FetchFailure("refused", "nobody there")
      asked++
      if (answers) return { status: 200, headers: new Headers(), url, body: new Uint8Array(await flat(800, 600).jpeg().toBuffer()), redirects: [], address: "1.1.1.1" }
      await new Promise((resolve) => setTimeout(resolve, 5))
      throw new FetchFailure("timeout", "no answer within 8000 ms")
    },
  })
  const prepare = (number: number, at: number) => room.preparePictures(opened.db, anArticle(number, { url: `https://slow.example.vn/${number}`, pictures: [`https://slow.example.vn/${number}.jpg`] }), { max: 4, now: at })
  const twenty = Array.from({ length: 20 }, (_, number) => prepare(number, now))
  expect((await Promise.all(twenty)).flat()).toEqual([])
  expect(asked).toBe(2)
  answers = true
  expect(await prepare(21, now + 9 * 60_000)).toEqual([])
  expect(asked).toBe(2)
  // Nothing was noted against the pictures that were never asked for.
  expect(await prepare(19, now + 11 * 60_000)).toHaveLength(1)
})
