/**
 * The checks as the rest of Loa holds them: rules loaded on first use, one table of findings in memory per registry version, day and set of
 * observations. The gate only reads that table, so asking for every account in every pass costs nothing.
 */
import type { Audit } from "../../audit/index.ts"
import type { Clock } from "../../base/clock.ts"
import { InvalidInputError, NotFoundError, UsageError } from "../../base/errors.ts"
import { newId } from "../../base/hash.ts"
import { fromIsoDate, isoDate } from "../../base/time.ts"
import { DAY } from "../../base/clock.ts"
import { inTransaction, type Db } from "../../db/index.ts"
import { worstVerdict, type Finding, type Verdict } from "../../model/finding.ts"
import type { Account, Unit } from "../../model/unit.ts"
import { rulesetById, rulesetOn, type Switches } from "../rulesets/choose.ts"
import { loadRules, type Rules } from "../rulesets/load.ts"
import { checkUnit } from "./check-unit.ts"
import { waiversOfFile, type Observation, type Waiver } from "./facts.ts"
import { gateOf, type GateAnswer } from "./gate.ts"
import { refreshObservations, type ObserveDeps } from "./observe.ts"
import {
  readFindings,
  readObservations,
  readProfileHistory,
  readStamp,
  readWaivers,
  type SeenAccount,
  stampChange,
  type StoredWaiver,
  writeFindings,
  writeObservations,
} from "./store.ts"

/** What the room needs of the registry. */
export interface RegistryView {
  readonly version: number
  readonly units: readonly Unit[]
  unitById(id: string): Unit | undefined
  accountById(id: string): Account | undefined
}
export interface ChecksDeps {
  clock: Clock
  /** LOA_REGISTRY: own rulesets, word lists and gazetteer, completed by the built-in ones. */
  registryDir: string
  switches?: Switches
}
export interface UnitResult {
  id: string
  name: string
  verdict: Verdict
  findings: Finding[]
}
export interface CheckOptions {
  unit?: string | undefined
  ruleset?: string | undefined
  /** Default: today in Vietnam. */
  asOf?: string | undefined
}
interface Table {
  stamp: string
  units: ReadonlyMap<string, UnitResult>
  byAccount: ReadonlyMap<string, Finding[]>
}

export class Checks {
  private loaded: Rules | null = null
  private view: (() => RegistryView) | null = null
  private db: Db | null = null
  private audit: Audit | null = null
  private observations: ReadonlyMap<string, Observation> = new Map()
  private given: readonly StoredWaiver[] = []
  private eyes: Omit<ObserveDeps, "unitOf" | "onFailure"> | null = null
  private generation = 0
  /** What `refresh` read last. */
  private refreshed = ""
  private table: Table | null = null

  constructor(private readonly deps: ChecksDeps) {}

  /** Rulesets, gazetteer and name limits; throws InvalidInputError with every mistake. */
  get rules(): Rules {
    return (this.loaded ??= loadRules(this.deps.registryDir))
  }

  /** Hands in what is opened later; before that only rules and single names can be judged. */
  watch(parts: { db: Db; audit: Audit; view: () => RegistryView }): void {
    this.db = parts.db
    this.audit = parts.audit
    this.view = parts.view
  }

  /** How accounts are looked at: networks, pictures and portals are other rooms, so the composition root hands them in. */
  lookThrough(eyes: Omit<ObserveDeps, "unitOf" | "onFailure">): void {
    this.eyes = eyes
  }

  /** Reads the profiles of every publishing account (or of one unit) and judges again. */
  async look(unitId?: string): Promise<{ seen: number; failed: { account: string; reason: string }[] }> {
    if (!this.eyes) throw new Error("the checks room cannot see yet: call lookThrough() first")
    const view = this.registry()
    const unit = unitId === undefined ? undefined : view.unitById(unitId)
    if (unitId !== undefined && !unit) throw new NotFoundError("unit", unitId)
    const accounts = (unit ? [unit] : view.units)
      .flatMap((entry) => entry.accounts)
      .filter((account) => account.remoteId && (account.network === "facebook" || account.network === "zalo"))
    const failed: { account: string; reason: string }[] = []
    const seen = await refreshObservations(accounts, {
      ...this.eyes,
      unitOf: (account) => view.unitById(account.unitId),
      onFailure: (account, reason) => void failed.push({ account: account.id, reason }),
    })
    await this.observe(seen)
    return { seen: seen.length, failed }
  }

  today(): string {
    return isoDate(this.deps.clock.now())
  }

  /** One short question when nothing was seen, granted, listed or dated anew: serve asks every few seconds. */
  async refreshIfChanged(): Promise<void> {
    if (this.refreshed !== this.stampOf(await readStamp(this.opened()))) await this.refresh()
  }

  private stampOf(stored: string) {
    return `${stored}/${this.registry().version}/${this.today()}`
  }

  /** Reads observations and waivers again and writes the findings that changed. */
  async refresh(): Promise<{ opened: number; closed: number }> {
    const db = this.opened()
    const now = this.deps.clock.now()
    // Asked before the reading: what changes during it is read the next time.
    this.refreshed = this.stampOf(await readStamp(db))
    this.observations = await readObservations(db, now)
    this.given = await readWaivers(db)
    this.generation += 1
    const findings = [...this.current().units.values()].flatMap((unit) => unit.findings)
    return inTransaction(db, (tx) => writeFindings(tx, findings, now))
  }

  /** Stores what was seen of accounts, then judges again. */
  async observe(seen: readonly SeenAccount[]): Promise<void> {
    const db = this.opened()
    const now = this.deps.clock.now()
    await inTransaction(db, (tx) => writeObservations(tx, seen, now))
    await this.refresh()
  }

  gate(accountId: string): GateAnswer {
    const view = this.registry()
    const account = view.accountById(accountId)
    const unit = account && view.unitById(account.unitId)
    if (!account || !unit) return { open: false, rule: "VER-3", reason: "Tài khoản không có trong danh sách đã đăng ký." }
    return gateOf(account, unit, this.current().byAccount.get(accountId) ?? [], this.waiversOf(account), this.today())
  }

  /** Judges again with any ruleset, for any day; the past is judged with what was known then. */
  async check(options: CheckOptions = {}): Promise<{ ruleset: string; asOf: string; units: UnitResult[] }> {
    const asOf = options.asOf ?? this.today()
    if (Number.isNaN(fromIsoDate(asOf))) throw new UsageError("date_wrong", `"${asOf}" is no date; expected YYYY-MM-DD`, { found: asOf })
    const ruleset = options.ruleset ? rulesetById(this.rules.rulesets, options.ruleset) : rulesetOn(this.rules.rulesets, asOf)
    const view = this.registry()
    const unit = options.unit ? view.unitById(options.unit) : undefined
    if (options.unit && !unit) throw new NotFoundError("unit", options.unit)
    const past = asOf < this.today()
    const observations = this.db ? await readObservations(this.db, past ? fromIsoDate(asOf) + DAY - 1 : this.deps.clock.now()) : this.observations
    const units = (unit ? [unit] : view.units).filter((entry) => isJudged(entry, asOf))
    return { ruleset: ruleset.id, asOf, units: units.map((entry) => this.judge(entry, ruleset.id, asOf, observations)) }
  }

  /** What was seen of an account last, from memory. */
  seenOf(accountId: string): Observation | null {
    return this.observations.get(accountId) ?? null
  }

  /** Every judged unit as it stands today, from memory: the desk may ask on every page. */
  standing(): ReadonlyMap<string, UnitResult> {
    return this.current().units
  }

  /** Findings as they stood at a moment, with their age. */
  findingsAt(at: number, unit?: string) {
    return readFindings(this.opened(), at, unit)
  }

  /** What was known of every account at a moment. */
  observationsAt(at: number) {
    return readObservations(this.opened(), at)
  }

  /** Every change that was seen of an account, oldest first. */
  historyOf(accountId: string) {
    return readProfileHistory(this.opened(), accountId)
  }

  async waive(waiver: Omit<Waiver, "rules"> & { rules?: readonly string[]; basis?: string }, actor: string): Promise<string> {
    const { accountId, reason, until, rules = [], basis = null } = waiver
    const mistakes = []
    if (!this.registry().accountById(accountId)) throw new NotFoundError("account", accountId)
    if (!reason.trim()) mistakes.push({ file: "waiver", field: "reason", found: "nothing", expected: "a written reason" })
    if (Number.isNaN(fromIsoDate(until)) || until < this.today())
      mistakes.push({ file: "waiver", field: "until", found: until, expected: "an end date from today on, YYYY-MM-DD" })
    if (mistakes.length) throw new InvalidInputError("waiver", mistakes)
    const now = this.deps.clock.now()
    const id = newId(now)
    await inTransaction(this.opened(), async (tx) => {
      await tx
        .insertInto("waivers")
        .values({
          id,
          account_id: accountId,
          rules: JSON.stringify(rules),
          reason,
          basis,
          ends_on: until,
          granted_by: actor,
          granted_at: now,
          revoked_by: null,
          revoked_at: null,
        })
        .execute()
      await stampChange(tx, now)
      await this.audit!.write(tx, [{ actor, action: "waiver.granted", subject: `account:${accountId}`, detail: { id, rules, reason, until, basis } }])
    })
    await this.refresh()
    return id
  }

  async revokeWaiver(id: string, actor: string): Promise<void> {
    const now = this.deps.clock.now()
    await inTransaction(this.opened(), async (tx) => {
      const row = await tx
        .updateTable("waivers")
        .set({ revoked_by: actor, revoked_at: now })
        .where("id", "=", id)
        .where("revoked_at", "is", null)
        .returning("account_id")
        .executeTakeFirst()
      if (!row) throw new NotFoundError("waiver", id)
      await stampChange(tx, now)
      await this.audit!.write(tx, [{ actor, action: "waiver.revoked", subject: `account:${row.account_id}`, detail: { id } }])
    })
    await this.refresh()
  }

  /** Waivers of the registry file and of people, also those that ran out. */
  waiversOf(account: Account): Waiver[] {
    return [...waiversOfFile(account), ...this.given.filter((waiver) => waiver.accountId === account.id)]
  }

  /** The table of today, computed once per registry version, day and refresh. */
  private current(): Table {
    const view = this.registry()
    const asOf = this.today()
    const stamp = `${view.version}/${asOf}/${this.generation}`
    if (this.table?.stamp === stamp) return this.table
    const ruleset = rulesetOn(this.rules.rulesets, asOf)
    const results = view.units.filter((unit) => isJudged(unit, asOf)).map((unit) => this.judge(unit, ruleset.id, asOf, this.observations))
    const byAccount = new Map<string, Finding[]>()
    for (const { findings } of results)
      for (const finding of findings) if (finding.account) byAccount.set(finding.account, [...(byAccount.get(finding.account) ?? []), finding])
    return (this.table = { stamp, units: new Map(results.map((result) => [result.id, result])), byAccount })
  }

  private judge(unit: Unit, rulesetId: string, asOf: string, observations: ReadonlyMap<string, Observation>): UnitResult {
    const findings = checkUnit({
      unit, asOf, observations,
      ruleset: rulesetById(this.rules.rulesets, rulesetId),
      gazetteer: this.rules.gazetteer,
      switches: this.deps.switches ?? {},
      waivers: unit.accounts.flatMap((account) => this.waiversOf(account)),
    })
    return { id: unit.id, name: unit.name, verdict: worstVerdict(findings.map((finding) => finding.severity)), findings }
  }

  private registry(): RegistryView {
    if (!this.view) throw new Error("the checks room has no registry yet: call watch() first")
    return this.view()
  }
  private opened(): Db {
    if (!this.db) throw new Error("the checks room has no database yet: call watch() first")
    return this.db
  }
}

/** Living units, and units that ended but still have accounts listed (orphans). */
const isJudged = (unit: Unit, asOf: string) => (!unit.begins || unit.begins <= asOf) && (!unit.ends || unit.ends >= asOf || unit.accounts.length > 0)
