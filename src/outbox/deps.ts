import type { Audit } from "../audit/index.ts"
import { HOUR, type Clock } from "../base/clock.ts"
import type { Log } from "../base/log.ts"
import type { Db } from "../db/index.ts"
import type { Account, AlertFact, NetworkName } from "../model/index.ts"

/** May this account be published to now? The checks room answers; the outbox obeys at every claim. */
export type GateAnswer = { open: true } | { open: false; rule: string; reason: string }

export interface OutboxDeps {
  db: Db
  engine: "sqlite" | "postgres"
  clock: Clock
  log: Log
  audit: Audit
  /** This process, as registered in `workers`. */
  worker: string
  account(id: string): Account | null
  gate(accountId: string): GateAnswer
  /** PUBLISH_TO. */
  publishTo: "*" | Set<string>
  /** When to read back after an unknown outcome, in ms after the attempt. */
  lookMs(network: NetworkName): number[]
  /** Four eyes where no setting says otherwise; default true. */
  fourEyes?: boolean
  /** A fact that asks a person to act. */
  raise(fact: AlertFact): void
}

/**
 * How long one worker owns a lane. Longer than the longest network time-out (60 s) plus the time between claim and call, so that
 * a second worker can never ask while the first one may still be asking.
 */
export const LEASE_MS = 120_000
/** A claimed delivery whose call has not begun after this long goes back unsent: its lease could end during the call. */
export const START_WITHIN_MS = 30_000
/** Held deliveries younger than this are released by themselves when the account becomes publishable again. */
export const RELEASE_WITHIN_MS = 72 * HOUR
/** Never by itself: a person must decide. */
export const NEVER = Number.MAX_SAFE_INTEGER
