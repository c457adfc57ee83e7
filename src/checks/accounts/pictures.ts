/** IMG-1 to IMG-6 from the verdicts of `images/`; only a clear answer is a violation, a doubtful one is a task for a person. */
import type { Finding } from "../../model/finding.ts"
import type { Account, Unit } from "../../model/unit.ts"
import { answerTo, type Switches } from "../rulesets/choose.ts"
import type { Level, Ruleset } from "../rulesets/schema.ts"
import type { CheckContext } from "./check-unit.ts"
import { sentence } from "./sentences.ts"

const pictureName = (allowed: readonly string[]) => (allowed.includes("emblem") ? "hình Quốc huy" : "biểu tượng (logo) của ngành hoặc của tỉnh")

/** What `images/` should look for: `emblem`, `logo:<id>`; `logo:*` means the unit's own logos or the province's. */
export function expectedPictures(unit: Unit, level: Level, ruleset: Ruleset, switches: Switches): string[] {
  if (unit.avatar?.length) return unit.avatar
  const allowed = ruleset.images[level].allowed.flatMap((entry) => (entry === "logo:*" ? [`logo:${unit.id}`, "logo:province"] : [entry]))
  if (level === "department" && answerTo(ruleset, switches, "Q4") === "yes") allowed.push("emblem")
  return allowed
}

export function imageFindings(context: CheckContext, account: Account): Finding[] {
  const { ruleset, switches, subject, unit } = context
  const observation = context.seen(account)
  if (!observation || (!observation.image && !observation.profile) || (account.network !== "facebook" && account.network !== "zalo")) return []
  const rule = ruleset.images[subject.level]
  const mandatory = subject.level === "province_portal" || answerTo(ruleset, switches, "Q3") !== "no"
  const wrong = mandatory ? rule.severity : "advice"
  const expected = pictureName(expectedPictures(unit, subject.level, ruleset, switches))
  const make = (id: string, severity: Finding["severity"], seen: string, key: string) =>
    context.finding({ rule: id, severity, account: account.id, seen, expected, clause: rule.clause, message: sentence(ruleset, key, { expected }) })

  const { image, profile } = observation
  if (profile && (!profile.avatar || profile.avatar.silhouette))
    return [make("IMG-6", wrong, "Chưa có ảnh đại diện hoặc ảnh mặc định của nền tảng", "imageMissing")]
  if (!image) return []
  if (image.rule === "IMG-6") return [make("IMG-6", wrong, image.explanation, "imageMissing")]
  if (image.verdict === "doubtful")
    return [make(image.rule === "IMG-4" ? "IMG-4" : rule.rule, "advice", image.explanation, image.rule === "IMG-4" ? "imageSmall" : "imageUnknown")]
  if (image.verdict === "other") {
    return image.rule === "IMG-4"
      ? [make("IMG-4", "advice", image.explanation, "imageSmall")]
      : [make(image.rule ?? rule.rule, wrong, image.explanation, "imageWrong")]
  }
  return image.notes.map((note) => make(/khung/i.test(note) ? "IMG-5" : "IMG-4", "advice", note, /khung/i.test(note) ? "imageFrame" : "imageSmall"))
}
