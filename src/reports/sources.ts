/**
 * What the report needs from the other rooms. The lead fits these functions to the registry, checks, articles, outbox,
 * metrics and alerts; tests and the bench fit invented ones. Ranges are [from, to); `at` is a moment: what was true then.
 */
import type { AlertSeverity, AlertState } from "../model/alert.ts"
import type { ArticleState } from "../model/article.ts"
import type { DeliveryState } from "../model/delivery.ts"
import type { Finding } from "../model/finding.ts"
import type { NetworkName, Unit } from "../model/unit.ts"

/** An open finding with its age: `since` is when it was first seen and has been open ever since. */
export interface OpenFinding extends Finding {
  id: string
  since: number
}
/** Articles first seen on `day` (YYYY-MM-DD in Vietnam), by the state they are in now. */
export interface ArticleCount {
  day: string
  unitId: string
  state: ArticleState
  count: number
  /** Ids of the counted rows, where the range is short enough to name them. */
  rows?: string[]
}
/** Deliveries of articles first seen on `day`, by the state they are in now. */
export interface DeliveryCount {
  day: string
  unitId: string
  accountId: string
  network: NetworkName
  state: DeliveryState
  /** The network's or the check's code when it did not end as published. */
  code: string | null
  count: number
  rows?: string[]
}
/** One published post: `lagMs` from the portal's time to the network's; null when the portal gave no credible time. */
export interface LagRow {
  deliveryId: string
  unitId: string
  accountId: string
  network: NetworkName
  publishedAt: number
  lagMs: number | null
}
export interface FollowerRow {
  accountId: string
  network: NetworkName
  /** null = the network gave no number, which is not 0. */
  value: number | null
  at: number | null
}
/** One metric of one account on one day of the network (Facebook: Pacific days, kept as such). */
export interface ReachRow {
  accountId: string
  network: NetworkName
  metric: string
  day: string
  value: number | null
  verdict: "ok" | "dead" | "forbidden" | "too_small"
  /** Unique people: shown per account and window, never added up. */
  unique: boolean
}
export interface ReportAlert {
  id: string
  kind: string
  severity: AlertSeverity
  unit: string | null
  account: string | null
  state: AlertState
  raisedAt: number
  acknowledgedAt: number | null
  closedAt: number | null
  count: number
  summary: string
}
/** A reminder (đôn đốc): level 1 = first, 2 = second …, counted anew for each duty. */
export interface ReminderRow {
  id: string
  unitId: string
  level: number
  /** Reported to the superior body with it. */
  escalated: boolean
  /** null = the letter is made and waits to be sent. */
  sentAt: number | null
}
export interface FeedHealth {
  feedId: string
  unitId: string
  state: "ok" | "failing" | "silent" | "quarantined"
  since: number | null
}
/** A case of help with creating or registering an account (functions.md S8). */
export interface RegistrationRow {
  id: string
  unitId: string
  openedAt: number
  closedAt: number | null
}
/** One observation that lets a scoring criterion be proposed; `proof` says what was seen, where and when. */
export interface ScoreEvidence {
  unitId: string
  /** A `signal` of templates/reports/scoring.yaml. */
  signal: string
  /** Counts of items, of which `reposted` were pushed or republished (G10). */
  items?: number
  reposted?: number
  present?: boolean
  onTimePercent?: number
  overdueUnansweredPercent?: number
  proof: string
}

export interface ReportSources {
  province: string
  /** The units that exist at the moment, in registry order; null when the registry of that day is not known. */
  units(at: number): Promise<Unit[] | null>
  findings(at: number): Promise<OpenFinding[]>
  /** Accounts whose profile has been judged; the others are "chưa kiểm tra". */
  checkedAccounts(at: number): Promise<string[]>
  /** `named`: with the ids of the rows, where the range is short enough. */
  articles(from: number, to: number, named: boolean): Promise<ArticleCount[]>
  deliveries(from: number, to: number, named: boolean): Promise<DeliveryCount[]>
  /** Posts published in the range. */
  lags(from: number, to: number): Promise<LagRow[]>
  followers(at: number): Promise<FollowerRow[]>
  reach(from: number, to: number): Promise<ReachRow[]>
  /** Alerts raised in the range, and those raised before that were still open at its start. */
  alerts(from: number, to: number): Promise<ReportAlert[]>
  reminders(at: number): Promise<ReminderRow[]>
  feeds?(at: number): Promise<FeedHealth[]>
  registrations?(from: number, to: number): Promise<RegistrationRow[]>
  evidence?(from: number, to: number): Promise<ScoreEvidence[]>
}
