import { beforeAll, describe, expect, test } from "bun:test"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import sharp from "sharp"
import { checkout } from "../../../src/base/config.ts"
import { createImageJudge, renderAvatar, type Expectation } from "../../../src/checks/images/index.ts"

const imagesDir = join(checkout, "accounts", "images")
const judge = createImageJudge({ imagesDir })
const asEmblem: Expectation[] = ["emblem"]
let emblem: Buffer

const svg = (body: string, size = 400) => Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}">${body}</svg>`)
const red = "#c8102e"

interface Scene {
  share?: number
  dx?: number
  dy?: number
  angle?: number
  background?: string
  size?: number
  over?: string
  change?: (sign: Buffer) => Promise<Buffer>
}

/** The shipped drawing as an avatar, finished losslessly so that each test decides on its own damage. */
async function scene({ share = 0.8, dx = 0, dy = 0, angle = 0, background = "#ffffff", size = 400, over, change }: Scene = {}) {
  let sign: Buffer = await sharp(emblem).resize({ height: Math.round(400 * share) }).png().toBuffer()
  if (change) sign = await change(sign)
  if (angle) sign = await sharp(sign).rotate(angle, { background: "#00000000" }).png().toBuffer()
  const { width = 0, height = 0 } = await sharp(sign).metadata()
  const at = { left: Math.round(200 + 400 * dx - width / 2), top: Math.round(200 + 400 * dy - height / 2) }
  const layers = [{ input: sign, ...at }, ...(over ? [{ input: svg(over), left: 0, top: 0 }] : [])]
  const whole = await sharp({ create: { width: 400, height: 400, channels: 3, background } }).composite(layers).png().toBuffer()
  return sharp(whole).resize(size, size).removeAlpha()
}
const verdictOf = async (picture: Uint8Array, expected = asEmblem) => judge.judge(picture, { expect: expected })
const jpeg = async (wanted: Scene, quality = 80) => (await scene(wanted)).jpeg({ quality }).toBuffer()

beforeAll(async () => {
  emblem = await sharp(join(imagesDir, "emblem.png")).png().toBuffer()
})

describe("a true emblem matches", () => {
  const scenes: Record<string, Scene> = {
    white: {}, red: { background: "#da251d" }, blue: { background: "#0054a6" }, black: { background: "#000000" },
    "55 %": { share: 0.55 }, "95 %": { share: 0.95 }, "off-centre": { share: 0.6, dx: 0.07, dy: -0.07 }, tilted: { angle: 5 },
    "800 px": { size: 800 }, "96 px": { size: 96 }, "48 px": { size: 48 },
    ring: { share: 0.65, over: `<circle cx="200" cy="200" r="185" fill="none" stroke="#0054a6" stroke-width="24"/>` },
    "circle crop": { share: 0.72, over: `<path d="M0 0H400V400H0Z M200 0A200 200 0 1 0 200 400A200 200 0 1 0 200 0Z" fill-rule="evenodd"/>` },
  }
  for (const [name, wanted] of Object.entries(scenes)) {
    test(name, async () => {
      for (const quality of [40, 90]) {
        const answer = await verdictOf(await jpeg(wanted, quality))
        expect([answer.verdict, answer.explanation]).toEqual(["match", expect.stringMatching(/^Quốc huy, chiếm \d+ % khung hình, lệch tâm \d+ %/)])
      }
    })
  }

  test("whatever the container: PNG, transparent PNG, WebP, EXIF-turned JPEG, a wide picture", async () => {
    const picture = await (await scene()).png().toBuffer()
    const turned = await sharp(picture).rotate(90).jpeg().withMetadata({ orientation: 8 }).toBuffer()
    const wide = await sharp(picture).extend({ left: 60, right: 60, background: red }).png().toBuffer()
    for (const bytes of [picture, emblem, await sharp(picture).webp({ quality: 70 }).toBuffer(), turned, wide]) expect((await verdictOf(bytes)).verdict).toBe("match")
  })

  test("the evidence tells place, size, angle and parts", async () => {
    const bytes = await jpeg({ share: 0.7, dx: 0.05, angle: 4 }, 95)
    const { evidence, score, rule } = await verdictOf(bytes)
    expect(evidence.heightShare).toBeWithin(0.67, 0.73)
    expect(evidence.offset).toBeWithin(0.04, 0.06)
    expect(evidence.angle).toBeWithin(3, 5)
    expect(Object.values(evidence.parts).every((part) => part > 0.8)).toBe(true)
    expect(evidence).toMatchObject({ width: 400, height: 400, mirrored: false, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) })
    expect(score).toBeWithin(0.5, 1)
    expect(rule).toBeUndefined()
  })

  test("below 180 px it matches with advice", async () => {
    expect((await verdictOf(await jpeg({ size: 120 }))).notes).toEqual([expect.stringContaining("180×180 px")])
    expect((await verdictOf(await jpeg({ size: 180 }))).notes).toEqual([])
  })

  test("avatars of the registration desk", async () => {
    for (const size of [180, 320, 720, 800] as const) {
      for (const background of ["#ffffff", red, "#0054a6"]) {
        const bytes = await renderAvatar({ reference: join(imagesDir, "emblem.png"), size, background, format: size > 400 ? "jpeg" : "png" })
        expect(await sharp(bytes).metadata()).toMatchObject({ width: size, height: size, channels: 3 })
        expect(await verdictOf(bytes)).toMatchObject({ verdict: "match", notes: [] })
      }
    }
  })
})

describe("what is not the proper emblem does not match", () => {
  const recolour = (matrix: [[number, number, number], [number, number, number], [number, number, number]]) => async (sign: Buffer) => {
    const alpha = await sharp(sign).extractChannel(3).toBuffer()
    return sharp(await sharp(sign).removeAlpha().recomb(matrix).png().toBuffer()).joinChannel(alpha).png().toBuffer()
  }
  const scenes: Record<string, [Scene, RegExp, string?]> = {
    mirrored: [{ change: (sign) => sharp(sign).flop().png().toBuffer() }, /lật ngược/, "IMG-4"],
    "left half covered": [{ over: `<rect width="200" height="400" fill="#ffffff"/>` }, /huy/],
    "lower half covered": [{ over: `<rect y="200" width="400" height="200" fill="${red}"/>` }, /huy/],
    "cut by the frame": [{ dx: 0.45 }, /huy/],
    upside: [{ angle: 180 }, /huy/],
    tilted: [{ angle: 35, share: 0.7 }, /huy/],
    blue: [{ change: recolour([[0, 0, 1], [0, 1, 0], [1, 0, 0]]) }, /màu sắc/, "IMG-4"],
    grey: [{ change: recolour([[0.3, 0.6, 0.1], [0.3, 0.6, 0.1], [0.3, 0.6, 0.1]]) }, /huy/],
    small: [{ share: 0.3 }, /quá nhỏ/, "IMG-4"],
    "small in a corner": [{ share: 0.28, dx: 0.25, dy: 0.25, background: "#dddddd" }, /quá nhỏ/, "IMG-4"],
    "crossed out": [{ over: `<path d="M60 60L340 340M340 60L60 340" stroke="#000" stroke-width="22"/>` }, /huy/],
    "written over": [{ over: `<text x="200" y="210" font-size="70" font-family="DejaVu Sans" font-weight="bold" text-anchor="middle">FAKE</text><rect x="90" y="150" width="220" height="40"/>` }, /huy/],
    stuck: [{ over: `<circle cx="200" cy="170" r="60" fill="#ffffff"/>` }, /huy/],
  }
  for (const [name, [wanted, words, rule]] of Object.entries(scenes)) {
    test(name, async () => {
      for (const size of [180, 400]) {
        const answer = await verdictOf(await jpeg({ ...wanted, size }))
        expect(answer.verdict).not.toBe("match")
        expect(answer.score).toBeLessThan(0.5)
        expect(answer.explanation).toMatch(words)
        if (rule) expect(answer.rule).toBe(rule as "IMG-4")
      }
    })
  }

  const star = "200,60 232,160 337,160 252,222 285,322 200,261 115,322 148,222 63,160 168,160"
  const strangers: Record<string, string> = {
    flag: `<rect width="400" height="400" fill="#da251d"/><polygon points="${star}" fill="#ff0"/>`,
    medal: `<rect width="400" height="400" fill="#fff"/><circle cx="200" cy="200" r="170" fill="#fd0"/><circle cx="200" cy="200" r="130" fill="${red}"/><g transform="translate(80 70) scale(.6)"><polygon points="${star}" fill="#fd0"/></g>`,
    letters: `<rect width="400" height="400" fill="#fff"/><text x="200" y="230" font-size="90" font-family="DejaVu Sans" text-anchor="middle" fill="${red}">UBND</text>`,
    gradient: `<defs><linearGradient id="g"><stop stop-color="#c00"/><stop offset="1" stop-color="#fd0"/></linearGradient></defs><rect width="400" height="400" fill="url(#g)"/>`,
  }
  for (const [name, body] of Object.entries(strangers)) {
    test(name, async () => {
      expect((await verdictOf(await sharp(svg(body)).jpeg().toBuffer())).verdict).toBe("other")
    })
  }

  test("the flag is called by its name, an empty square breaks IMG-6", async () => {
    expect((await verdictOf(await sharp(svg(strangers.flag!)).jpeg().toBuffer())).explanation).toContain("giống Quốc kỳ")
    const blank = await sharp({ create: { width: 300, height: 300, channels: 3, background: red } }).jpeg().toBuffer()
    expect(await verdictOf(blank)).toMatchObject({ verdict: "other", rule: "IMG-6" })
  })

  test("noise, many times", async () => {
    let state = 7
    for (let round = 0; round < 10; round++) {
      const raw = Uint8Array.from({ length: 64 * 64 * 3 }, () => ((state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0) >>> 16) & 255)
      const bytes = await sharp(raw, { raw: { width: 64, height: 64, channels: 3 } }).resize(200, 200).png().toBuffer()
      expect((await verdictOf(bytes)).verdict).toBe("other")
    }
  })
})

describe("what cannot be checked is said so and never matches", () => {
  const cases: Record<string, () => Promise<Uint8Array>> = {
    empty: async () => new Uint8Array(),
    text: async () => new TextEncoder().encode("xin chào"),
    html: async () => new TextEncoder().encode("<!doctype html><p>404"),
    svg: async () => svg(`<rect width="9" height="9"/>`),
    "svg bomb": async () => new TextEncoder().encode(`<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a "${"x".repeat(99)}">]><svg xmlns="http://www.w3.org/2000/svg" width="40000" height="40000"/>`),
    "cut JPEG": async () => (await jpeg({})).subarray(0, 9_000),
    "cut PNG": async () => (await (await scene()).png().toBuffer()).subarray(0, 20_000),
    "cut WebP": async () => (await (await scene()).webp().toBuffer()).subarray(0, 5_000),
    "head only": async () => (await jpeg({})).subarray(0, 3),
    "1 px": () => sharp({ create: { width: 1, height: 1, channels: 3, background: red } }).png().toBuffer(),
    "thin line": () => sharp({ create: { width: 4_000, height: 3, channels: 3, background: red } }).png().toBuffer(),
    cmyk: async () => (await scene()).toColourspace("cmyk").jpeg().toBuffer(),
    "40,000²": () => hugePng(40_000),
    "animated GIF": async () => animated("gif"),
    "animated WebP": async () => animated("webp"),
    "animated PNG": async () => animatedPng(await (await scene()).png().toBuffer()),
    "damaged middle": async () => {
      const bytes = Uint8Array.from(await (await scene()).png().toBuffer())
      bytes.fill(0, bytes.length >> 1, (bytes.length >> 1) + 400)
      return bytes
    },
  }
  for (const [name, make] of Object.entries(cases)) {
    test(name, async () => {
      const answer = await verdictOf(await make())
      expect(answer).toMatchObject({ verdict: "doubtful", score: 0, explanation: expect.stringMatching(/^Không kiểm tra được: .+\.$/) })
    })
  }

  async function animated(kind: "gif" | "webp") {
    const frames = await Promise.all([await scene(), await scene({ share: 0.7 })].map((frame) => frame.resize(100, 100).ensureAlpha().raw().toBuffer()))
    return sharp(Buffer.concat(frames), { raw: { width: 100, height: 200, channels: 4, pageHeight: 100 } })[kind]().toBuffer()
  }
  /** A control chunk before the picture data is what makes a PNG an animation. */
  function animatedPng(png: Buffer) {
    const control = Buffer.concat([Buffer.from([0, 0, 0, 8]), Buffer.from("acTL"), Buffer.from([0, 0, 0, 2, 0, 0, 0, 0])])
    const sum = Buffer.alloc(4)
    sum.writeUInt32BE(Bun.hash.crc32(control.subarray(4)))
    return Buffer.concat([png.subarray(0, 33), control, sum, png.subarray(33)])
  }
  /** A PNG head that promises more pixels than memory holds. */
  async function hugePng(side: number) {
    const png = await sharp({ create: { width: 8, height: 8, channels: 3, background: red } }).png().toBuffer()
    png.writeUInt32BE(side, 16)
    png.writeUInt32BE(side, 20)
    png.writeUInt32BE(Bun.hash.crc32(png.subarray(12, 29)), 29)
    return png
  }
})

describe("departments", () => {
  const logo = `<circle cx="200" cy="200" r="190" fill="#0a7d3b"/><path d="M80 260L200 90L320 260Z" fill="#fff"/><rect x="150" y="230" width="100" height="90" fill="#f7b500"/><circle cx="200" cy="190" r="30" fill="#d22"/>`
  const line = `<g fill="none" stroke="#0054a6" stroke-width="26"><circle cx="200" cy="200" r="170"/><path d="M110 300V120L290 300V120"/></g>`

  test("an approved logo matches, a stranger does not, without a reference a person looks, the emblem is a finding", async () => {
    const folder = mkdtempSync(join(tmpdir(), "loa-logos-"))
    try {
      await Bun.write(join(folder, "logos", "so-y-te.png"), await sharp(svg(logo)).png().toBuffer())
      await Bun.write(join(folder, "logos", "so-xay-dung.png"), await sharp(svg(line)).png().toBuffer())
      const own = createImageJudge({ imagesDir: folder })
      const picture = (body: string, background: string) => sharp(svg(`<rect width="480" height="480" fill="${background}"/><g transform="translate(50 40) scale(.95)">${body}</g>`, 480)).resize(200, 200).jpeg({ quality: 70 }).toBuffer()
      const judged = (bytes: Uint8Array, ...expected: Expectation[]) => own.judge(bytes, { expect: expected })
      for (const background of ["#ffffff", "#f7e7a0", "#222222"]) expect(await judged(await picture(logo, background), "logo:so-y-te")).toMatchObject({ verdict: "match" })
      expect(await judged(await picture(line, "#ffffff"), "logo:so-y-te", "logo:so-xay-dung")).toMatchObject({ verdict: "match", explanation: expect.stringContaining("so-xay-dung") })
      expect((await judged(await picture(line, "#ffffff"), "logo:so-y-te")).verdict).not.toBe("match")
      expect(await judged(await picture(logo, "#ffffff"), "logo:so-tu-phap", "logo:province")).toMatchObject({ verdict: "doubtful", explanation: expect.stringContaining("Chưa có ảnh mẫu") })
      expect(await judged(await jpeg({}), "logo:so-y-te")).toMatchObject({ verdict: "other", rule: "IMG-2" })
      expect(await judged(await jpeg({}), "logo:so-y-te", "emblem")).toMatchObject({ verdict: "match" })
      expect((await judged(await jpeg({}), "logo:../../emblem")).verdict).not.toBe("match")
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
