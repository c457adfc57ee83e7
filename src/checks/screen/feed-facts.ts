/** What signs of a whole feed mean for it (safety.md 3.5, last line). */
import type { FeedFact, FeedFactKind } from "../../model/index.ts"

/** FEED-HOST, FEED-XML (FEED-CLOAK is told by whoever compares two readings): the feed stops until a person releases it. */
const grave = new Set<FeedFactKind>(["new_host", "xml_suspicious"])
/** FEED-BURST, FEED-NIGHT, FEED-LANG, FEED-OLD: its new items wait. */
const doubtful = new Set<FeedFactKind>(["burst", "night", "language_shift", "old_dates", "guid_pattern_changed"])

/** `quarantine`: stop the feed; `hold_all`: hold its new items and ask; `none`: go on. The gravest fact decides. */
export function judgeFeedFacts(facts: readonly Pick<FeedFact, "kind" | "action">[]): "quarantine" | "hold_all" | "none" {
  if (facts.some(({ kind, action }) => action !== "tell" && (action === "quarantine" || grave.has(kind)))) return "quarantine"
  return facts.some(({ kind, action }) => action === "hold" || (action !== "tell" && doubtful.has(kind))) ? "hold_all" : "none"
}
