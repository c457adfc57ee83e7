/** EFF-1 to EFF-3: exactly one ruleset per check, chosen by the day judged. */
import { UsageError } from "../../base/errors.ts"
import type { Ruleset } from "./schema.ts"

/** The ruleset in force on `asOf`; before the first one, the first; after the last one, the last. */
export function rulesetOn(rulesets: readonly Ruleset[], asOf: string): Ruleset {
  let chosen = rulesets[0]!
  for (const ruleset of rulesets) if (ruleset.from <= asOf) chosen = ruleset
  return chosen
}

export function rulesetById(rulesets: readonly Ruleset[], id: string): Ruleset {
  const found = rulesets.find((ruleset) => ruleset.id === id)
  if (!found) throw new UsageError("ruleset_unknown", `ruleset "${id}" does not exist; known: ${rulesets.map((r) => r.id).join(", ")}`, { id })
  return found
}

/** Answers to the open questions of rules.md 10, e.g. { Q2: "violation" }; what is not answered keeps its default. */
export type Switches = Readonly<Record<string, string>>
export const answerTo = (ruleset: Ruleset, switches: Switches, question: string): string =>
  switches[question] ?? ruleset.questions[question]?.default ?? ""
