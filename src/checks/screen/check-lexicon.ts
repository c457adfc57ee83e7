/** A changed list is judged against the labelled examples before it takes effect. */
import { createScreen } from "./index.ts"
import type { Lexicon } from "./lexicon.ts"
import type { ScreenItem, ScreenOutcome } from "./types.ts"

export interface LabelledItem extends ScreenItem {
  id: string
  label: "spam" | "legit"
  expected: ScreenOutcome
  acceptable: ScreenOutcome[]
}
export interface LexiconCheck {
  /** No example is broken and honest items are held rarely enough. */
  accepted: boolean
  examples: number
  /** Examples whose verdict is not the one it was with `current` (or not the expected one, without it). */
  changes: { id: string; title: string; before: ScreenOutcome; after: ScreenOutcome; broken: boolean; reasons: string[] }[]
  /** Share of honest items held, 0..1; at most `heldShareMax`. */
  heldShare: number
}

/** Target of safety.md 2. */
export const heldShareMax = 0.2
/** The contract of safety.md 2, whatever the record says: spam is never allowed, an honest item never blocked. */
const breaks = (item: LabelledItem, verdict: ScreenOutcome) =>
  !item.acceptable.includes(verdict) || (item.label === "spam" ? verdict === "allow" : verdict === "block")

export function checkLexicon(candidate: Lexicon, labelled: readonly LabelledItem[], current?: Lexicon): LexiconCheck {
  const after = createScreen(candidate)
  const before = current && createScreen(current)
  const honest = labelled.filter((item) => item.label === "legit")
  const changes: LexiconCheck["changes"] = []
  let held = 0
  for (const item of labelled) {
    const judged = after.screen(item)
    const was = before ? before.screen(item).verdict : item.expected
    const broken = breaks(item, judged.verdict)
    if (item.label === "legit" && judged.verdict === "hold") held += 1
    if (broken || judged.verdict !== was)
      changes.push({ id: item.id, title: item.title, before: was, after: judged.verdict, broken, reasons: judged.reasons })
  }
  const heldShare = honest.length ? held / honest.length : 0
  return { accepted: !changes.some((change) => change.broken) && heldShare <= heldShareMax, examples: labelled.length, changes, heldShare }
}
