/** Reads items from outside (record format of safety.md 6): one object or an array, every mistake at once. */
import { z } from "zod"
import { InvalidInputError, type Mistake } from "../../base/errors.ts"
import type { ScreenItem } from "./types.ts"

const itemsMax = 100_000
const text = z.string({ error: "chữ (chuỗi)" })
const item = z.object({
  id: z.union([z.string(), z.number().transform(String)], { error: "chữ (chuỗi)" }).optional(),
  source: z.object({ unit: text, feed_host: text.min(1, "tên máy chủ của cổng") }, { error: "đối tượng { unit, feed_host }" }),
  title: text,
  summary: text.nullish().transform((value) => value ?? ""),
  html: text.nullish().transform((value) => value ?? undefined),
  text: text.nullish().transform((value) => value ?? undefined),
  links: z.array(text, { error: "danh sách liên kết" }).nullish().transform((value) => value ?? []),
})

/** `file` names the source in mistakes. Throws InvalidInputError naming index and field of each mistake. */
export function readItems(value: unknown, file: string): ScreenItem[] {
  const list: unknown[] = Array.isArray(value) ? value : [value]
  if (list.length > itemsMax)
    throw new InvalidInputError("items", [{ file, field: "số tin", found: String(list.length), expected: `nhiều nhất ${itemsMax}` }])
  const mistakes: Mistake[] = []
  const items = list.map((one, index) => {
    const parsed = item.safeParse(one)
    if (parsed.success) return parsed.data as ScreenItem
    for (const issue of parsed.error.issues.slice(0, 20)) {
      const found = issue.path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], one)
      mistakes.push({
        file,
        entry: `tin ${index}`,
        field: issue.path.join(".") || "tin",
        found: found === undefined ? "không có" : JSON.stringify(found).slice(0, 80),
        expected: issue.path.length ? issue.message : "đối tượng JSON",
      })
    }
    return null
  })
  if (mistakes.length) throw new InvalidInputError("items", mistakes)
  return items as ScreenItem[]
}
