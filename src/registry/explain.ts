/** Turns what zod found into what an official can act on: field, what stands there, what should stand there, in Vietnamese. */
import type { z } from "zod"

type Schema = z.core.$ZodType
/** Peels default, optional and the like off a schema. */
function bare(schema: Schema): Schema {
  const inner = (schema._zod.def as { innerType?: Schema }).innerType
  return inner ? bare(inner) : schema
}

/** The keys an object schema allows at `path`. */
export function keysAt(schema: Schema, path: readonly PropertyKey[]): string[] {
  const here = bare(schema)
  const def = here._zod.def as { type: string; shape?: Record<string, Schema>; element?: Schema; options?: Schema[] }
  if (def.type === "union") return [...new Set(def.options!.flatMap((option) => keysAt(option, path)))]
  if (!path.length) return Object.keys(def.shape ?? {})
  const next = def.shape?.[String(path[0])] ?? def.element
  return next ? keysAt(next, path.slice(1)) : []
}

/** Levenshtein distance, for words of a few letters. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)))
    row = next
  }
  return row[b.length]!
}
/** The word of `known` that was probably meant; null when none is near. */
export function nearest(word: string, known: string[]): string | null {
  const flat = (text: string) => text.toLowerCase().replace(/[_\s-]/g, "")
  const best = known.map((candidate) => ({ candidate, far: distance(flat(word).slice(0, 40), flat(candidate)) })).sort((a, b) => a.far - b.far)[0]
  return best && best.far <= (best.candidate.length < 5 ? 1 : Math.max(2, Math.floor(best.candidate.length / 3))) ? best.candidate : null
}

/** What the English expectations of model/unit.ts mean to the person who edits the file. */
const expectations: Record<string, string> = {
  "a date YYYY-MM-DD": "ngày dạng NĂM-THÁNG-NGÀY, ví dụ 2025-10-01",
  "an http(s) address": "địa chỉ bắt đầu bằng http:// hoặc https://",
  "a word of a-z, 0-9 and hyphens": "một từ gồm chữ thường không dấu, chữ số và dấu gạch nối, ví dụ kinh-bac-facebook",
  "a quoted administrative code": "mã hành chính 2-5 chữ số, đặt trong dấu ngoặc kép",
  "a quoted id": "mã của nền tảng (chữ, số, tối đa 64 ký tự), đặt trong dấu ngoặc kép",
  "a two-letter language code": "mã ngôn ngữ hai chữ cái, ví dụ vi, en",
  'a range like "22:00-06:00"': 'khoảng giờ dạng "22:00-06:00"',
  "at least one condition": "ít nhất một điều kiện",
  "at least one target": "ít nhất một nơi nhận",
}
const types: Record<string, string> = {
  string: "văn bản",
  number: "số",
  int: "số nguyên",
  boolean: "true hoặc false",
  array: "danh sách (các dòng bắt đầu bằng dấu -)",
  object: "nhóm trường (tên: giá trị)",
}

export const show = (value: unknown): string => {
  if (value === undefined) return "(thiếu)"
  const text = typeof value === "string" ? `"${value}"` : JSON.stringify(value) ?? String(value)
  return text.length > 80 ? `${text.slice(0, 79)}…` : text
}

export const fieldName = (path: readonly PropertyKey[]) =>
  path.reduce<string>((name, part) => (typeof part === "number" ? `${name}[${part + 1}]` : name ? `${name}.${String(part)}` : String(part)), "") ||
  "(đơn vị)"

export const valueAt = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((at, part) => (at === null || at === undefined ? undefined : (at as Record<PropertyKey, unknown>)[part]), value)

export interface Explained {
  path: PropertyKey[]
  found: string
  expected: string
}

/** One explanation per wrong field (unknown keys one by one). */
export function explain(issue: z.core.$ZodIssue, input: unknown, schema: Schema): Explained[] {
  const path = [...issue.path]
  const value = valueAt(input, path)
  const found = show(value)
  switch (issue.code) {
    case "unrecognized_keys": {
      const known = keysAt(schema, path)
      return issue.keys.map((key) => {
        const meant = nearest(key, known)
        return { path: [...path, key], found: "trường lạ", expected: meant ? `có phải "${meant}"?` : `một trong các trường: ${known.join(", ")}` }
      })
    }
    case "invalid_type": {
      if (value === undefined) return [{ path, found, expected: "bắt buộc phải có" }]
      const quoted = issue.expected === "string" && ["number", "boolean", "bigint"].includes(typeof value)
      return [{ path, found, expected: quoted ? "văn bản; đặt trong dấu ngoặc kép" : (types[issue.expected] ?? issue.expected) }]
    }
    case "invalid_value":
      return [{ path, found, expected: `một trong: ${issue.values.map(String).join(", ")}` }]
    case "too_big":
      return [
        {
          path,
          found,
          expected:
            issue.origin === "string"
              ? `tối đa ${issue.maximum} ký tự`
              : issue.origin === "array"
                ? `tối đa ${issue.maximum} mục`
                : `không lớn hơn ${issue.maximum}`,
        },
      ]
    case "too_small":
      return [
        {
          path,
          found,
          expected:
            issue.origin === "string"
              ? "không được để trống"
              : issue.origin === "array"
                ? `ít nhất ${issue.minimum} mục`
                : `không nhỏ hơn ${issue.minimum}`,
        },
      ]
    case "invalid_union": {
      const inner = issue.errors[0]?.[0]
      if ("discriminator" in issue && issue.discriminator) {
        return [
          { path: [...path, String(issue.discriminator)], found: show(valueAt(value, [String(issue.discriminator)])), expected: "html hoặc json" },
        ]
      }
      return inner
        ? explain({ ...inner, path: [...path, ...inner.path] } as z.core.$ZodIssue, input, schema)
        : [{ path, found, expected: expectations[issue.message] ?? issue.message }]
    }
    default:
      return [{ path, found, expected: expectations[issue.message] ?? issue.message }]
  }
}
