/** Article -> the post of one network, as pure as a table: same input, same text. Lengths belong to the network, wording to the template. */
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { z } from "zod"
import { defangDomains } from "../base/defang.ts"
import { InvalidInputError, messageOf, type Mistake } from "../base/errors.ts"
import { vnDate } from "../base/time.ts"
import { parseYaml } from "../base/yaml.ts"
import type { Article } from "../model/article.ts"
import type { FacebookContent, PostContent, PostPicture, ZaloBlock, ZaloContent } from "../model/network.ts"
import type { Account, PostMode, Unit } from "../model/unit.ts"
import { parseTemplate, renderText, type Template, type TemplateData } from "./template.ts"
import { cleanText, codePoints, cutSentence, cutWords, oneLine, utf16Units } from "./text.ts"

/** facebook-graph.md 3.1: code points after NFC. zalo-oa.md 4.1: below the official limits, in UTF-16 units after NFC. */
export const postLimits = {
  facebook: { message: 5_000, pictures: 10 },
  zalo: { title: 140, description: 250, author: 50, caption: 200, textBlocks: 80, bodyText: 20_000, pictures: 10 },
} as const
/** A lead made of the article's own paragraphs when the portal gives no summary. */
const leadMax = 700
/** A "summary" longer than this is the article itself: the post shows its beginning, Zalo all of it as body. */
const summaryMax = 1_500

export const postNames = [
  "title",
  "summary",
  "body",
  "url",
  "unit",
  "account",
  "section",
  "date",
  "sourceWord",
  "emergency",
  "leadership",
  "vietnamese",
] as const

export interface PostTemplates {
  facebook: Template
  zalo: { title: Template; author: Template; description: Template; source: Template }
}

export interface PostInput {
  article: Pick<Article, "url" | "title" | "summary" | "paragraphs" | "section" | "language" | "publishedAt" | "emergency">
  unit: Pick<Unit, "name" | "nameVariants">
  account: Pick<Account, "name"> & { network: "facebook" | "zalo" }
  /** Facebook only; `photo_text` without a picture becomes `text`. */
  mode: PostMode
  pictures: PostPicture[]
  /** Zalo only: the picture on top; default the first of `pictures`, else `defaultCover`. */
  cover: PostPicture | null
  defaultCover: PostPicture
  templates: PostTemplates
  /** Addresses that stay links; `registry.isOwnHost`. */
  isOwnHost: (host: string) => boolean
  leadership?: boolean
  /** `cleanArticle(article)`, when one article is rendered for several accounts. */
  clean?: CleanArticle
}

/** The article's own words as every network gets them. */
export interface CleanArticle {
  title: string
  summary: string
  paragraphs: string[]
  section: string
}

const sourceWords: Record<string, string> = { vi: "Nguồn", en: "Source", ja: "出典", zh: "来源", ko: "출처" }

/** What every network gets: NFC, no tags, outside domains broken, no mention (`@[`). */
function plain(text: string, isOwnHost: (host: string) => boolean): string {
  let bare = text
  for (let before = ""; before !== bare; ) [before, bare] = [bare, bare.replace(/<\/?[a-z!][^<>]*>/gi, " ")]
  return defangDomains(cleanText(bare), isOwnHost).replaceAll("@[", "@ [")
}

/** The canonical address, in ASCII as networks give it back. */
const addressOf = (url: string) => (/^[\x21-\x7e]+$/.test(url) ? url : new URL(url).href)

export function renderPost(input: PostInput): PostContent {
  return input.account.network === "facebook" ? facebookPost(input) : zaloPost(input)
}

interface Parts {
  title: string
  summary: string
  paragraphs: string[]
  data: TemplateData & Record<"title" | "summary" | "body" | "url", string>
}

export function cleanArticle(article: PostInput["article"], isOwnHost: (host: string) => boolean): CleanArticle {
  return {
    title: oneLine(plain(article.title, isOwnHost)),
    summary: plain(article.summary, isOwnHost),
    paragraphs: article.paragraphs.flatMap((paragraph) => plain(paragraph, isOwnHost).split(/\n+/)).filter(Boolean),
    section: oneLine(plain(article.section ?? "", isOwnHost)),
  }
}

function partsOf({ article, unit, account, isOwnHost, leadership, clean = cleanArticle(article, isOwnHost) }: PostInput): Parts {
  const title = clean.title || oneLine(unit.name)
  const { summary: given } = clean
  const paragraphs = clean.paragraphs.length || codePoints(given) <= summaryMax ? clean.paragraphs : given.split(/\n+/)
  const summary = given && given !== title ? cutSentence(given, summaryMax) : lead(paragraphs)
  const body = (paragraphs[0] === summary ? paragraphs.slice(1) : paragraphs).join("\n\n")
  const data = {
    title,
    summary,
    body,
    url: addressOf(article.url),
    unit: oneLine(unit.name),
    account: oneLine(account.name),
    section: clean.section,
    date: article.publishedAt === null ? "" : vnDate(article.publishedAt),
    sourceWord: sourceWords[article.language] ?? "Source",
    emergency: article.emergency,
    leadership: leadership ?? false,
    vietnamese: article.language === "vi",
  }
  return { title, summary, paragraphs, data }
}

function lead(paragraphs: string[]): string {
  let text = ""
  for (const paragraph of paragraphs) {
    if (text && codePoints(text) + codePoints(paragraph) > leadMax) break
    text = text ? `${text}\n\n${paragraph}` : paragraph
  }
  return cutSentence(text, leadMax)
}

/** Renders, and shortens the named values in that order until the whole fits. */
function fit(
  template: Template,
  data: TemplateData,
  shorten: string[],
  max: number,
  measure: (text: string) => number,
  shape: (text: string) => string,
): string {
  const values: Record<string, TemplateData[string]> = { ...data }
  let text = shape(renderText(template, values))
  for (const name of shorten) {
    const over = measure(text) - max
    if (over <= 0) break
    const value = String(values[name] ?? "")
    const room = measure(value) - over
    values[name] = name === "title" ? cutWords(value, Math.max(1, room), measure) : cutSentence(value, room, measure)
    text = shape(renderText(template, values))
  }
  return text
}

function facebookPost(input: PostInput): FacebookContent {
  const { title, data } = partsOf(input)
  const pictures = input.mode === "link" || input.mode === "text" ? [] : input.pictures.slice(0, postLimits.facebook.pictures)
  return {
    network: "facebook",
    articleUrl: input.article.url,
    title,
    mode: input.mode === "photo_text" && !pictures.length ? "text" : input.mode,
    message: fit(input.templates.facebook, data, ["body", "summary", "title"], postLimits.facebook.message, codePoints, cleanText),
    pictures,
    changes: [],
  }
}

function zaloPost(input: PostInput): ZaloContent {
  const { templates, article } = input
  const limits = postLimits.zalo
  const { summary, title, paragraphs, data } = partsOf(input)
  const line = (template: Template, values: TemplateData, shorten: string[], max: number) => {
    const text = fit(template, values, shorten, max, utf16Units, oneLine)
    return cutWords(text, max, utf16Units)
  }
  const cover = input.cover ?? input.pictures[0] ?? input.defaultCover
  const pictures = input.pictures.filter((picture) => picture.sha256 !== cover.sha256).slice(0, limits.pictures)
  const texts = paragraphs.length ? paragraphs : summary.split(/\n+/).filter(Boolean)
  const source = oneLine(renderText(templates.zalo.source, data))
  const author = { ...data, unit: shortName(input.unit, limits.author) }
  return {
    network: "zalo",
    articleUrl: article.url,
    // "KHẨN: Công điện khẩn: …" would say it twice.
    title: line(templates.zalo.title, { ...data, emergency: article.emergency && !saysUrgent.test(title) }, ["title"], limits.title),
    author: line(templates.zalo.author, author, ["unit"], limits.author),
    description:
      line(templates.zalo.description, { ...data, summary: oneLine(summary) || title }, ["summary"], limits.description) ||
      cutWords(title, limits.description, utf16Units),
    cover,
    defaultCover: input.defaultCover,
    body: [...bodyBlocks(texts.map(oneLine), pictures, input), { type: "text", content: source }],
    changes: [],
  }
}

const saysUrgent = /(?<!\p{L})(?:khẩn|hỏa tốc|hoả tốc)(?!\p{L})/iu

/** One paragraph a block, a picture after every second paragraph, the rest of the pictures at the end. */
function bodyBlocks(texts: string[], pictures: PostPicture[], { isOwnHost, article }: PostInput): ZaloBlock[] {
  const { textBlocks, bodyText, caption } = postLimits.zalo
  const images = pictures.map((picture): ZaloBlock => {
    const alt = oneLine(plain(picture.alt, isOwnHost))
    return { type: "image", picture, ...(alt && alt !== oneLine(article.title) ? { caption: cutWords(alt, caption, utf16Units) } : {}) }
  })
  const blocks: ZaloBlock[] = []
  let left: number = bodyText
  for (const [i, text] of texts.entries()) {
    if (i >= textBlocks || left <= 0) break
    const content = cutSentence(text, left, utf16Units)
    left -= content.length
    blocks.push({ type: "text", content })
    if (i % 2 === 1 && images.length) blocks.push(images.shift()!)
  }
  return [...blocks, ...images]
}

/** The longest official form of the unit's name that fits; without the province as a last resort before cutting. */
function shortName(unit: Pick<Unit, "name" | "nameVariants">, max: number): string {
  const names = [unit.name, ...unit.nameVariants].map(oneLine)
  const all = [...names, ...names.map((name) => name.replace(/ tỉnh Bắc Ninh$/, ""))]
  return all.find((name) => name.length <= max) ?? all[0]!
}

const zaloFile = z.strictObject({ title: z.string(), author: z.string(), description: z.string(), source: z.string() })

/** Reads `posts/facebook.txt` and `posts/zalo.yaml` from `dir`, missing ones from `builtin`; every mistake at once. */
export function loadPostTemplates(dir: string, builtin: string): PostTemplates {
  const mistakes: Mistake[] = []
  const attempt = <T>(work: () => T): T | null => {
    try {
      return work()
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error
      mistakes.push(...error.mistakes)
      return null
    }
  }
  const read = (name: string) => {
    const own = join(dir, "posts", name)
    return readFileSync(existsSync(own) ? own : join(builtin, "posts", name), "utf8")
  }
  const facebook = attempt(() => sourced(parseTemplate("posts/facebook.txt", read("facebook.txt").trimEnd(), postNames), true))
  const zalo = attempt(() => readZalo(read("zalo.yaml")))
  if (mistakes.length || !facebook || !zalo) throw new InvalidInputError("templates", mistakes)
  return { facebook, zalo }
}

function readZalo(text: string): PostTemplates["zalo"] {
  const file = "posts/zalo.yaml"
  let value: unknown
  try {
    value = parseYaml(text)
  } catch (error) {
    throw new InvalidInputError("template", [{ file, field: "tệp", found: messageOf(error).slice(0, 200), expected: "YAML đúng cú pháp" }])
  }
  const parsed = zaloFile.safeParse(value)
  if (!parsed.success) {
    throw new InvalidInputError(
      "template",
      parsed.error.issues.map((issue) => ({
        file,
        field: issue.path.join(".") || "tệp",
        found: issue.code,
        expected: "bốn dòng văn bản: title, author, description, source",
      })),
    )
  }
  const mistakes: Mistake[] = []
  const names = postNames.filter((name) => name !== "body")
  const entries = Object.entries(parsed.data).map(([key, line]) => {
    try {
      const template = parseTemplate(`${file} ${key}`, line, names)
      return [key, key === "source" ? sourced(template, false) : template] as const
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error
      mistakes.push(...error.mistakes)
      return null
    }
  })
  if (mistakes.length) throw new InvalidInputError("template", mistakes)
  return Object.fromEntries(entries as [string, Template][]) as unknown as PostTemplates["zalo"]
}

/** A post without its source address could not be recognised on the page: the template must name it whatever the article is like. */
function sourced(template: Template, atTheEnd: boolean): Template {
  const url = "https://nguon.example/1"
  const extremes: TemplateData[] = [{ url }, Object.fromEntries([...postNames.map((name) => [name, "x"]), ["url", url]])]
  for (const data of extremes) {
    const text = renderText(template, data).trimEnd()
    if (atTheEnd ? !text.endsWith(url) : !text.includes(url)) {
      throw new InvalidInputError("template", [
        {
          file: template.file,
          field: "{{url}}",
          found: "thiếu hoặc không ở cuối",
          expected: "bài đăng nào cũng kết thúc bằng địa chỉ nguồn {{url}}",
        },
      ])
    }
    if (text.length > 1_000)
      throw new InvalidInputError("template", [
        { file: template.file, field: "tệp", found: `${text.length} ký tự cố định`, expected: "tối đa 1.000 ký tự ngoài các chỗ trống" },
      ])
  }
  return template
}
