/** The table of signals (contract facebook 7.8, safety.md 3.6): severity, what freezes, and a word for people. Changing it is a decision, not an accident. */
import { expect, test } from "bun:test"
import { freezes, signalFact, signalKinds, signOf, takeoverParts, type SignalKind } from "../../src/alerts/index.ts"
import { alertKindWord } from "../../src/model/index.ts"

const account = { id: "a", unitId: "u", name: "Trang", network: "facebook" }
const severityOf = (kind: SignalKind) => signalFact(account, { kind, text: "", evidence: {} }).severity

test("severities and what stops the account", () => {
  const table: Record<string, SignalKind[]> = {}
  for (const kind of signalKinds) (table[`${severityOf(kind)}${freezes(kind) ? " freezes" : ""}`] ??= []).push(kind)
  expect(table).toEqual({
    "critical freezes": [
      "page.name_changed", "page.handle_changed", "page.avatar_changed", "page.website_changed", "page.unpublished", "page.lost", "page.suspended", "page.foreign_post", "page.foreign_live", "page.takeover",
    ],
    critical: ["page.avatar_wrong", "page.badge_lost", "page.admin_added", "page.admin_lost"],
    "high freezes": ["page.restricted"],
    high: ["page.category_changed", "page.ads_used"],
    medium: ["page.avatar_doubtful", "page.contact_changed", "page.warned", "page.description_changed", "page.change_pending", "page.package_changed", "page.unread", "webhook.unsubscribed"],
    low: ["page.package_expiring", "token.expiring", "webhook.silent"],
  })
})

test("every kind has a word that an official understands", () => {
  expect(signalKinds.filter((kind) => alertKindWord(kind) === kind)).toEqual([])
})

test("each sign of safety.md 3.6 that a page can show has its signals", () => {
  const signs = new Set(signalKinds.map(signOf).filter((sign) => sign !== null))
  expect([...signs].toSorted()).toEqual(["PAGE-ADMIN", "PAGE-ADS", "PAGE-FOREIGN-POST", "PAGE-IMAGE", "PAGE-LINK", "PAGE-LOST", "PAGE-NAME", "PAGE-TOKEN"])
})

test("a takeover needs a new administrator and something else", () => {
  const parts = (...kinds: string[]) => takeoverParts(kinds.map((kind) => ({ kind }))).map((part) => part.kind)
  expect(parts("page.admin_added")).toEqual([])
  expect(parts("page.foreign_post", "page.name_changed")).toEqual([])
  expect(parts("page.admin_added", "page.package_changed")).toEqual([])
  expect(parts("page.foreign_post", "page.admin_lost")).toEqual(["page.admin_lost", "page.foreign_post"])
  expect(parts("page.ads_used", "page.admin_added", "page.contact_changed")).toEqual(["page.admin_added", "page.ads_used"])
})
