/** "Is it the right account, and do portal and account know each other?": the points a case must prove before it goes public. */
import type { Rooms } from "../app.ts"
import { nameKey, type Observation } from "../checks/index.ts"
import { messageOf } from "../base/errors.ts"
import type { Case } from "../cases/index.ts"
import type { Finding } from "../model/index.ts"

/** `ok` null = could not be seen; a person decides with a reason. */
export interface CheckPoint {
  id: string
  ok: boolean | null
  text: string
}
/** No reason excuses these. */
export const mandatoryPoints = new Set(["account", "rules"])

export async function checkPoints(rooms: Rooms, found: Case): Promise<CheckPoint[]> {
  const account = rooms.view().accountById(found.accountId ?? "")
  if (!account) return [{ id: "account", ok: false, text: "Tài khoản chưa có trong sổ đăng ký." }]
  let failed: string | null = null
  try {
    const looked = await rooms.checks.look(account.unitId)
    failed = looked.failed.find((entry) => entry.account === account.id)?.reason ?? null
  } catch (error) {
    failed = messageOf(error)
  }
  const seen = (await rooms.checks.observationsAt(rooms.clock.now())).get(account.id) ?? null
  if (found.kind === "merge" || found.kind === "close") return closingPoints(seen, failed)
  const findings = (await rooms.checks.findingsAt(rooms.clock.now(), account.unitId)).filter((finding) => finding.account === account.id)
  const wanted = found.data.name?.name ?? account.name
  return [
    rightAccount(seen, account.remoteId ?? null, failed),
    nameOf(seen, wanted),
    pictureOf(seen, findings),
    linkOf(
      "portal_link",
      seen?.links?.portalLinksToAccount ?? null,
      "Cổng Thông tin điện tử có liên kết đến tài khoản",
      "Cổng Thông tin điện tử chưa có liên kết đến tài khoản",
      "Chưa đọc được trang chủ của Cổng",
    ),
    linkOf(
      "account_link",
      seen?.links?.accountLinksToPortal ?? null,
      "Tài khoản có ghi địa chỉ Cổng",
      "Tài khoản chưa ghi địa chỉ Cổng trong phần giới thiệu",
      "Chưa đọc được phần giới thiệu của tài khoản",
    ),
    ...oldNameOf(findings, found),
    rulesOf(findings, found),
  ]
}

const aboutNames = /^(?:NAME|OBS|CHR)-/
/** A rename is under way because of the name; an account that changes hands bears the giver's name until its own rename. */
const nameComesLater = (found: Case) => found.kind === "rename" || (found.kind === "hand_over" && found.data.request.toUnit !== undefined)

function oldNameOf(findings: Finding[], found: Case): CheckPoint[] {
  const stale =
    found.kind === "hand_over" && nameComesLater(found)
      ? findings.find((finding) => aboutNames.test(finding.rule) && finding.severity === "violation")
      : undefined
  return stale ? [{ id: "old_name", ok: null, text: `${stale.message} Tài khoản chưa được đăng bài cho đến khi hồ sơ đổi tên hoàn thành.` }] : []
}

function rightAccount(seen: Observation | null, remoteId: string | null, failed: string | null): CheckPoint {
  if (failed) return { id: "account", ok: false, text: `Chưa đọc được tài khoản: ${failed}` }
  if (!seen?.profile)
    return {
      id: "account",
      ok: false,
      text: seen && !seen.reachable ? "Nền tảng báo tài khoản không tồn tại hoặc đã đóng." : "Chưa đọc được tài khoản trên nền tảng.",
    }
  if (seen.profile.published === false) return { id: "account", ok: false, text: "Trang đang ở chế độ chưa công khai." }
  return seen.profile.remoteId === remoteId
    ? { id: "account", ok: true, text: `Đúng tài khoản: mã ${remoteId}, tên “${seen.profile.name}”.` }
    : { id: "account", ok: false, text: `Mã tài khoản đọc được là ${seen.profile.remoteId}, không phải ${remoteId}.` }
}

function nameOf(seen: Observation | null, wanted: string): CheckPoint {
  const shown = seen?.profile?.name
  if (shown === undefined) return { id: "name", ok: null, text: "Chưa đọc được tên tài khoản." }
  return nameKey(shown) === nameKey(wanted)
    ? { id: "name", ok: true, text: `Tên đúng với tên đã chọn: “${shown}”.` }
    : { id: "name", ok: false, text: `Tên trên nền tảng là “${shown}”, tên đã chọn là “${wanted}”.` }
}

function pictureOf(seen: Observation | null, findings: Finding[]): CheckPoint {
  const wrong = findings.find((finding) => finding.rule.startsWith("IMG-"))
  if (wrong) return { id: "picture", ok: wrong.severity === "violation" ? false : null, text: wrong.message }
  if (!seen?.image) return { id: "picture", ok: null, text: "Chưa đọc được ảnh đại diện." }
  return { id: "picture", ok: seen.image.verdict === "match", text: seen.image.explanation }
}

const linkOf = (id: string, ok: boolean | null, yes: string, no: string, unknown: string): CheckPoint => ({
  id,
  ok,
  text: `${ok === null ? unknown : ok ? yes : no}.`,
})

function rulesOf(findings: Finding[], found: Case): CheckPoint {
  const grave = findings.filter(
    (finding) => finding.severity !== "advice" && !finding.rule.startsWith("IMG-") && !(nameComesLater(found) && aboutNames.test(finding.rule)),
  )
  return grave.length
    ? { id: "rules", ok: false, text: grave.map((finding) => finding.message).join(" ") }
    : { id: "rules", ok: true, text: "Không có nội dung vi phạm theo bộ quy tắc đang áp dụng." }
}

function closingPoints(seen: Observation | null, failed: string | null): CheckPoint[] {
  const gone = seen !== null && (!seen.reachable || seen.profile?.published === false)
  if (gone) return [{ id: "closed", ok: true, text: "Tài khoản không còn hiển thị công khai trên nền tảng." }]
  if (failed || !seen?.profile) return [{ id: "closed", ok: null, text: `Chưa đọc được tài khoản${failed ? `: ${failed}` : ""}.` }]
  return [{ id: "closed", ok: false, text: `Tài khoản vẫn hiển thị trên nền tảng với tên “${seen.profile.name}”.` }]
}
