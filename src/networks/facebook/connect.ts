/** Proves that a credential belongs to the listed Page before it is stored, and looks at it again every day (contract 1.5). */
import { z } from "zod"
import { DAY, HOUR, SECOND } from "../../base/clock.ts"
import { vnDate } from "../../base/time.ts"
import { idText } from "../../base/json-ids.ts"
import type { ConnectOutcome, LockoutNeed, NetworkAccount } from "../../model/index.ts"
import type { FacebookSecret } from "../tokens.ts"
import { reasonOf } from "./errors.ts"
import { derivePageToken, type FacebookContext } from "./page.ts"

const tokenText = z.string().trim().min(8).max(4_096)
const credentialShape = z.union([
  z.object({ page_access_token: tokenText }),
  z.object({ system_user_token: tokenText }),
])
const PERMISSION = "pages_manage_posts"
const WARN_MS = 14 * DAY
const CHECK_EVERY_MS = 20 * HOUR

interface TokenFacts {
  valid: boolean
  type: string
  appId: string | null
  profileId: string | null
  scopes: string[]
  /** The Pages the publishing permission covers; null = all. */
  targets: string[] | null
  expiresAt: number | null
  dataAccessExpiresAt: number | null
  error: string | null
}

export async function connect(context: FacebookContext, account: NetworkAccount, credential: unknown): Promise<ConnectOutcome> {
  const parsed = credentialShape.safeParse(credential)
  if (!parsed.success) return refuse("credential_shape", 'Cần JSON dạng {"page_access_token": "…"} hoặc {"system_user_token": "…"}.')
  let secret: FacebookSecret
  if ("page_access_token" in parsed.data) secret = { page: parsed.data.page_access_token }
  else {
    const system = parsed.data.system_user_token
    const page = await derivePageToken(context, account, system)
    if (!page)
      return refuse(
        "no_page_token",
        `Người dùng hệ thống không có quyền lấy mã truy cập của Trang ${account.remoteId} (chưa được giao Trang, hoặc mã không hợp lệ).`,
      )
    secret = { page, system }
  }

  let facts: TokenFacts | null = null
  if (context.client.appToken) {
    const read = await inspect(context, secret.page)
    if ("problem" in read) return refuse(read.code, `Chưa kiểm tra được mã truy cập: ${read.problem}`)
    facts = read
    const fault = faultOf(context, account, facts)
    if (fault) return refuse(fault.code, fault.reason)
  }
  // With debug_token passed, this read only tells the name; without an app it is the proof.
  const path = facts ? account.remoteId : "me"
  const me = await context.client.call(secret.page, { path, query: { fields: "id,name" }, kind: "needed", pageId: account.remoteId })
  if (!me.ok && !facts) return refuse("unreadable", `Facebook không nhận mã truy cập: ${reasonOf(me.failure)}`)
  const id = me.ok ? idText(me.body.id) : account.remoteId
  if (id !== account.remoteId)
    return refuse("other_account", `Mã truy cập thuộc về ${id ?? "một tài khoản khác"}, không phải Trang ${account.remoteId}.`)

  const expiresAt = facts?.expiresAt ?? null
  const dataAccessExpiresAt = facts?.dataAccessExpiresAt ?? null
  await context.tokens.connect(
    { id: account.id, network: "facebook", remoteId: account.remoteId },
    { secret, accessExpiresAt: expiresAt, refreshExpiresAt: dataAccessExpiresAt },
  )
  const warnings = facts
    ? warningsOf(facts, context.clock.now()).map(({ reason }) => reason)
    : ["Chưa cấu hình ứng dụng Facebook nên chưa kiểm tra được quyền và thời hạn của mã."]
  return {
    kind: "connected",
    name: me.ok && typeof me.body.name === "string" ? me.body.name : "",
    remoteId: account.remoteId,
    accessExpiresAt: expiresAt,
    refreshExpiresAt: dataAccessExpiresAt,
    warnings,
  }
}

/** The daily look at every stored token: Meta tells nobody when one dies. Answers what a person must do. */
export async function careForTokens(context: FacebookContext, accounts: NetworkAccount[]) {
  const needs: { accountId: string; code: string; reason: string; needs: LockoutNeed }[] = []
  if (!context.client.appToken) return needs
  for (const account of accounts) {
    const stored = await context.tokens.get<FacebookSecret>(account.id)
    if (!stored) continue
    const tell = (fault: { code: string; reason: string; needs: LockoutNeed }) => void needs.push({ accountId: account.id, ...fault })
    if (stored.state === "needs_reauth")
      tell({ code: "needs_reauth", reason: stored.reason ?? "Mã truy cập không còn hiệu lực.", needs: needsOf(stored.reason) })
    if (stored.checkedAt !== null && stored.checkedAt + CHECK_EVERY_MS > context.clock.now()) continue
    let facts = await inspect(context, stored.secret.page)
    if ("problem" in facts) {
      context.log.warn("token could not be inspected", { account: account.id, code: facts.code })
      continue
    }
    let version = stored.version
    if (!facts.valid && stored.secret.system) {
      const page = await derivePageToken(context, account, stored.secret.system)
      const renewed = page ? await inspect(context, page) : null
      if (page && renewed && !("problem" in renewed) && renewed.valid) {
        facts = renewed
        const token = { secret: { ...stored.secret, page }, accessExpiresAt: facts.expiresAt, refreshExpiresAt: facts.dataAccessExpiresAt }
        await context.tokens.replace(account.id, version, token, context.clock.now())
        version += 1
      }
    }
    const fault = faultOf(context, account, facts)
    if (fault) {
      await context.tokens.needsReauth(account.id, version, fault.reason)
      if (stored.state === "ok") tell(fault)
      continue
    }
    await context.tokens.confirmed(account.id, version, { accessExpiresAt: facts.expiresAt, refreshExpiresAt: facts.dataAccessExpiresAt })
    for (const warning of warningsOf(facts, context.clock.now())) tell({ ...warning, needs: "reconnect" })
  }
  return needs
}

/** `GET /debug_token`, asked as the app. The inspected token travels in the query: the contract knows no other form. */
async function inspect(context: FacebookContext, token: string): Promise<TokenFacts | { problem: string; code: string }> {
  const answer = await context.client.call(context.client.appToken!, {
    path: "debug_token",
    query: { input_token: token },
    kind: "needed",
    pageId: null,
  })
  if (!answer.ok) return { problem: reasonOf(answer.failure), code: answer.failure.kind }
  const data = answer.body.data
  if (typeof data !== "object" || data === null) return { problem: "câu trả lời không đọc được", code: "unreadable" }
  const fields = data as Record<string, unknown>
  const strings = (value: unknown) => (Array.isArray(value) ? value.filter((item): item is string => typeof item === "string") : [])
  const granular = Array.isArray(fields.granular_scopes) ? (fields.granular_scopes as { scope?: unknown; target_ids?: unknown }[]) : []
  const covered = granular.find((entry) => entry?.scope === PERMISSION)?.target_ids
  // 0 = no expiry.
  const moment = (value: unknown) => (typeof value === "number" && value > 0 ? value * SECOND : null)
  const error = fields.error as { message?: unknown; code?: unknown; subcode?: unknown } | undefined
  return {
    valid: fields.is_valid === true,
    type: typeof fields.type === "string" ? fields.type : "",
    appId: idText(fields.app_id),
    profileId: idText(fields.profile_id),
    scopes: strings(fields.scopes),
    targets: Array.isArray(covered) ? covered.map((id) => idText(id)).filter((id) => id !== null) : null,
    expiresAt: moment(fields.expires_at),
    dataAccessExpiresAt: moment(fields.data_access_expires_at),
    error: error ? `${error.code ?? "?"}${error.subcode === undefined ? "" : `/${error.subcode}`}` : null,
  }
}

function faultOf(context: FacebookContext, account: NetworkAccount, facts: TokenFacts): { code: string; reason: string; needs: LockoutNeed } | null {
  const fault = (code: string, reason: string, needs: LockoutNeed = "reconnect") => ({ code, reason, needs })
  if (!facts.valid) return fault("invalid", `Mã truy cập không còn hiệu lực${facts.error ? ` (mã ${facts.error})` : ""}.`, needsOf(facts.error))
  if (facts.appId !== context.config.appId)
    return fault("other_app", `Mã truy cập do ứng dụng khác cấp (${facts.appId ?? "không rõ"}).`, "configuration")
  if (facts.expiresAt !== null && facts.expiresAt <= context.clock.now()) return fault("expired", "Mã truy cập đã hết hạn.")
  if (facts.type !== "PAGE")
    return fault(
      "not_a_page_token",
      `Đây là mã loại ${facts.type || "không rõ"} (của người dùng), không phải mã của Trang; mã này không đăng bài được.`,
    )
  if (facts.profileId !== account.remoteId)
    return fault("other_account", `Mã truy cập thuộc Trang ${facts.profileId ?? "không rõ"}, không phải Trang ${account.remoteId}.`)
  if (!facts.scopes.includes(PERMISSION)) return fault("missing_permission", `Mã truy cập thiếu quyền ${PERMISSION}.`, "permission")
  if (facts.targets && !facts.targets.includes(account.remoteId))
    return fault("missing_permission", `Quyền ${PERMISSION} không áp dụng cho Trang ${account.remoteId}.`, "permission")
  return null
}

/** 190/492: the person lost the role on the Page; a new token of the same person would not help (contract 5.3). */
const needsOf = (said: string | null): LockoutNeed => (/190\/492\b/.test(said ?? "") ? "permission" : "reconnect")

function warningsOf(facts: TokenFacts, now: number): { code: string; reason: string }[] {
  const warnings: { code: string; reason: string }[] = []
  if (facts.expiresAt !== null && facts.expiresAt - now < WARN_MS)
    warnings.push({ code: "token_expiring", reason: `Mã truy cập hết hạn ngày ${vnDate(facts.expiresAt)}; cần kết nối lại.` })
  if (facts.dataAccessExpiresAt !== null && facts.dataAccessExpiresAt - now < WARN_MS) {
    warnings.push({
      code: "data_access_expiring",
      reason: `Quyền truy cập dữ liệu hết hạn ngày ${vnDate(facts.dataAccessExpiresAt)}; người quản trị cần đăng nhập lại ứng dụng.`,
    })
  }
  return warnings
}

const refuse = (code: string, reason: string): ConnectOutcome => ({ kind: "refused", code, reason })
