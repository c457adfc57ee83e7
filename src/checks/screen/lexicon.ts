/**
 * The word and domain lists of `accounts/lexicon/`: data the office edits. Loading validates everything and reports every mistake with
 * file, entry, field and expectation; a list with a mistake is never used.
 */
import { existsSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { z } from "zod"
import { InvalidInputError, messageOf, type Mistake } from "../../base/errors.ts"
import { exactYaml, quickYaml } from "../../base/yaml.ts"

/** Words that make an item commercial spam of one kind (S-3, S-5, S-5b). */
export const spamGroups = [
  "LEX-GAMBLE",
  "LEX-BRAND",
  "LEX-LOAN",
  "LEX-RECOVER",
  "LEX-JOBSCAM",
  "LEX-INVEST",
  "LEX-PHARMA",
  "LEX-ADULT",
  "LEX-FORGERY",
  "LEX-MULE",
  "LEX-COUNTERFEIT",
  "LEX-SEO",
] as const
const wordGroups = [
  ...spamGroups,
  "LEX-LOTTERY",
  "LEX-PROMO",
  "LEX-URGENT",
  "LEX-OTP",
  "LEX-GIFT",
  "LEX-FEE",
  "LEX-DONATE-PERSONAL",
  "LEX-DEFACE",
  "LURE",
  "AUTHORITY",
  "SOLICIT",
] as const
const foreignGroups = ["LEX-GAMBLE-FOREIGN", "JP-SHOP", "COMMERCE"] as const
const contextNames = ["CTX-POLICE", "CTX-WARN", "CTX-LAW", "CTX-ADMIN", "NARRATIVE", "ANTI"] as const

export type WordGroup = (typeof wordGroups)[number] | (typeof foreignGroups)[number]
export type ContextName = (typeof contextNames)[number]

const limits = { fileBytes: 1_000_000, words: 4_000, chars: 400 }
/** A phrase: letters, digits and the signs that words may carry; alternatives in brackets, `…` and `<số>` as in words.yaml. */
const phrase = z
  .string({ error: "chữ, đặt trong dấu ngoặc kép nếu là số" })
  .trim()
  .min(2, "ít nhất 2 ký tự")
  .max(limits.chars, `nhiều nhất ${limits.chars} ký tự`)
  .refine((text) => /[\p{L}\p{N}]/u.test(text), "có chữ hoặc số")
  .refine((text) => balanced(text), "ngoặc ( | ) mở và đóng đúng cặp, không lồng nhau")
const phrases = z.array(phrase, { error: "danh sách từ" }).min(1, "ít nhất một từ").max(limits.words, `nhiều nhất ${limits.words} từ`)
const strength = z.enum(["strong", "weak"], { error: "strong hoặc weak" })
const host = z
  .string({ error: "tên miền" })
  .trim()
  .toLowerCase()
  .regex(/^(?:[a-z0-9-]{1,63}\.)*[a-z0-9-]{2,63}(?:\/[\w./-]*)?$/, "tên miền không có https://, ví dụ bit.ly hoặc zalo.me/g")
const hosts = z.array(host, { error: "danh sách tên miền" })
const label = z
  .string({ error: "chữ, đặt trong dấu ngoặc kép nếu là số" })
  .trim()
  .toLowerCase()
  .regex(/^[a-z0-9-]{2,63}$/, "2 đến 63 chữ a-z, số hoặc gạch nối")
const labels = z.array(label, { error: "danh sách chữ" })
const lookalike = z.strictObject({
  token: label,
  real: hosts,
  /** Counts only as a whole part of the name (between dots and hyphens). */
  whole: z.boolean().optional(),
  /** Counts at the beginning or end of a part. */
  edge: z.boolean().optional(),
  /** Also one letter off, or with digits for letters. */
  similar: z.boolean().optional(),
  /** The name of a place, which honest companies bear too. */
  placeName: z.boolean().optional(),
})

const files = {
  words: z.array(z.strictObject({ group: z.enum(wordGroups, { error: `một trong: ${wordGroups.join(", ")}` }), strength, words: phrases })),
  contexts: z.array(
    z.strictObject({
      context: z.enum(contextNames, { error: `một trong: ${contextNames.join(", ")}` }),
      weight: z.number({ error: "1 hoặc 2" }).int().min(1, "1 hoặc 2").max(2, "1 hoặc 2"),
      only: z.array(z.string().regex(/^LEX-/, "tên nhóm LEX-…")).optional(),
      words: phrases,
    }),
  ),
  collisions: z.array(
    z.union([z.strictObject({ phrases }), z.strictObject({ word: phrase, near: phrases })], { error: "phrases, hoặc word và near" }),
  ),
  foreign: z.array(z.strictObject({ group: z.enum(foreignGroups, { error: `một trong: ${foreignGroups.join(", ")}` }), strength, words: phrases })),
  topics: z.array(z.strictObject({ topic: z.string().regex(/^[a-z-]+$/, "chữ a-z"), words: phrases })),
  languages: z.strictObject({
    stopWords: z.record(z.string(), z.array(z.string({ error: "chữ, đặt trong dấu ngoặc kép" }))),
    sections: z.record(z.string(), z.array(z.string())),
  }),
  hosts: z.strictObject({
    government: hosts,
    oldProvince: hosts,
    press: hosts,
    partners: hosts,
    partnerSuffixes: hosts,
    social: hosts,
    chat: hosts,
    stores: hosts,
    forms: hosts,
    shorteners: hosts,
    lookalikes: z.array(lookalike),
    banks: z.array(lookalike),
    lureLabels: labels,
    reportedFakes: hosts,
    gambleNames: z.strictObject({ strong: labels, weak: labels }),
    cheapEndings: labels, scriptHosts: hosts, syllableEndings: labels,
  }),
}
export type Lexicon = { [name in keyof typeof files]: z.infer<(typeof files)[name]> }
export type Lookalike = z.infer<typeof lookalike>

function balanced(text: string): boolean {
  let depth = 0
  for (const char of text) {
    if (char === "(") depth += 1
    else if (char === ")") depth -= 1
    if (depth < 0 || depth > 1) return false
  }
  return depth === 0
}

/** Reads the seven files of `dir`; a file that is missing there is taken from `fallbackDir` (the built-in lists). Throws InvalidInputError with every mistake. */
export function loadLexicon(dir: string, fallbackDir = dir): Lexicon {
  const { lexicon, mistakes } = readLexicon(dir, fallbackDir)
  if (!lexicon) throw new InvalidInputError("lexicon", mistakes)
  return lexicon
}

export function readLexicon(dir: string, fallbackDir = dir): { lexicon: Lexicon | null; mistakes: Mistake[] } {
  const mistakes: Mistake[] = []
  const read: Record<string, unknown> = {}
  for (const [name, schema] of Object.entries(files)) {
    const file = `${name}.yaml`
    const path = existsSync(join(dir, file)) ? join(dir, file) : join(fallbackDir, file)
    const value = readYaml(path, file, mistakes)
    if (value === undefined) continue
    const parsed = schema.safeParse(value)
    if (parsed.success) read[name] = parsed.data
    else for (const issue of parsed.error.issues) mistakes.push(mistakeOf(file, value, issue))
  }
  return { lexicon: mistakes.length ? null : (read as Lexicon), mistakes }
}

function readYaml(path: string, file: string, mistakes: Mistake[]): unknown {
  try {
    const { size } = statSync(path)
    if (size > limits.fileBytes) throw new Error(`${size} byte, nhiều nhất ${limits.fileBytes}`)
    const text = new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(path))
    const quick = quickYaml(text)
    if (quick !== undefined) return quick
    const document = exactYaml().parseDocument(text)
    for (const error of document.errors) mistakes.push({ file, field: "YAML", found: error.message.split("\n")[0]!, expected: "YAML đúng cú pháp" })
    return document.errors.length ? undefined : document.toJS({ maxAliasCount: 10 })
  } catch (error) {
    mistakes.push({ file, field: "tệp", found: messageOf(error), expected: "tệp YAML UTF-8 đọc được" })
    return undefined
  }
}

function mistakeOf(file: string, value: unknown, issue: z.core.$ZodIssue): Mistake {
  const [first, ...rest] = issue.path
  const found = issue.path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], value)
  const unknown = issue.code === "unrecognized_keys" ? issue.keys.join(", ") : null
  return {
    file,
    ...(first === undefined ? {} : { entry: typeof first === "number" ? `mục ${first + 1}` : String(first) }),
    field: rest.length ? rest.map((key) => (typeof key === "number" ? key + 1 : String(key))).join(".") : (unknown ?? "mục"),
    found: unknown ? `trường lạ: ${unknown}` : found === undefined ? "không có" : JSON.stringify(found).slice(0, 100),
    expected: unknown ? "chỉ những trường đã quy định" : issue.message,
  }
}
