/** Cases: registering, renaming, handing over, merging and closing accounts, step by step, visible to unit and centre. Sole writer of `cases*`. */
import type { AuditEntry } from "../audit/index.ts"
import type { Clock } from "../base/clock.ts"
import { InvalidInputError, messageOf, NotFoundError, UsageError } from "../base/errors.ts"
import { isoDate } from "../base/time.ts"
import { inTransaction, type Db, type Tx } from "../db/index.ts"
import { keepConnect, takeConnect, type ConnectAttempt, type TakenConnect } from "./connects.ts"
import { readForm, type CaseData } from "./forms.ts"
import { begin, mayAct, move, type Move } from "./machine.ts"
import { caseOf, eventOf, type Case, type CaseEvent } from "./rows.ts"
import { caseKinds, ruleOf, type CaseKind, type Party, type StepId } from "./steps.ts"

export { CONNECT_MS, type ConnectAttempt, type TakenConnect } from "./connects.ts"
export { nest, platformStates, readForm, type Basis, type CaseData, type Person } from "./forms.ts"
export { begin, caseStatuses, mayAct, move, stepStates, type CaseState, type CaseStatus, type Move, type Moved, type StepStatus } from "./machine.ts"
export type { Case, CaseEvent } from "./rows.ts"
export {
  caseKinds,
  identityTasks,
  ruleOf,
  stepIds,
  stepsOf,
  type CaseKind,
  type IdentityTask,
  type Party,
  type StepId,
  type StepRule,
} from "./steps.ts"

export interface CaseActor {
  /** As the audit log names them: `user:lan`, `cli:…`, `job:…`. */
  actor: string
  party: Party
}
export interface CaseFilter {
  unit?: string
  status?: Case["status"]
  /** Open cases that wait for this party. */
  waitsFor?: Party
  /** Open cases whose present step is late. */
  overdue?: boolean
  limit?: number
}
interface AuditLog {
  write(tx: Tx, entries: AuditEntry[]): Promise<void>
}
export interface CasesParts {
  db: Db
  clock: Clock
  audit: AuditLog
  /** The end of the last of `workdays` working days after the day of `from`. */
  deadline(from: number, workdays: number): number
}

/** What a step adds beside its answer. */
export interface StepExtra {
  accountId?: string
  /** Stored instead of the bare answer (results of checks, ids of deliveries). */
  keep?: Record<string, unknown>
  note?: Record<string, unknown>
}

export class Cases {
  constructor(private readonly parts: CasesParts) {}

  /** Opens the case with the unit's request answered. `account` = the account it is about, for all kinds but `register`. */
  async open(kind: string, unitId: string, input: unknown, by: CaseActor, account: { id: string; network: Case["network"] } | null): Promise<Case> {
    if (!caseKinds.includes(kind as CaseKind))
      throw new InvalidInputError("case", [{ file: "hồ sơ", field: "kind", found: kind, expected: caseKinds.join(" | ") }])
    const request = readForm(kind as CaseKind, "request", input) as unknown as CaseData["request"]
    const first = move(begin(kind as CaseKind), { do: "submit", step: "request" }, by.party)
    if (!first.ok) throw refused(first.code)
    return this.onceMore(() =>
      inTransaction(this.parts.db, (tx) => this.insert(tx, { kind: kind as CaseKind, unitId, request, step: first.state.step }, by, account)),
    )
  }

  private async insert(
    tx: Tx,
    made: { kind: CaseKind; unitId: string; request: CaseData["request"]; step: StepId },
    by: CaseActor,
    account: { id: string; network: Case["network"] } | null,
  ): Promise<Case> {
    const { kind, unitId, request, step } = made
    const now = this.parts.clock.now()
    await this.forbidTwins(tx, kind, unitId, request, account)
    const id = await this.nextId(tx, now)
    const row = {
      id,
      kind,
      unit_id: unitId,
      network: account?.network ?? request.network!,
      account_id: account?.id ?? null,
      status: "open",
      step,
      step_since: now,
      due_at: this.dueOf(kind, step, now),
      returned: null,
      data: JSON.stringify({ request }),
      reminders: 0,
      reminded_at: null,
      opened_at: now,
      opened_by: by.actor,
      updated_at: now,
      closed_at: null,
      version: 1,
    }
    await tx.insertInto("cases").values(row).execute()
    await this.log(tx, id, place(1), by, "opened", "request", { kind, unit: unitId, account: account?.id ?? null })
    return caseOf(row)
  }

  /** Two cases opened at the same moment want the same number: the second takes the next one. */
  private async onceMore<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      if (!/unique|duplicate key/i.test(messageOf(error))) throw error
      return work()
    }
  }

  /** Answers the present step and goes on. `version` = the version the person saw. */
  async submit(found: Case, answer: Record<string, unknown>, by: CaseActor, extra: StepExtra = {}): Promise<Case> {
    const data = { ...found.data, [found.step]: extra.keep ?? answer }
    return this.step(
      found,
      { do: "submit", step: found.step },
      by,
      "submitted",
      { data, ...(extra.accountId ? { account_id: extra.accountId } : {}) },
      extra.note ?? {},
    )
  }

  /** Keeps an answer without going on: work that takes days is not lost. */
  async save(
    found: Case,
    set: { data?: Partial<CaseData>; accountId?: string },
    by: CaseActor,
    action = "saved",
    note: Record<string, unknown> = {},
  ): Promise<Case> {
    if (!mayAct(by.party, found)) throw refused(found.status === "open" ? "not_your_turn" : "case_closed")
    return this.write(found, { data: { ...found.data, ...set.data }, ...(set.accountId ? { account_id: set.accountId } : {}) }, by, action, note)
  }

  giveBack(found: Case, to: StepId, reasons: string, by: CaseActor): Promise<Case> {
    return this.step(found, { do: "return", to, reasons }, by, "returned", {}, { to, reasons: reasons.trim() })
  }

  cancel(found: Case, why: string, by: CaseActor): Promise<Case> {
    return this.step(found, { do: "cancel", why }, by, "cancelled", {}, { why: why.trim() })
  }

  async find(id: string): Promise<Case> {
    const row = await this.parts.db.selectFrom("cases").selectAll().where("id", "=", id).executeTakeFirst()
    if (!row) throw new NotFoundError("case", id)
    return caseOf(row)
  }

  async list(filter: CaseFilter = {}): Promise<Case[]> {
    const rows = await this.parts.db
      .selectFrom("cases")
      .selectAll()
      .$if(filter.unit !== undefined, (q) => q.where("unit_id", "=", filter.unit!))
      .$if(filter.status !== undefined, (q) => q.where("status", "=", filter.status!))
      .$if(filter.waitsFor !== undefined, (q) => q.where("status", "=", "open"))
      .$if(filter.overdue === true, (q) => q.where("status", "=", "open").where("due_at", "<", this.parts.clock.now()))
      .orderBy("opened_at", "desc")
      .orderBy("id", "desc")
      .limit(filter.limit ?? 1_000)
      .execute()
    const cases = rows.map(caseOf)
    return filter.waitsFor ? cases.filter((one) => one.status === "open" && ruleOf(one.kind, one.step).party === filter.waitsFor) : cases
  }

  /** Registrations that were open at some moment of [from, to), for reports; withdrawn requests are left out. */
  async registrationsBetween(from: number, to: number): Promise<{ id: string; unitId: string; openedAt: number; closedAt: number | null }[]> {
    const rows = await this.parts.db
      .selectFrom("cases")
      .select(["id", "unit_id", "opened_at", "closed_at"])
      .where("kind", "=", "register")
      .where("status", "!=", "cancelled")
      .where("opened_at", "<", to)
      .where((e) => e.or([e("closed_at", "is", null), e("closed_at", ">=", from)]))
      .orderBy("id")
      .execute()
    return rows.map((row) => ({
      id: row.id,
      unitId: row.unit_id,
      openedAt: Number(row.opened_at),
      closedAt: row.closed_at === null ? null : Number(row.closed_at),
    }))
  }

  async events(id: string): Promise<CaseEvent[]> {
    const rows = await this.parts.db.selectFrom("cases_events").selectAll().where("case_id", "=", id).orderBy("id").limit(1_000).execute()
    return rows.map(eventOf)
  }

  beginConnect(state: string, session: string, attempt: ConnectAttempt): Promise<void> {
    return inTransaction(this.parts.db, (tx) => keepConnect(tx, state, session, attempt, this.parts.clock.now()))
  }
  takeConnect(state: string, session: string): Promise<TakenConnect> {
    return inTransaction(this.parts.db, (tx) => takeConnect(tx, state, session, this.parts.clock.now()))
  }

  /** Notes that somebody was reminded of the present step. */
  async remind(found: Case, by: CaseActor): Promise<void> {
    await inTransaction(this.parts.db, async (tx) => {
      const now = this.parts.clock.now()
      const result = await tx
        .updateTable("cases")
        .set({ reminders: found.reminders + 1, reminded_at: now })
        .where("id", "=", found.id)
        .where("version", "=", found.version)
        .where("reminders", "=", found.reminders)
        .executeTakeFirst()
      if (Number(result.numUpdatedRows))
        await this.log(tx, found.id, `${place(found.version)}r${place(found.reminders + 1)}`, by, "reminded", found.step, {
          times: found.reminders + 1,
        })
    })
  }

  dueOf = (kind: CaseKind, step: StepId, from: number) => this.parts.deadline(from, ruleOf(kind, step).workdays)
  deadline = (from: number, workdays: number) => this.parts.deadline(from, workdays)

  private async step(
    found: Case,
    what: Move,
    by: CaseActor,
    action: string,
    set: { data?: CaseData; account_id?: string },
    note: Record<string, unknown>,
  ): Promise<Case> {
    const moved = move(found, what, by.party)
    if (!moved.ok) throw refused(moved.code)
    const now = this.parts.clock.now()
    const { status, step } = moved.state
    const next = {
      ...set,
      status,
      step,
      step_since: now,
      due_at: status === "open" ? this.dueOf(found.kind, step, now) : found.dueAt,
      returned: what.do === "return" ? what.reasons.trim() : null,
      reminders: 0,
      reminded_at: null,
      closed_at: status === "open" ? null : now,
    }
    return this.write(found, next, by, status === "done" ? "done" : action, note)
  }

  private async write(
    found: Case,
    set: { data?: CaseData } & Record<string, unknown>,
    by: CaseActor,
    action: string,
    note: Record<string, unknown>,
  ): Promise<Case> {
    return inTransaction(this.parts.db, async (tx) => {
      const { data, ...rest } = set
      const row = await tx
        .updateTable("cases")
        .set({ ...rest, ...(data ? { data: JSON.stringify(data) } : {}), updated_at: this.parts.clock.now(), version: found.version + 1 })
        .where("id", "=", found.id)
        .where("version", "=", found.version)
        .returningAll()
        .executeTakeFirst()
      if (!row) throw new UsageError("case_changed", "Hồ sơ vừa được người khác cập nhật. Hãy tải lại trang và xem lại.", { case: found.id })
      await this.log(tx, found.id, place(found.version + 1), by, action, found.step, note)
      return caseOf(row)
    })
  }

  /** `at` = place in the case's story: its version, and the number of a reminder behind it. Two events of one moment keep their order. */
  private async log(tx: Tx, id: string, at: string, by: CaseActor, action: string, step: string, detail: Record<string, unknown>): Promise<void> {
    await tx
      .insertInto("cases_events")
      .values({
        id: `${id}/${at}`,
        case_id: id,
        at: this.parts.clock.now(),
        actor: by.actor,
        party: by.party,
        action,
        step,
        detail: JSON.stringify(detail),
      })
      .execute()
    await this.parts.audit.write(tx, [
      { actor: by.actor, action: `case.${action}`, subject: `case:${id}`, detail: { step, party: by.party, ...detail } },
    ])
  }

  /** Two open cases about one account, or two registrations of one unit on one network, would tread on each other. */
  private async forbidTwins(tx: Tx, kind: CaseKind, unitId: string, request: CaseData["request"], account: { id: string } | null): Promise<void> {
    const rows = await tx
      .selectFrom("cases")
      .select(["id", "kind", "network", "account_id"])
      .where("unit_id", "=", unitId)
      .where("status", "=", "open")
      .execute()
    const twin = rows.find((row) =>
      account ? row.account_id === account.id : kind === "register" && row.kind === "register" && row.network === request.network,
    )
    if (twin)
      throw new UsageError("case_exists", `Đang có hồ sơ ${twin.id} về việc này; hãy tiếp tục hồ sơ đó hoặc hủy trước khi lập hồ sơ mới.`, {
        case: twin.id,
      })
  }

  /** "hs-2026-0007": what people say on the telephone. */
  private async nextId(tx: Tx, now: number): Promise<string> {
    const prefix = `hs-${isoDate(now).slice(0, 4)}-`
    const last = await tx.selectFrom("cases").select((e) => e.fn.max("id").as("id")).where("id", "like", `${prefix}%`).executeTakeFirst()
    const number = Number((last?.id ?? "").slice(prefix.length)) + 1
    return `${prefix}${String(number).padStart(4, "0")}`
  }
}

const place = (number: number) => String(number).padStart(5, "0")

const words: Record<string, string> = {
  case_closed: "Hồ sơ đã kết thúc.",
  not_this_step: "Hồ sơ đang ở bước khác; hãy tải lại trang.",
  not_your_turn: "Bước này do bên kia thực hiện.",
  not_an_earlier_step: "Chỉ trả lại về một bước trước đó.",
  reason_missing: "Cần ghi rõ lý do.",
}
const refused = (code: string) => new UsageError(code, words[code] ?? code)
