/** The questions that both halves of the decision order ask. */
import { day, dayAfter } from "../accounts/sentences.ts"
import type { Reading } from "./judge.ts"
import { isObsolete } from "./mentions.ts"
import { findPhrases } from "./phrases.ts"

/** OBS-1 to OBS-4: a body that had ended on the day judged, as the owner or as the parent. */
export function findObsolete({ mentions, asOf, subject, gazetteer }: Reading): { rule: string; reason: string; ended: string } | null {
  for (const unit of mentions.units) {
    if (unit.likeness === "skeleton" || unit.wrongKind || unit.stranger || !isObsolete(unit.bodies, asOf)) continue
    const body = unit.bodies[0]!
    const ended = dayAfter(body.until!)
    return {
      rule: body.class === "district" ? "OBS-1" : "OBS-4",
      ended,
      reason: `Tên của ${body.kind} ${body.name}, đã kết thúc hoạt động từ ngày ${day(ended)}${body.successor ? ` (nay thuộc ${body.successor})` : ""}.`,
    }
  }
  for (const { body, likeness, province } of mentions.departments) {
    if (likeness === "skeleton" || !isObsolete([body], asOf) || province?.role === "other") continue
    if (!province && !mentions.saysProvince && subject.level !== "department") continue
    return {
      rule: "OBS-2",
      ended: dayAfter(body.until!),
      reason: `Tên của ${body.name}, đã sáp nhập năm 2025${body.successor ? ` (nay là ${body.successor})` : ""}.`,
    }
  }
  const behind = new Set([...mentions.units.map((unit) => unit.end), ...mentions.departments.map((department) => department.end)])
  const ownName = subject.name.toLowerCase()
  for (const { province, marked, start } of mentions.provinces) {
    if (province.role !== "merged" || asOf <= province.until!) continue
    const attached = behind.has(start) || (mentions.portal?.start === start && ownName !== province.name.toLowerCase())
    const ended = dayAfter(province.until!)
    if (marked || attached)
      return { rule: "OBS-3", ended, reason: `Tên ghi tỉnh ${province.name}, đã hợp nhất vào tỉnh ${gazetteer.province} từ ngày ${day(ended)}.` }
  }
  return null
}

/**
 * Does the name speak only of other organisations (NAME-O, IMP-0)? Not when the People's Committee stands beside them ("Đảng ủy - HĐND - UBND xã …")
 * or the unit has a descriptor of its own ("Truyền thông xã … - Công an xã …"). "Công đoàn UBND phường …" is the union, not the committee.
 */
export function speaksOfOthersOnly({ mentions, words, lexicon, subject }: Reading): boolean {
  if (!mentions.organisations.length) return false
  const first = mentions.organisations[0]!
  const governed = (start: number) =>
    mentions.organisations.some((hit) => hit.end === start && !words[start]!.gap && !lexicon.coBodies.has(hit.phrase.bare.join(" ")))
  if (findPhrases(words, lexicon.ubnd, "skeleton").some((hit) => !governed(hit.start) && !isPartOfFront(words, hit.end))) return false
  if (mentions.departments.some((department) => department.own && department.start < first.start)) return false
  if (subject.level === "department" && mentions.departments.some((department) => department.start < first.start)) return false
  return !mentions.units.some(
    (unit) =>
      unit.own &&
      mentions.descriptors.some(
        (hit) => hit.end === unit.start && !mentions.organisations.some((org) => org.end === hit.start && !words[hit.start]!.gap),
      ),
  )
}

/** "Ủy ban Mặt trận Tổ quốc" is no People's Committee; neither is "UBND" spelt out before MTTQ. */
const isPartOfFront = (words: Reading["words"], at: number) => words[at]?.bare === "mttq"
