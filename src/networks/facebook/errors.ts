/** What an error of the Graph API means for us: the complete table of contract 5.3 as data, decided by integers. */
import { HOUR, MINUTE, SECOND } from "../../base/clock.ts"
import type { ContentChange, LockoutNeed, PublishOutcome } from "../../model/index.ts"
import type { Failure, GraphError } from "./client.ts"
import type { Usage } from "./usage.ts"

export type Verdict =
  /** R1: server trouble, a write may have happened. */
  | { class: "lost" }
  /** R2: stop calling. `msMin` when the headers name no time. */
  | { class: "throttled"; scope: "account" | "app"; msMin?: number; slowDown?: boolean }
  /** A: the token is dead. `derive` false: a new token would fail the same way, a person acts first. */
  | { class: "token"; derive: boolean }
  /** P: role, task or permission is missing. */
  | { class: "permission" }
  /** S: the account is blocked. */
  | { class: "policy" }
  /** S for the post; the second one within a day is S for the Page. */
  | { class: "strike" }
  /** D: it may be there already. */
  | { class: "duplicate" }
  /** C: the content is at fault; the cures the contract names, in order. */
  | { class: "content"; cures: ContentChange[] }
  /** B: our call or our configuration is at fault. */
  | { class: "setup"; needs: LockoutNeed; scope: "account" | "app" }
  | { class: "refused" }
  /** Not in the table. */
  | { class: "unlisted" }

const lost: Verdict = { class: "lost" }
const permission: Verdict = { class: "permission" }
const policy: Verdict = { class: "policy" }
const duplicate: Verdict = { class: "duplicate" }
const refused: Verdict = { class: "refused" }
const token: Verdict = { class: "token", derive: true }
const askPerson: Verdict = { class: "token", derive: false }
const appThrottled: Verdict = { class: "throttled", scope: "app" }
const pageThrottled: Verdict = { class: "throttled", scope: "account" }
const wrongPageType: Verdict = { class: "setup", needs: "configuration", scope: "account" }
const pageTokenNeeded: Verdict = { class: "setup", needs: "reconnect", scope: "account" }
const content = (...cures: ContentChange[]): Verdict => ({ class: "content", cures })

const byCodeAndSubcode: Record<string, Verdict> = {
  "1/99": refused,
  "1/2853006": permission,
  "100/33": permission,
  "100/1504016": refused,
  "190/458": askPerson,
  "190/459": askPerson,
  "190/464": askPerson,
  "190/492": permission,
  "190/2069032": pageTokenNeeded,
  "200/2069030": wrongPageType,
  "200/2069031": wrongPageType,
  "200/2069033": wrongPageType,
  "368/1390008": { class: "throttled", scope: "account", msMin: HOUR, slowDown: true },
  "613/1996": { class: "throttled", scope: "account", slowDown: true },
}

/** The subcode is the specific reason: looked up even when the code is generic. */
const bySubcode: Record<number, Verdict> = {
  1346003: policy,
  1404006: policy,
  1404112: policy,
  1404078: policy,
  4854002: policy,
  1404102: { class: "strike" },
  1349125: refused,
  1363047: lost,
  1609010: lost,
  1366046: content("reencode_picture", "text_only"),
  1366051: duplicate,
  1609005: content("scrape_first", "photo_text"),
  1609008: content("drop_link"),
  2061006: refused,
  2069019: refused,
  2874008: refused,
}

const byCode: Record<number, Verdict> = {
  1: lost,
  2: lost,
  3: permission,
  4: appThrottled,
  10: permission,
  12: refused,
  17: pageThrottled,
  32: pageThrottled,
  100: refused,
  102: token,
  104: { class: "setup", needs: "configuration", scope: "app" },
  110: refused,
  190: token,
  210: refused,
  220: refused,
  230: refused,
  321: refused,
  324: content("reencode_picture"),
  341: appThrottled,
  368: policy,
  452: token,
  506: duplicate,
  551: refused,
  613: pageThrottled,
  803: { class: "setup", needs: "configuration", scope: "account" },
  1705: pageTokenNeeded,
  2500: token,
  80001: pageThrottled,
  80002: refused,
  80006: refused,
  1609005: content("scrape_first", "photo_text"),
  1609008: content("drop_link"),
  2874008: refused,
}

export function verdictOf(error: GraphError): Verdict {
  // Three rows of the table are told apart by words, because Meta gives them no number of their own.
  if (error.code === 190 && /before impersonating a user'?s page/i.test(error.message)) return permission
  if (error.code === 368 && error.subcode === null && /already posted/i.test(error.message)) return duplicate
  if (/invalid appsecret_proof/i.test(error.message)) return { class: "setup", needs: "configuration", scope: "app" }
  const { code, subcode } = error
  if (subcode !== null) {
    const exact = byCodeAndSubcode[`${code}/${subcode}`] ?? bySubcode[subcode]
    if (exact) return exact
    if (subcode >= 2932001 && subcode <= 2932010) return refused
  }
  const known = byCode[code]
  if (known) return known
  if (code >= 200 && code <= 299) return permission
  if (code >= 2932001 && code <= 2932010) return refused
  return { class: "unlisted" }
}

export const codeOf = (failure: Failure): string => {
  switch (failure.kind) {
    case "graph":
      return failure.subcode === null ? String(failure.code) : `${failure.code}/${failure.subcode}`
    case "lost":
      return failure.status === null ? "network" : `http_${failure.status}`
    case "held_back":
      return "throttled"
    case "no_token":
      return "no_token"
  }
}

const words: Record<Verdict["class"], string> = {
  lost: "Facebook không trả lời rõ ràng, chưa biết bài đã đăng hay chưa.",
  throttled: "Facebook yêu cầu tạm ngừng gọi vì quá nhiều lượt.",
  token: "Mã truy cập Trang không còn hiệu lực; cần kết nối lại tài khoản.",
  permission: "Ứng dụng hoặc người quản trị thiếu quyền trên Trang.",
  policy: "Facebook đang hạn chế Trang; quản trị viên phải xử lý trên Facebook.",
  strike: "Facebook cho rằng bài vi phạm Tiêu chuẩn cộng đồng.",
  duplicate: "Facebook báo nội dung này đã được đăng.",
  content: "Facebook không nhận nội dung hoặc ảnh của bài.",
  setup: "Cấu hình kết nối với Facebook chưa đúng.",
  refused: "Facebook từ chối yêu cầu.",
  unlisted: "Facebook trả một mã lỗi chưa biết.",
}

export function reasonOf(failure: Failure, verdict?: Verdict): string {
  switch (failure.kind) {
    case "no_token":
      return "Tài khoản chưa được kết nối với Loa."
    case "held_back":
      return words.throttled
    case "lost":
      return failure.asked ? words.lost : "Không kết nối được tới máy chủ Facebook."
    case "graph": {
      const said = failure.userMessage ?? failure.message
      return `${words[(verdict ?? verdictOf(failure)).class]} (mã ${codeOf(failure)}${said ? `: ${said.slice(0, 300)}` : ""})`
    }
  }
}

/** Wait before the retry that follows a cure; the link scraper is given ten minutes. */
const cureMs = (change: ContentChange) => (change === "scrape_first" ? 10 * MINUTE : SECOND)

export interface FailureContext {
  usage: Usage
  pageId: string
  changes: ContentChange[]
  /** Counts a "violates the standards" verdict; answers how many within a day. */
  strike(code: string): Promise<number>
}

/** The outcome of a write that failed. */
export async function outcomeOf(failure: Failure, context: FailureContext): Promise<PublishOutcome> {
  const code = codeOf(failure)
  if (failure.kind === "no_token") return { kind: "locked_out", code, reason: reasonOf(failure), needs: "reconnect", scope: "account" }
  if (failure.kind === "held_back") return { kind: "later", code, reason: reasonOf(failure), afterMs: failure.afterMs, scope: failure.scope }
  if (failure.kind === "lost") {
    return failure.asked
      ? { kind: "unknown", code, reason: reasonOf(failure), repost: true }
      : { kind: "later", code, reason: reasonOf(failure), scope: "account" }
  }
  const verdict = verdictOf(failure)
  const reason = reasonOf(failure, verdict)
  switch (verdict.class) {
    case "lost":
      return { kind: "unknown", code, reason, repost: true }
    case "unlisted":
    case "duplicate":
      return { kind: "unknown", code, reason, repost: false }
    case "throttled": {
      const afterMs = context.usage.stop(verdict.scope, context.pageId, verdict.msMin ?? HOUR)
      await context.usage.share()
      const waitMs = Math.max(afterMs, verdict.msMin ?? 0)
      return { kind: "later", code, reason, afterMs: waitMs, scope: verdict.scope, ...(verdict.slowDown ? { slowDown: true } : {}) }
    }
    case "token":
      return { kind: "locked_out", code, reason, needs: "reconnect", scope: "account" }
    case "permission":
      return { kind: "locked_out", code, reason, needs: "permission", scope: "account" }
    case "policy":
      return { kind: "locked_out", code, reason, needs: "policy", scope: "account" }
    case "setup":
      return { kind: "locked_out", code, reason, needs: verdict.needs, scope: verdict.scope }
    case "strike":
      return (await context.strike(code)) >= 2
        ? { kind: "locked_out", code, reason, needs: "policy", scope: "account" }
        : { kind: "refused", code, reason, securityAlert: true }
    case "content": {
      const change = verdict.cures.find((cure) => !context.changes.includes(cure))
      return change ? { kind: "later", code, reason, afterMs: cureMs(change), scope: "delivery", change } : { kind: "refused", code, reason }
    }
    case "refused":
      return { kind: "refused", code, reason }
  }
}

/** A read that failed: what it says about the account, in the words of the model. */
export function readProblem(
  failure: Failure,
  usage: Usage,
  pageId: string,
): { code: string; reason: string; afterMs?: number; needs?: LockoutNeed; missing?: boolean } {
  const code = codeOf(failure)
  if (failure.kind === "no_token") return { code, reason: reasonOf(failure), needs: "reconnect" }
  if (failure.kind === "held_back") return { code, reason: reasonOf(failure), afterMs: failure.afterMs }
  if (failure.kind === "lost") return { code, reason: "Chưa đọc được dữ liệu từ Facebook.", afterMs: 10 * SECOND }
  const verdict = verdictOf(failure)
  const reason = reasonOf(failure, verdict)
  switch (verdict.class) {
    case "throttled":
      return { code, reason, afterMs: usage.stop(verdict.scope, pageId, verdict.msMin ?? HOUR) }
    case "token":
      return { code, reason, needs: "reconnect" }
    case "permission":
      return failure.code === 100 ? { code, reason, needs: "permission", missing: true } : { code, reason, needs: "permission" }
    case "policy":
      return { code, reason, needs: "policy" }
    case "setup":
      return { code, reason, needs: verdict.needs, ...(failure.code === 803 ? { missing: true } : {}) }
    default:
      return { code, reason, afterMs: verdict.class === "lost" ? 10 * SECOND : 10 * MINUTE }
  }
}
