/**
 * The words of a post as a person edits them, and the same post with other words. Pictures, mode and the line with the source address are
 * not words: they stay, because a post is recognised on its page by that address.
 */
import { defangDomains } from "../base/defang.ts"
import type { Mistake } from "../base/errors.ts"
import type { PostContent, ZaloBlock, ZaloContent } from "../model/network.ts"
import { postLimits } from "./posts.ts"
import { cleanText, codePoints, oneLine, utf16Units } from "./text.ts"

/** `message` on Facebook; `title`, `description`, `author` and `body` (paragraphs apart by an empty line) on Zalo. */
export const editFields = { facebook: ["message"], zalo: ["title", "description", "body", "author"] } as const
export type EditField = "message" | "title" | "description" | "body" | "author"
export type PostText = Partial<Record<EditField, string>>

export interface EditLimit {
  max: number
  unit: "codepoints" | "utf16"
  /** Characters of the post that are not in the field: the source line. */
  extra: number
}

/** The last line of a Facebook post with the address of its source. */
function sourceLine(message: string, url: string): string {
  const at = message.lastIndexOf("\n")
  const last = message.slice(at + 1)
  return last.includes(url) || /https?:\/\/\S+$/.test(last) ? last : ""
}
const isSource = (block: ZaloBlock | undefined) => block?.type === "text" && /https?:\/\/\S+$/.test(block.content)

/** What may be edited, and the line that stays. */
export function editable(content: PostContent): { text: PostText; source: string } {
  if (content.network === "facebook") {
    const source = sourceLine(content.message, content.articleUrl)
    return { text: { message: content.message.slice(0, content.message.length - source.length).trim() }, source }
  }
  const last = content.body.at(-1)
  const source = isSource(last) && last?.type === "text" ? last.content : ""
  const blocks = source ? content.body.slice(0, -1) : content.body
  const body = blocks.flatMap((block) => (block.type === "text" ? [block.content] : [])).join("\n\n")
  return { text: { title: content.title, description: content.description, body, author: content.author }, source }
}

export function editLimits(content: PostContent): Partial<Record<EditField, EditLimit>> {
  const { facebook, zalo } = postLimits
  const utf16 = (max: number): EditLimit => ({ max, unit: "utf16", extra: 0 })
  if (content.network === "facebook")
    return { message: { max: facebook.message, unit: "codepoints", extra: codePoints(editable(content).source) + 2 } }
  return { title: utf16(zalo.title), description: utf16(zalo.description), body: utf16(zalo.bodyText), author: utf16(zalo.author) }
}

const shape = (field: EditField, text: string) => (field === "message" || field === "body" ? cleanText(text) : oneLine(text))
const measure = (text: string, { unit, extra }: EditLimit) => (unit === "utf16" ? utf16Units(text) : codePoints(text)) + extra

/** The post with these words; fields that are not given stay. Call `editMistakes` first. */
export function withText(content: PostContent, text: PostText): PostContent {
  const now = { ...editable(content).text, ...text }
  const value = (field: EditField) => shape(field, now[field] ?? "")
  if (content.network === "facebook") {
    const { source } = editable(content)
    return { ...content, message: [value("message"), source].filter(Boolean).join("\n\n") }
  }
  return {
    ...content,
    title: value("title"),
    description: value("description"),
    author: value("author"),
    body: bodyWith(content, paragraphsOf(value("body"))),
  }
}

const paragraphsOf = (body: string) => body.split(/\n{2,}|\n/).map(oneLine).filter(Boolean)

/** Pictures stay behind the paragraph they followed; the source line stays the last block. */
function bodyWith(content: ZaloContent, paragraphs: string[]): ZaloBlock[] {
  const last = content.body.at(-1)
  const source = isSource(last) ? [last!] : []
  const blocks = source.length ? content.body.slice(0, -1) : content.body
  const pictures = new Map<number, ZaloBlock[]>()
  let before = 0
  for (const block of blocks) {
    if (block.type === "text") before += 1
    else pictures.set(before, [...(pictures.get(before) ?? []), block])
  }
  const result: ZaloBlock[] = [...(pictures.get(0) ?? [])]
  for (const [i, paragraph] of paragraphs.entries()) result.push({ type: "text", content: paragraph }, ...(pictures.get(i + 1) ?? []))
  for (const [after, images] of pictures) if (after > paragraphs.length) result.push(...images)
  return [...result, ...source]
}

/** Everything that is wrong with these words for the network, at once. `field` names the field of the form. */
export function editMistakes(content: PostContent, text: PostText, isOwnHost: (host: string) => boolean): Mistake[] {
  const limits = editLimits(content)
  const mistakes: Mistake[] = []
  for (const field of editFields[content.network]) {
    if (text[field] === undefined) continue
    const wrong = (found: string, expected: string) => void mistakes.push({ file: content.network, field, found, expected })
    const value = shape(field, text[field])
    const limit = limits[field]!
    const length = measure(value, limit)
    if (!value && field !== "body") wrong("đang để trống", "phải có nội dung")
    if (length > limit.max) wrong(`dài ${length.toLocaleString("vi-VN")} ký tự`, `tối đa ${limit.max.toLocaleString("vi-VN")} ký tự`)
    if (field === "body" && paragraphsOf(value).length > postLimits.zalo.textBlocks)
      wrong(`${paragraphsOf(value).length} đoạn`, `tối đa ${postLimits.zalo.textBlocks} đoạn`)
    for (const domain of foreignDomains(value, isOwnHost)) wrong(`có địa chỉ “${domain}”`, "chỉ dẫn tới cổng của cơ quan nhà nước")
    if (value.includes("@[")) wrong("có “@[”", "không gắn thẻ người hay trang khác")
    if (/<\/?[a-z!][^<>]*>/i.test(value)) wrong("có thẻ HTML", "chỉ văn bản thường")
  }
  return mistakes
}

/** Addresses that networks would turn into links to elsewhere. */
export function foreignDomains(text: string, isOwnHost: (host: string) => boolean): string[] {
  const broken = new Set(defangDomains(text, isOwnHost).split(/\s+/).filter((word) => word.includes("[.]")))
  for (const word of text.split(/\s+/)) broken.delete(word)
  return [...broken].map((word) => word.replaceAll("[.]", ".").replace(/^hxxp/i, "http")).slice(0, 5)
}

/** The same question for a field that is not part of a post yet (a post written by hand). */
export function lengthOf(text: string, unit: EditLimit["unit"]): number {
  return unit === "utf16" ? utf16Units(cleanText(text)) : codePoints(cleanText(text))
}
