/**
 * The source firewall (safety.md): is this article what the unit wrote, or what somebody put on its portal? Pure: the same item and the same lists
 * give the same verdict.
 */
import { compileFinder } from "./compile.ts"
import { decide } from "./decide.ts"
import { explain, matchesOf } from "./explain.ts"
import { languageReader } from "./language.ts"
import type { Lexicon } from "./lexicon.ts"
import { createLinkJudge } from "./links.ts"
import { observe, type Instruments } from "./observe.ts"
import type { ScreenContext, ScreenItem, ScreenVerdict } from "./types.ts"

export { checkLexicon, type LabelledItem, type LexiconCheck } from "./check-lexicon.ts"
export { defangDomains } from "../../base/defang.ts"
export { defang } from "./explain.ts"
export { readItems } from "./items.ts"
export { loadLexicon, readLexicon, type Lexicon } from "./lexicon.ts"
export {
  screenLimits,
  type ScreenContext,
  type ScreenItem,
  type ScreenMatch,
  type ScreenOutcome,
  type ScreenRule,
  type ScreenVerdict,
} from "./types.ts"

export interface Screen {
  /** One article → allow, hold or block, with signals and reasons. Never throws on strange content. */
  screen(item: ScreenItem, context?: ScreenContext): ScreenVerdict
}

/** Compiles the lists once. */
export function createScreen(lexicon: Lexicon): Screen {
  const tools: Instruments = {
    finder: compileFinder(lexicon),
    linkJudge: createLinkJudge(lexicon.hosts, lexicon.languages.sections),
    languageOf: languageReader(lexicon.languages.stopWords),
    scriptHosts: new Set(lexicon.hosts.scriptHosts),
    syllableEndings: new Set(lexicon.hosts.syllableEndings),
  }
  return {
    screen(item, context = {}) {
      const seen = observe(item, tools, context)
      const decision = decide(seen)
      return {
        verdict: decision.verdict,
        rule: decision.rule,
        signals: [...decision.signals].sort(),
        reasons: explain(decision, seen),
        matches: matchesOf(seen),
        quarantine: decision.verdict === "block",
      }
    },
  }
}
