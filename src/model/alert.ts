export const alertSeverities = ["critical", "high", "medium", "low"] as const
export type AlertSeverity = (typeof alertSeverities)[number]
export const alertStates = ["open", "acknowledged", "closed"] as const
export type AlertState = (typeof alertStates)[number]

/** A fact that asks a person to act. Facts with the same `key` are one alert. */
export interface AlertFact {
  /** What it is about; the same key never raises a second open alert. */
  key: string
  /** e.g. "feed.silent", "token.needs_reauth", "page.name_changed". */
  kind: string
  severity: AlertSeverity
  unit: string | null
  account: string | null
  /** One Vietnamese sentence. */
  summary: string
  /** What was seen, when, raw answer; no secrets. */
  evidence: Record<string, unknown>
}
export interface Alert extends AlertFact {
  id: string
  state: AlertState
  raisedAt: number
  lastSeenAt: number
  count: number
}

/**
 * A page that somebody saw and no registry lists. `watching` nothing against it so far · `suspect` imitates a unit, a person must act ·
 * `reported` told to the network or the police · `gone` taken down · `harmless` looked at by a person · `official` it is one of ours.
 */
export const observedStates = ["watching", "suspect", "reported", "gone", "harmless", "official"] as const
export type ObservedState = (typeof observedStates)[number]
