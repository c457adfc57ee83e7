/** One polite question to one feed. Network and parsing only; what it teaches is written by `settle`. */
import { createHash } from "node:crypto"
import { DAY, MINUTE, SECOND } from "../base/clock.ts"
import type { Clock } from "../base/clock.ts"
import { messageOf } from "../base/errors.ts"
import { FetchFailure, type SafeFetch, type SafeResponse } from "../base/safe-fetch.ts"
import type { FeedStateTable } from "../db/tables/feeds.ts"
import type { Feed, FeedFact, NotAFeed, ParsedFeed, PollOutcome } from "../model/index.ts"
import { changesPerWeek, ownerOf, readMemory, type FeedMemory } from "./memory.ts"
import { parseApart } from "./parse-apart.ts"
import { cacheHintMs, nextDue, retryAfterMs } from "./schedule.ts"
import type { ClaimedFeed } from "./types.ts"

export const pollLimits = { bytesMax: 10_000_000, timeMs: 30 * SECOND, connectMs: 15 * SECOND, redirectsMax: 5 } as const
/** Sightings of one permanent redirect before the new address is remembered. */
const movedSightings = 3
const validatorsLiveMs = 8 * DAY
const silentAfterMs = 60 * DAY

/** An outcome together with the row that `settle` will write. Kept out of the model: nobody else may read it. */
export interface SettledOutcome extends PollOutcome {
  next: Partial<FeedStateTable> & { id: string }
  host: { host: string; blockedUntil: number; failures: number; reason: string } | null
}

export interface PollParts {
  clock: Clock
  safeFetch: SafeFetch
  minSeconds: number
  allowPrivate: readonly string[]
  hostBlockedUntil(host: string): number
}

const accept =
  "application/rss+xml, application/atom+xml, application/rdf+xml, application/feed+json, application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.5"

export async function pollFeed(parts: PollParts, { feed, state }: ClaimedFeed, signal?: AbortSignal): Promise<SettledOutcome> {
  const started = parts.clock.now()
  const memory = readMemory(state.memory)
  const poll = new Poll(parts, feed, state, memory, started)
  if (parts.hostBlockedUntil(state.host) > started) return poll.skipped("host_silent", "the host asked for silence")
  const conditional = mayBeConditional(state, started)
  let response: SafeResponse
  try {
    response = await parts.safeFetch(state.current_url ?? feed.url, {
      headers: { ...(feed.userAgent ? { "user-agent": feed.userAgent } : {}), ...(conditional ? validators(state) : {}) },
      accept,
      maxBytes: pollLimits.bytesMax,
      timeoutMs: pollLimits.timeMs,
      connectTimeoutMs: pollLimits.connectMs,
      redirectsMax: pollLimits.redirectsMax,
      ...(signal ? { signal } : {}),
      ...(feed.extraCa ? { extraCa: feed.extraCa } : {}),
    })
  } catch (error) {
    if (signal?.aborted) return poll.skipped("aborted", "called off")
    return poll.failed(null, error instanceof FetchFailure ? error.code : "broke", messageOf(error), null)
  }
  return poll.judge(response, conditional)
}

/** Once a day the whole document is asked for, and validators live 8 days: some servers answer 304 for ever. */
function mayBeConditional(state: FeedStateTable, now: number): boolean {
  if (!state.etag && !state.last_modified) return false
  if (state.failures > 0 && state.last_code === "not_a_feed") return false
  return now - (state.full_at ?? 0) < DAY && now - (state.validators_since ?? 0) < validatorsLiveMs
}
const validators = (state: FeedStateTable): Record<string, string> => ({
  ...(state.etag ? { "if-none-match": state.etag } : {}),
  ...(state.last_modified ? { "if-modified-since": state.last_modified } : {}),
})

class Poll {
  private readonly facts: FeedFact[] = []
  private bytes = 0
  private moved: Partial<FeedStateTable> = {}

  constructor(
    private readonly parts: PollParts,
    private readonly feed: Feed,
    private readonly state: FeedStateTable,
    private readonly memory: FeedMemory,
    private readonly started: number,
  ) {}

  async judge(response: SafeResponse, conditional: boolean): Promise<SettledOutcome> {
    const { status, headers } = response
    const now = this.parts.clock.now()
    this.bytes = response.body.length
    this.followMove(response)
    if (status === 304 && conditional) return this.unchanged(response, now)
    if (status === 410) {
      this.say("gone", "tell", "the server says 410: this feed is gone for good")
      return this.outcome(
        "gone",
        { status, code: "gone", reason: "HTTP 410" },
        { stopped: "410", last_status: status, last_code: "gone", last_reason: "HTTP 410" },
      )
    }
    if (status !== 200) return this.failed(status, status === 429 ? "throttled" : `http_${status}`, `HTTP ${status}`, response)
    const hash = createHash("sha256").update(response.body).digest("base64url")
    const full = this.validatorsOf(response, now)
    if (hash === this.state.body_hash && this.state.failures === 0) return this.success("unchanged", null, response, full)
    const parsed = await parseApart(response.body, {
      contentType: headers.get("content-type"),
      url: response.url,
      now,
      dateOrder: this.memory.dateOrder ?? null,
      language: this.feed.language,
      allowPrivate: this.parts.allowPrivate,
      ...(this.feed.adapter ? { adapter: this.feed.adapter } : {}),
    })
    if (parsed.format === "none") return this.notAFeed(parsed, status)
    this.watch(parsed, now)
    return this.success("items", parsed, response, { ...full, body_hash: hash, last_changed_at: now })
  }

  skipped(code: string, reason: string): SettledOutcome {
    const blocked = this.parts.hostBlockedUntil(this.state.host)
    return this.outcome("skipped", { status: null, code, reason }, { due_at: Math.max(this.state.due_at, blocked, this.started) })
  }

  failed(status: number | null, code: string, reason: string, response: SafeResponse | null): SettledOutcome {
    const now = this.parts.clock.now()
    const failures = this.state.failures + 1
    const wait = response ? retryAfterMs(response.headers, now) : null
    const crowded = status === 429 || status === 503
    if (failures >= 3) this.say("failing", "tell", `${failures} polls failed in a row: ${reason}`, { failures, code })
    if (code === "private_address") this.say("xml_suspicious", "tell", `the address leads into a private network: ${reason}`)
    const silence = wait ?? (status === 429 && this.parts.minSeconds > 0 ? 10 * MINUTE : null)
    const outcome = this.outcome(
      "failed",
      { status, code, reason },
      { failures, last_status: status, last_code: code, last_reason: reason.slice(0, 300), due_at: this.due(now, failures, silence) },
    )
    if (crowded && silence) outcome.host = { host: this.state.host, blockedUntil: now + Math.min(silence, DAY), failures, reason }
    return outcome
  }

  private notAFeed(answer: NotAFeed, status: number): SettledOutcome {
    const failures = this.state.failures + 1
    this.say(answer.code === "empty" ? "empty" : "html_instead", "tell", answer.reason, { code: answer.code })
    return this.outcome(
      "not_a_feed",
      { status, code: answer.code, reason: answer.reason },
      {
        failures,
        last_status: status,
        last_code: "not_a_feed",
        last_reason: answer.reason.slice(0, 300),
        due_at: this.due(this.parts.clock.now(), failures, null),
      },
    )
  }

  private unchanged(response: SafeResponse, now: number): SettledOutcome {
    const modified = response.headers.get("last-modified")
    return this.success("unchanged", null, response, modified && believable(modified, now) ? { last_modified: modified } : {})
  }

  private success(kind: "items" | "unchanged", parsed: ParsedFeed | null, response: SafeResponse, changes: Partial<FeedStateTable>): SettledOutcome {
    const now = this.parts.clock.now()
    const hint = Math.max(cacheHintMs(response.headers, now), parsed?.ttlMs ?? 0)
    if (kind === "items" || hint > 0) this.memory.hintMs = hint
    if (kind === "items") this.memory.changes = [...(this.memory.changes ?? []), now].slice(-60)
    const quiet = now - Math.max(this.memory.newestAt ?? 0, this.memory.freshAt ?? 0, this.state.first_polled_at ?? now)
    if (quiet > silentAfterMs) this.say("silent", "tell", `nothing new for ${Math.floor(quiet / DAY)} days`, { days: Math.floor(quiet / DAY) })
    return this.outcome(
      kind,
      { status: response.status, code: null, reason: null },
      {
        ...changes,
        failures: 0,
        last_status: response.status,
        last_code: null,
        last_reason: null,
        last_success_at: now,
        first_polled_at: this.state.first_polled_at ?? now,
        due_at: this.due(now, 0, retryAfterMs(response.headers, now)),
      },
      parsed,
    )
  }

  /** What the document itself shows; what needs the kept articles is judged by `articles/keep`. */
  private watch(parsed: ParsedFeed, now: number) {
    if (parsed.items.length === 0) this.say("empty", "tell", "a valid feed without items")
    const newest = parsed.items.reduce((latest, item) => Math.max(latest, item.publishedAt ?? 0), 0)
    if (newest > (this.memory.newestAt ?? 0)) {
      this.memory.newestAt = newest
      this.memory.freshAt = now
    }
    if (parsed.dateOrder) this.memory.dateOrder = parsed.dateOrder
    const suspicious = parsed.notes.filter((note) =>
      ["entities", "script_after_end", "too_deep", "too_many_items", "too_slow", "long_text"].includes(note),
    )
    if (parsed.itemsCut > 0) suspicious.push("too_many_items")
    if (suspicious.length)
      this.say(
        "xml_suspicious",
        suspicious.includes("entities") || suspicious.includes("script_after_end") ? "quarantine" : "tell",
        suspicious.join(", "),
        { notes: suspicious },
      )
  }

  /** 301 and 308 are remembered after repeated sightings; another owner's address is a fact at once. */
  private followMove({ redirects, url }: SafeResponse) {
    const known = this.memory.answeredFrom ?? []
    const owner = ownerOf(url)
    if (owner && owner !== ownerOf(this.feed.url) && !known.includes(owner)) {
      if (this.state.first_polled_at !== null)
        this.say("new_host", "quarantine", `the feed now answers from ${new URL(url).host}`, { host: new URL(url).host })
      this.memory.answeredFrom = [...known, owner].slice(-20)
    }
    const permanent = redirects.length > 0 && redirects.every((step) => step.status === 301 || step.status === 308)
    if (!permanent) {
      this.moved = { moved_to: null, moved_seen: 0 }
      return
    }
    const seen = this.state.moved_to === url ? this.state.moved_seen + 1 : 1
    this.moved = { moved_to: url, moved_seen: seen }
    if (seen >= movedSightings) {
      this.moved = { moved_to: null, moved_seen: 0, current_url: url }
      this.say("moved", "tell", `the feed has moved to ${url} for good; the registry should say so`, { to: url })
    }
  }

  private validatorsOf({ headers }: SafeResponse, now: number): Partial<FeedStateTable> {
    const useless = headers.get("expires")?.trim() === "0"
    const modified = headers.get("last-modified")
    const etag = useless ? null : headers.get("etag")
    const last_modified = useless || !modified || !believable(modified, now) ? null : modified
    const same = etag === this.state.etag && last_modified === this.state.last_modified && now - (this.state.validators_since ?? 0) < validatorsLiveMs
    return { etag, last_modified, full_at: now, validators_since: same ? this.state.validators_since : now }
  }

  private due(now: number, failures: number, wait: number | null): number {
    return nextDue({
      now,
      minSeconds: this.parts.minSeconds,
      share: (Number.parseInt(this.feed.id.slice(0, 6), 36) % 1_000) / 1_000 || 0.5,
      failures,
      perWeek: changesPerWeek(this.memory, this.state.first_polled_at, now),
      hintMs: this.memory.hintMs ?? 0,
      retryAfterMs: wait,
    })
  }

  private say(kind: FeedFact["kind"], action: FeedFact["action"], detail: string, facts?: Record<string, unknown>) {
    this.facts.push({ kind, action, detail, ...(facts ? { facts } : {}) })
  }

  private outcome(
    kind: PollOutcome["kind"],
    answer: { status: number | null; code: string | null; reason: string | null },
    next: Partial<FeedStateTable>,
    parsed: ParsedFeed | null = null,
  ): SettledOutcome {
    const now = this.parts.clock.now()
    if (kind !== "skipped") this.memory.facts = this.facts.slice(0, 10)
    return {
      feed: this.feed,
      kind,
      at: now,
      firstPoll: this.state.first_polled_at === null,
      firstPolledAt: this.state.first_polled_at ?? now,
      quarantined: this.state.quarantined,
      parsed,
      ...answer,
      facts: this.facts,
      durationMs: now - this.started,
      bytes: this.bytes,
      next: {
        id: this.state.id,
        ...this.moved,
        ...next,
        ...(kind === "skipped" ? {} : { last_polled_at: now, memory: JSON.stringify(this.memory) }),
      },
      host: null,
    }
  }
}

/** A Last-Modified of the year 2038 would never change again. */
const believable = (text: string, now: number) => {
  const at = Date.parse(text)
  return !Number.isNaN(at) && at < now + DAY
}
