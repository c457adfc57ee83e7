/** What a Zalo code means for an article: the complete table of contract 8 as data, decided by the `error` integer. */
import { DAY, MINUTE, SECOND } from "../../base/clock.ts"
import { fromIsoDate, isoDate, startOfDay } from "../../base/time.ts"
import type { LockoutNeed, PublishOutcome, ZaloContent } from "../../model/index.ts"

export type Failure =
  | { kind: "api"; status: number; code: number; message: string }
  /** No verdict: cut connection, time-out, HTTP ≥ 500, HTML. `asked` false = Zalo was surely not reached. */
  | { kind: "lost"; status: number | null; asked: boolean; reason: string }
  /** We hold ourselves back. */
  | { kind: "held_back"; afterMs: number }
  | { kind: "no_token"; reason: string }
  /** The refresh answer got lost or another process refreshes: try again then. */
  | { kind: "token_later"; afterMs: number; reason: string }

type Verdict =
  | { class: "rate" }
  | { class: "cover" }
  /** PARK; `cover` true when the message may speak of the cover, which has a cure. */
  | { class: "refused"; cover?: boolean }
  | { class: "processing" }
  | { class: "token" }
  | { class: "quota" }
  | { class: "night" }
  | { class: "standards" }
  | { class: "stop"; needs: LockoutNeed; scope: "account" | "app"; say: string }

const refused: Verdict = { class: "refused" }
const stop = (needs: LockoutNeed, say: string, scope: "account" | "app" = "account"): Verdict => ({ class: "stop", needs, scope, say })
const stopApp = (say: string) => stop("configuration", say, "app")

const table: Record<number, Verdict> = {
  [-32]: { class: "rate" },
  [-100]: refused,
  [-200]: { class: "cover" },
  [-201]: { class: "refused", cover: true },
  [-202]: stopApp("Chữ ký (MAC) của ứng dụng không đúng."),
  [-204]: stop("configuration", "OA đã bị khóa hoặc gỡ."),
  [-205]: stop("configuration", "OA không tồn tại."),
  [-207]: stop("configuration", "OA chưa đăng ký dùng ứng dụng bên thứ ba."),
  [-208]: stop("configuration", "OA chưa có khóa bí mật."),
  [-209]: stopApp("Ứng dụng chưa được kích hoạt hoặc API không được hỗ trợ."),
  [-210]: refused,
  [-211]: { class: "quota" },
  [-212]: stopApp("Ứng dụng chưa đăng ký API này."),
  [-213]: refused,
  [-214]: { class: "processing" },
  [-215]: stopApp("Mã ứng dụng không hợp lệ."),
  [-216]: { class: "token" },
  [-217]: refused,
  [-218]: refused,
  [-219]: stopApp("Ứng dụng đã bị gỡ hoặc vô hiệu hóa."),
  [-220]: { class: "token" },
  [-221]: stop("permission", "OA chưa được xác thực."),
  [-223]: stop("permission", "OA chưa cấp quyền này cho ứng dụng; cần đồng ý lại."),
  [-224]: stop("package", "OA chưa có gói dịch vụ được dùng API."),
  [-227]: refused,
  [-230]: refused,
  [-232]: refused,
  [-233]: refused,
  [-234]: { class: "night" },
  [-235]: stop("configuration", "Loại OA này không được dùng API."),
  [-237]: refused,
  [-238]: refused,
  [-240]: refused,
  [-241]: refused,
  [-242]: stopApp("appsecret_proof không đúng."),
  [-244]: refused,
  [-248]: { class: "standards" },
  [-305]: refused,
  [-311]: refused,
  [-320]: stop("package", "Tính năng trả phí cần tài khoản Zalo Cloud."),
  [-321]: stop("package", "Tài khoản Zalo Cloud đã hết tiền."),
  [-403]: refused,
}

export const isTokenCode = (code: number) => code === -216 || code === -220

/** The verdict of a code; anything not in the table parks the post (contract 8, last row). */
export const verdictOf = (code: number): Verdict => table[code] ?? refused

export const codeOf = (failure: Failure): string => {
  if (failure.kind === "api") return String(failure.code)
  if (failure.kind === "lost") return failure.status === null ? "network" : `http_${failure.status}`
  return failure.kind === "held_back" ? "throttled" : failure.kind
}

export function reasonOf(failure: Failure): string {
  switch (failure.kind) {
    case "no_token":
    case "token_later":
      return failure.reason
    case "held_back":
      return "Zalo yêu cầu giãn lượt gọi trong phút này."
    case "lost":
      return failure.asked ? "Zalo không trả lời rõ ràng, chưa biết kết quả." : "Không kết nối được tới máy chủ Zalo."
    case "api": {
      const verdict = verdictOf(failure.code)
      const said = failure.message ? `: ${failure.message.slice(0, 300)}` : ""
      return `${verdict.class === "stop" ? verdict.say : words[verdict.class]} (mã ${failure.code}${said})`
    }
  }
}
const words: Record<Exclude<Verdict["class"], "stop">, string> = {
  rate: "Zalo báo quá số lượt gọi mỗi phút.",
  cover: "Zalo không tải được ảnh của bài.",
  refused: "Zalo từ chối nội dung bài.",
  processing: "Zalo đang xử lý bài.",
  token: "Mã truy cập OA không còn hiệu lực; cần cấp quyền lại.",
  quota: "OA đã hết hạn mức của kỳ này.",
  night: "Zalo không nhận yêu cầu này từ 22:00 đến 06:00.",
  standards: "Zalo cho rằng bài vi phạm tiêu chuẩn nền tảng.",
}

/** -32 clears at the next full minute; up to five seconds of jitter keep the OAs from coming back together. */
export const nextMinuteMs = (now: number, random: () => number) => MINUTE - (now % MINUTE) + Math.round(random() * 5 * SECOND)

export interface FailureContext {
  now: number
  random: () => number
  content: ZaloContent
  strike(code: string): Promise<number>
}

/** The outcome of a create, verify or update that failed. */
export async function outcomeOf(failure: Failure, context: FailureContext): Promise<PublishOutcome> {
  const code = codeOf(failure)
  const reason = reasonOf(failure)
  switch (failure.kind) {
    case "no_token":
      return { kind: "locked_out", code, reason, needs: "reconnect", scope: "account" }
    case "token_later":
    case "held_back":
      return { kind: "later", code, reason, afterMs: failure.afterMs, scope: "account" }
    case "lost":
      return failure.asked ? { kind: "unknown", code, reason, repost: true } : { kind: "later", code, reason, scope: "account" }
  }
  const verdict = verdictOf(failure.code)
  switch (verdict.class) {
    case "rate": {
      // Only the message tells whose limit it was (contract 1).
      const scope = /\bapp(lication)?\b/i.test(failure.message) && !/\boa\b|official account/i.test(failure.message) ? "app" : "account"
      return { kind: "later", code, reason, afterMs: nextMinuteMs(context.now, context.random), scope, slowDown: true }
    }
    case "cover":
      return cureCover(context.content, code, reason)
    case "refused":
      return verdict.cover && /cover|photo_url/i.test(failure.message) ? cureCover(context.content, code, reason) : { kind: "refused", code, reason }
    case "processing":
      return { kind: "later", code, reason, scope: "delivery" }
    case "token":
      return { kind: "locked_out", code, reason, needs: "reconnect", scope: "account" }
    case "quota":
      return { kind: "later", code, reason, afterMs: startOfDay(context.now) + DAY - context.now, scope: "account" }
    case "night":
      return { kind: "later", code, reason, afterMs: morningMs(context.now), scope: "delivery" }
    case "standards":
      return (await context.strike(code)) >= 2
        ? { kind: "locked_out", code, reason, needs: "policy", scope: "account" }
        : { kind: "refused", code, reason, securityAlert: true }
    case "stop":
      return { kind: "locked_out", code, reason, needs: verdict.needs, scope: verdict.scope }
  }
}

/** Once: the agency's default cover; where that is the one refused, the same picture under a fresh address. */
function cureCover(content: ZaloContent, code: string, reason: string): PublishOutcome {
  if (content.changes.includes("default_cover") || content.changes.includes("fresh_picture_url")) return { kind: "refused", code, reason }
  const change = content.cover.sha256 === content.defaultCover.sha256 ? "fresh_picture_url" : "default_cover"
  // Zalo remembers failures per address for a while.
  return { kind: "later", code, reason, afterMs: change === "fresh_picture_url" ? 2 * MINUTE : SECOND, scope: "delivery", change }
}

/** 06:05 in Vietnam. */
function morningMs(now: number): number {
  const today = fromIsoDate(isoDate(now)) + 6 * 60 * MINUTE + 5 * MINUTE
  return (today > now ? today : today + DAY) - now
}

/** A read that failed, in the words of the model. */
export function readProblem(
  failure: Failure,
  now: number,
  random: () => number,
): { code: string; reason: string; afterMs?: number; needs?: LockoutNeed; missing?: boolean } {
  const code = codeOf(failure)
  const reason = reasonOf(failure)
  switch (failure.kind) {
    case "no_token":
      return { code, reason, needs: "reconnect" }
    case "token_later":
    case "held_back":
      return { code, reason, afterMs: failure.afterMs }
    case "lost":
      return { code, reason: "Chưa đọc được dữ liệu từ Zalo.", afterMs: 10 * SECOND }
  }
  const verdict = verdictOf(failure.code)
  if (verdict.class === "token") return { code, reason, needs: "reconnect" }
  if (verdict.class === "stop")
    return { code, reason, needs: verdict.needs, ...(failure.code === -204 || failure.code === -205 ? { missing: true } : {}) }
  if (verdict.class === "rate") return { code, reason, afterMs: nextMinuteMs(now, random) }
  return { code, reason, afterMs: 10 * MINUTE }
}
