/** Connecting the account of a case: by the networks' consent dialogues, by the province's system user, or by a token on the form. */
import { randomBytes } from "node:crypto"
import type { Rooms } from "../app.ts"
import { UsageError } from "../base/errors.ts"
import { vnDate } from "../base/time.ts"
import { mayAct, type Case } from "../cases/index.ts"
import { inTransaction } from "../db/index.ts"
import type { ConnectOutcome } from "../model/index.ts"
import { casesOf, seeCase, submitCase, type CasePerson } from "./cases.ts"

const callback = (rooms: Rooms, network: Case["network"]) => `${rooms.config.publicUrl}/${network}/callback`

/** A link for the account's administrator, good once, for ten minutes, in this session and for this case. */
export async function beginConsent(rooms: Rooms, found: Case, person: CasePerson, session: string): Promise<string> {
  const account = connectable(rooms, found, person)
  let address: string | null
  let state: string
  if (found.network === "zalo") {
    address = await rooms.networks.zalo.consentUrl(account)
    state = new URL(address).searchParams.get("state")!
  } else {
    state = randomBytes(24).toString("base64url")
    address = rooms.networks.facebook.loginAddress(callback(rooms, "facebook"), state)
  }
  if (!address) throw new UsageError("app_missing", "Chưa cấu hình ứng dụng Facebook (FACEBOOK_APP_ID, FACEBOOK_APP_SECRET).")
  await casesOf(rooms).beginConnect(state, session, { caseId: found.id, actor: person.actor, network: found.network })
  return address
}

export interface Callback {
  network: Case["network"]
  state: string
  code: string
  /** Zalo names the OA that consented. */
  oaId: string
  /** The person said no, or the network refuses. */
  error: string
}
export type CallbackAnswer = { caseId: string | null; ok: boolean; message: string }

const takenWords = {
  unknown: "Liên kết cấp quyền không hợp lệ hoặc đã dùng; hãy tạo liên kết mới trong hồ sơ.",
  expired: "Liên kết cấp quyền đã quá 10 phút; hãy tạo liên kết mới trong hồ sơ.",
  other_session: "Liên kết cấp quyền được tạo ở phiên đăng nhập khác; hãy đăng nhập lại và tạo liên kết mới.",
}

/** What the network sent back. Whatever is wrong, the state is used up and nothing is stored. */
export async function finishConsent(rooms: Rooms, answer: Callback, person: CasePerson, session: string): Promise<CallbackAnswer> {
  const taken = await casesOf(rooms).takeConnect(answer.state, session)
  if (taken.kind === "refused") return { caseId: null, ok: false, message: takenWords[taken.why] }
  const { attempt } = taken
  if (attempt.network !== answer.network || attempt.actor !== person.actor) return { caseId: null, ok: false, message: takenWords.other_session }
  const found = await seeCase(rooms, attempt.caseId, person)
  const no = (message: string): CallbackAnswer => ({ caseId: found.id, ok: false, message })
  if (answer.error || !answer.code) return no(`Chưa được cấp quyền${answer.error ? ` (${answer.error.slice(0, 80)})` : ""}; hãy thử lại.`)
  const account = connectable(rooms, found, person)
  const outcome: ConnectOutcome =
    found.network === "zalo"
      ? // The network's own note of the attempt must be about the same account.
        await rooms.networks.zalo.exchangeCode({ state: answer.state, code: answer.code, oaId: answer.oaId }, (id) =>
          id === account.id ? account : null,
        )
      : await rooms.networks.facebook.exchangeLogin(account, answer.code, callback(rooms, "facebook"))
  if (outcome.kind === "refused") return no(outcome.reason)
  return { caseId: found.id, ok: true, message: await connected(rooms, found, outcome, person) }
}

/** A credential typed or piped in: a Page token, a system user's token, or a pair of Zalo. */
export async function connectByToken(rooms: Rooms, found: Case, credential: unknown, person: CasePerson): Promise<string> {
  const account = connectable(rooms, found, person)
  const outcome = await rooms.networks.of(account.network).connect(account, credential)
  if (outcome.kind === "refused") throw new UsageError("connect_refused", outcome.reason, { code: outcome.code, account: account.id })
  return connected(rooms, found, outcome, person)
}

/** The province's system user, as it is sealed with another Page already: nobody has to handle its token again. */
export async function connectBySystemUser(rooms: Rooms, found: Case, person: CasePerson): Promise<string> {
  if (person.party !== "centre") throw new UsageError("not_your_turn", "Người dùng hệ thống do Trung tâm Thông tin tỉnh quản lý.")
  const token = found.network === "facebook" ? await systemToken(rooms) : null
  if (!token) throw new UsageError("no_system_user", "Chưa có Trang nào được kết nối bằng người dùng hệ thống; hãy nhập mã một lần.")
  return connectByToken(rooms, found, { system_user_token: token }, person)
}

async function systemToken(rooms: Rooms): Promise<string | null> {
  for (const account of rooms.view().accounts) {
    if (account.network !== "facebook") continue
    const stored = await rooms.networks.tokens.get<{ page: string; system?: string }>(account.id)
    if (stored?.state === "ok" && stored.secret.system) return stored.secret.system
  }
  return null
}

function connectable(rooms: Rooms, found: Case, person: CasePerson) {
  if (found.step !== "connect" || !mayAct(person.party, found)) throw new UsageError("not_this_step", "Hồ sơ không ở bước kết nối.")
  const account = rooms.networkAccount(found.accountId ?? "")
  if (!account) throw new UsageError("not_listed", "Tài khoản của hồ sơ chưa có trong sổ đăng ký.")
  return account
}

/** The account proved to be the listed one: written down, and the case goes on. */
async function connected(rooms: Rooms, found: Case, outcome: ConnectOutcome & { kind: "connected" }, person: CasePerson): Promise<string> {
  const account = found.accountId!
  await rooms.outbox.resumeConnected(account, person.actor)
  await inTransaction(rooms.db, (tx) =>
    rooms.audit.write(tx, [
      {
        actor: person.actor,
        action: "account.connected",
        subject: `account:${account}`,
        detail: { remoteId: outcome.remoteId, name: outcome.name, case: found.id },
      },
    ]),
  )
  const connect = { name: outcome.name, remoteId: outcome.remoteId, at: rooms.clock.now() }
  await casesOf(rooms).save(found, { data: { connect } }, person, "connected", { remoteId: outcome.remoteId })
  await submitCase(rooms, found.id, {}, person)
  const until = outcome.accessExpiresAt === null ? "" : ` Mã truy cập có hạn đến ${vnDate(outcome.accessExpiresAt)}.`
  return `Đã kết nối đúng tài khoản “${outcome.name}” (${outcome.remoteId}).${until}${outcome.warnings.map((warning) => ` ${warning}`).join("")}`
}
