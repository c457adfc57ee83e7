/** Every signal of the watch with its severity (contract facebook 7.8, safety.md 3.6) and whether it freezes publishing. Data, read by the code that sees. */
import { DAY } from "../base/clock.ts"
import type { AlertFact, AlertSeverity } from "../model/index.ts"

interface Kind {
  severity: AlertSeverity
  /** Somebody else may hold the account: nothing more is published to it until a person says so. */
  freezes: boolean
  /** safety.md 3.6, where it has a name. */
  sign?: string
  /** Not a sign but the thing itself (last line of 3.6). */
  incident?: true
}
const kinds = {
  "page.name_changed": { severity: "critical", freezes: true, sign: "PAGE-NAME" },
  "page.handle_changed": { severity: "critical", freezes: true, sign: "PAGE-NAME" },
  "page.category_changed": { severity: "high", freezes: false, sign: "PAGE-NAME" },
  "page.avatar_wrong": { severity: "critical", freezes: false, sign: "PAGE-IMAGE" },
  "page.avatar_changed": { severity: "critical", freezes: true, sign: "PAGE-IMAGE" },
  "page.avatar_doubtful": { severity: "medium", freezes: false, sign: "PAGE-IMAGE" },
  "page.website_changed": { severity: "critical", freezes: true, sign: "PAGE-LINK" },
  "page.contact_changed": { severity: "medium", freezes: false },
  "page.badge_lost": { severity: "critical", freezes: false },
  "page.unpublished": { severity: "critical", freezes: true, sign: "PAGE-LOST", incident: true },
  "page.lost": { severity: "critical", freezes: true, sign: "PAGE-LOST", incident: true },
  "page.suspended": { severity: "critical", freezes: true, sign: "PAGE-LOST", incident: true },
  "page.restricted": { severity: "high", freezes: true },
  "page.warned": { severity: "medium", freezes: false },
  "page.foreign_post": { severity: "critical", freezes: true, sign: "PAGE-FOREIGN-POST" },
  "page.foreign_live": { severity: "critical", freezes: true, sign: "PAGE-FOREIGN-POST" },
  "page.admin_added": { severity: "critical", freezes: false, sign: "PAGE-ADMIN" },
  "page.admin_lost": { severity: "critical", freezes: false, sign: "PAGE-ADMIN" },
  /** Advertising that nobody ordered is spent on the account of whoever holds the Page. */
  "page.ads_used": { severity: "high", freezes: false, sign: "PAGE-ADS" },
  /** Several signs together (safety.md 3.6, last line). */
  "page.takeover": { severity: "critical", freezes: true, incident: true },
  "page.description_changed": { severity: "medium", freezes: false },
  "page.change_pending": { severity: "medium", freezes: false },
  "page.package_changed": { severity: "medium", freezes: false },
  "page.package_expiring": { severity: "low", freezes: false },
  /** The watch itself is blind: whatever happens to the page now, nobody is told. */
  "page.unread": { severity: "medium", freezes: false },
  "token.expiring": { severity: "low", freezes: false, sign: "PAGE-TOKEN" },
  "webhook.unsubscribed": { severity: "medium", freezes: false },
  "webhook.silent": { severity: "low", freezes: false },
} satisfies Record<string, Kind>
export type SignalKind = keyof typeof kinds
export const signalKinds = Object.keys(kinds) as SignalKind[]

export interface Signal {
  kind: SignalKind
  /** One Vietnamese sentence without the account's name. */
  text: string
  evidence: Record<string, unknown>
  /** Tells several things of one kind apart, e.g. an administrator's id. */
  about?: string
  /** When it weighs more than usual. */
  severity?: AlertSeverity
}

/** Does the signal stop publishing to the account? */
export const freezes = (kind: SignalKind): boolean => kinds[kind].freezes

/** The sign of safety.md 3.6 that an alert of this kind stands for; null = none. */
export const signOf = (kind: string): string | null => (kinds as Record<string, Kind>)[kind]?.sign ?? null

/** A new administrator and one of these within the window is a takeover, not two coincidences. */
const withNewAdmin = ["PAGE-FOREIGN-POST", "PAGE-NAME", "PAGE-IMAGE", "PAGE-LINK", "PAGE-ADS"]
export const TAKEOVER_WINDOW_MS = 3 * DAY

/** Alerts of one account that stand → those that together are a takeover; empty = they are not. */
export function takeoverParts<A extends { kind: string }>(standing: readonly A[]): A[] {
  const admins = standing.filter((alert) => signOf(alert.kind) === "PAGE-ADMIN")
  const others = standing.filter((alert) => withNewAdmin.includes(signOf(alert.kind) ?? ""))
  return admins.length && others.length ? [...admins, ...others] : []
}

export const signalKey = (accountId: string, signal: Pick<Signal, "kind" | "about">) =>
  `${signal.kind}:${accountId}${signal.about ? `:${signal.about}` : ""}`

export function signalFact(account: { id: string; unitId: string; name: string; network: string }, signal: Signal): AlertFact {
  const kind: Kind = kinds[signal.kind]
  const network = account.network === "zalo" ? "OA" : "Trang"
  return {
    key: signalKey(account.id, signal),
    kind: signal.kind,
    severity: signal.severity ?? kind.severity,
    unit: account.unitId,
    account: account.id,
    summary: `${network} “${account.name}” (${account.id}): ${signal.text}${kind.freezes ? " Đã tạm dừng đăng, giữ nguyên hàng chờ." : ""}`,
    evidence: { ...(kind.sign ? { sign: kind.sign } : {}), ...(kind.incident ? { incident: true } : {}), ...signal.evidence },
  }
}
