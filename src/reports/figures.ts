/**
 * The one model behind every report: gathered once, rendered as DOCX, PDF, XLSX and HTML, kept as JSON. A figure carries
 * the rows or the query it was counted from, so every printed number can be traced; `null` means "no data", never 0.
 */
import type { AlertSeverity } from "../model/alert.ts"
import type { ArticleState } from "../model/article.ts"
import type { DeliveryState } from "../model/delivery.ts"
import type { Severity, Verdict } from "../model/finding.ts"
import type { NetworkName, RecordedNetwork, UnitKind } from "../model/unit.ts"
import type { Period } from "./period.ts"
import type { FeedHealth, ReportAlert } from "./sources.ts"

export interface Figure {
  value: number | null
  /** What was counted, in words of the tables. */
  query: string
  /** Ids of the counted rows, where they are few enough to name. */
  rows?: string[]
}

export type Level = "province" | "department" | "commune" | "ward"
export const levels: Level[] = ["province", "department", "commune", "ward"]

export interface CoverageLevel {
  level: Level
  total: Figure
  with: Figure
  without: Figure
  overdue: Figure
}
export interface Coverage {
  total: Figure
  /** At least one Facebook or Zalo account that counts (ACC-1, ACC-5). */
  with: Figure
  without: Figure
  /** Without an account after the deadline; new units have 60 days of grace (ACC-7). */
  overdue: Figure
  both: Figure
  facebookOnly: Figure
  zaloOnly: Figure
  levels: CoverageLevel[]
  /** Days since the deadline at the cut-off; 0 before it (ACC-3). */
  overdueDays: number
  /** Is the registry the 119 = 01 + 19 + 99 of Plan 65, II.8? */
  asPlanned: boolean
}

export const ruleGroups = ["account", "name", "image", "identity", "abolished", "impersonation", "other"] as const
export type RuleGroup = (typeof ruleGroups)[number]
export const identityStates = ["verified", "pending", "none", "refused", "expired"] as const

export interface Compliance {
  accounts: Figure
  pass: Figure
  advice: Figure
  violation: Figure
  suspect: Figure
  unchecked: Figure
  groups: { group: RuleGroup; violation: Figure; advice: Figure; suspect: Figure }[]
  identity: Record<(typeof identityStates)[number], Figure>
  /** Units without a named person in charge (S14). */
  unowned: Figure
}

export type States<S extends string> = Record<S, Figure>
export interface Ledger {
  seen: Figure
  articles: States<ArticleState>
  deliveries: Figure
  states: States<DeliveryState>
  networks: { network: NetworkName; total: number; states: Record<DeliveryState, number> }[]
  causes: { code: string; state: DeliveryState; count: number }[]
  /** The counted rows: [book, unit, account, state, ids]; empty where the range is too long to name them. */
  trace: { book: "articles" | "deliveries"; unitId: string; accountId: string | null; state: string; rows: string[] }[]
  /** Both sums fit: articles seen = their states, deliveries = their states (interface.md, promise 1). */
  balanced: boolean
}

export interface Lag {
  posts: Figure
  /** Milliseconds portal → network. */
  median: Figure
  worst: Figure
  worstAt: { deliveryId: string; unitId: string; unit: string; lagMs: number } | null
  /** Posts by how long they took. */
  spread: { label: string; count: number }[]
}

export interface Reach {
  networks: {
    network: NetworkName
    accounts: number
    followers: Figure
    metrics: { metric: string; value: Figure; unique: boolean; withoutData: number; verdicts: Record<string, number> }[]
  }[]
}

export interface AlertFigures {
  raised: Record<AlertSeverity, Figure>
  total: Figure
  openAtEnd: Figure
  /** Median from raised to acknowledged, ms. */
  reaction: Figure
  kinds: { kind: string; count: number }[]
  /** Critical and high ones, newest last. */
  incidents: ReportAlert[]
  rows: ReportAlert[]
}

export interface FeedFigures {
  total: Figure
  failing: Figure
  silent: Figure
  quarantined: Figure
  rows: FeedHealth[]
}
export interface RegistrationFigures {
  opened: Figure
  closed: Figure
  waiting: Figure
  /** Average days of those closed in the period. */
  averageDays: Figure
}

export interface AccountRow {
  id: string
  network: RecordedNetwork
  name: string
  link: string | null
  identity: (typeof identityStates)[number]
  verdict: Verdict | "unchecked"
  followers: number | null
  published: number
}
export interface FindingRow {
  id: string
  rule: string
  group: RuleGroup
  severity: Severity
  account: string | null
  message: string
  basis: string
  since: number
  ageDays: number
}
export interface UnitRow {
  id: string
  name: string
  kind: UnitKind
  level: Level
  hasAccount: boolean
  /** null = not overdue. */
  overdueDays: number | null
  verdict: Verdict | "unchecked"
  owner: { name: string; title?: string; email?: string } | null
  accounts: AccountRow[]
  findings: FindingRow[]
  seen: number
  deliveries: number
  published: number
  held: number
  refused: number
  waiting: number
  medianLagMs: number | null
  worstLagMs: number | null
  lastPostAt: number | null
  /** When its oldest open duty began; null = nothing to do. Reminders are counted from then on. */
  dutySince: number | null
  reminders: { count: number; lastAt: number | null; escalated: boolean; waiting: boolean }
  alerts: string[]
}

/** A unit that still has to do something, and what happens next if it does not. */
export interface Laggard {
  unitId: string
  unit: string
  reason: "no_account" | "violation"
  rules: string[]
  /** Age of the oldest open finding. */
  ageDays: number
  overdueDays: number | null
  reminders: number
  lastReminderAt: number | null
  /** The reminder that is due: 1 first, 2 second …; 0 = wait until `nextAt`, or a letter still waits to be sent. */
  nextLevel: number
  nextAt: number
  /** The next one is reported to the superior body. */
  escalate: boolean
  /** A letter is made and not sent yet. */
  waiting: boolean
}

export interface Change {
  key:
    | "with"
    | "without"
    | "overdue"
    | "violation"
    | "advice"
    | "suspect"
    | "verified"
    | "seen"
    | "published"
    | "held"
    | "refused"
    | "medianLag"
    | "followersFacebook"
    | "followersZalo"
    | "alerts"
  now: number | null
  before: number | null
  /** null when one side is unknown. */
  delta: number | null
}

export interface WeeklyFigures {
  schema: 2
  period: Period
  /** Midnight of the day the document bears. */
  issuedAt: number
  /** Whole days between the due day and the day the report was first made; 0 = on time. */
  lateDays: number
  /** The moment all numbers stand for: the end of the period, or "now" while it lasts. Not the wall clock of the run. */
  cutoffAt: number
  province: string
  deadline: string
  coverage: Coverage
  compliance: Compliance
  ledger: Ledger
  lag: Lag
  activity: { active: Figure; silent: Figure }
  reach: Reach
  alerts: AlertFigures
  feeds: FeedFigures | null
  registrations: RegistrationFigures | null
  changes: Change[]
  laggards: Laggard[]
  units: UnitRow[]
  /** What the numbers of a unit's row were counted from, by column. */
  unitQueries: Record<string, string>
}
/** Months and quarters are the same model over more days. */
export type Figures = WeeklyFigures
