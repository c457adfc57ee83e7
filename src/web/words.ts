/** Words of the desk for states, verdicts and facts; one place, both languages. */
import type { AlertSeverity, AlertState, ArticleState, DeliveryState, FeedFactKind, Verdict } from "../model/index.ts"
import type { FeedMark } from "../feeds/index.ts"
import type { Say } from "./visit.ts"

type Pair = readonly [vi: string, en: string]
const of = <K extends string>(pairs: Record<K, Pair>) => (key: K, say: Say) => {
  const [vi, en] = pairs[key] ?? [key, key]
  return say(vi, en)
}

export const deliveryWord = of<DeliveryState>({
  waiting: ["đang chờ", "waiting"],
  review: ["chờ duyệt", "needs approval"],
  held: ["bị giữ", "held"],
  sending: ["đang gửi", "sending"],
  unknown: ["chưa rõ kết quả", "outcome unknown"],
  published: ["đã đăng", "published"],
  refused: ["không đăng được", "refused"],
  cancelled: ["đã hủy", "cancelled"],
})
export const articleWord = of<ArticleState>({
  new: ["mới nhận", "new"],
  baseline: ["tin cũ, không đăng", "older than the baseline"],
  held: ["bị giữ", "held"],
  blocked: ["bị chặn", "blocked"],
  routed: ["đã chuyển đăng", "routed"],
  duplicate: ["trùng tin khác", "duplicate"],
  withdrawn: ["đã gỡ khỏi cổng", "withdrawn"],
})
export const verdictWord = of<Verdict>({
  pass: ["đạt", "compliant"],
  advice: ["nên chỉnh", "advice"],
  violation: ["chưa đạt", "violation"],
  "impersonation-suspect": ["nghi giả mạo", "impersonation suspected"],
})
export const severityWord = of<AlertSeverity>({
  critical: ["khẩn", "critical"],
  high: ["cao", "high"],
  medium: ["trung bình", "medium"],
  low: ["thấp", "low"],
})
export const severityClass = (severity: AlertSeverity) =>
  severity === "critical" || severity === "high" ? "violation" : severity === "medium" ? "advice" : "none"
export const alertStateWord = of<AlertState>({
  open: ["đang mở", "open"],
  acknowledged: ["đã tiếp nhận", "acknowledged"],
  closed: ["đã đóng", "closed"],
})
const escalationWords: Record<string, Pair> = {
  owner: ["người phụ trách đơn vị", "the unit's contact"],
  centre: ["Trung tâm Thông tin tỉnh", "the information centre"],
  police: ["Phòng An ninh mạng (PA05)", "the cyber police"],
}
/** Levels are named in templates/alerts/channels.yaml; an office's own ones are shown as it wrote them. */
export const escalationWord = (level: string, say: Say) => say(...(escalationWords[level] ?? ([level, level] as const)))
export const identityWord = of<"none" | "pending" | "verified" | "refused" | "expired">({
  none: ["chưa xác nhận chính danh", "identity not confirmed"],
  pending: ["đang chờ xác nhận", "confirmation pending"],
  verified: ["đã xác nhận chính danh", "identity confirmed"],
  refused: ["bị từ chối xác nhận", "confirmation refused"],
  expired: ["xác nhận đã hết hạn", "confirmation expired"],
})

const badgeWords: Record<string, Pair> = {
  blue_verified: ["có dấu xác minh", "verified badge"],
  gray_verified: ["có dấu xác minh xám", "grey badge"],
  verified: ["có dấu xác minh", "verified badge"],
  not_verified: ["chưa có dấu xác minh", "no badge"],
}
export const badgeWord = (badge: string | undefined, say: Say) =>
  say(...(badgeWords[badge ?? ""] ?? (["chưa đọc được dấu xác minh", "badge not read yet"] as const)))
const eventWords: Record<string, Pair> = {
  listed: ["Đưa vào sổ đăng ký", "Listed"],
  unlisted: ["Đưa ra khỏi sổ đăng ký", "Taken off the list"],
  begins: ["Bắt đầu hoạt động", "Begins"],
  ends: ["Kết thúc hoạt động", "Ends"],
  merged: ["Sáp nhập", "Merged"],
  renamed: ["Đổi tên", "Renamed"],
  successor: ["Có đơn vị kế thừa", "Succeeded"],
}
export const eventWord = (kind: string, say: Say) => say(...(eventWords[kind] ?? ([kind, kind] as const)))
const fieldWords: Record<string, Pair> = {
  name: ["tên trong sổ", "listed name"],
  handle: ["tên người dùng trong sổ", "listed handle"],
  remoteId: ["mã trên nền tảng", "platform id"],
  unit: ["đơn vị", "unit"],
  identity: ["chính danh", "identity"],
  picture: ["ảnh đại diện", "picture"],
  "seen.name": ["tên trên mạng", "name on the network"],
  "seen.handle": ["tên người dùng trên mạng", "handle on the network"],
  "seen.picture": ["ảnh đại diện trên mạng", "picture on the network"],
}
export const fieldWord = (field: string, say: Say) => say(...(fieldWords[field] ?? ([field, field] as const)))

export const stateClass = (state: DeliveryState) =>
  state === "published"
    ? "pass"
    : state === "held" || state === "refused" || state === "unknown"
      ? "violation"
      : state === "review"
        ? "advice"
        : "none"

/** Not by colour alone: every verdict has its sign. */
export const verdictSign: Record<Verdict, string> = { pass: "✓", advice: "i", violation: "!", "impersonation-suspect": "‼" }
export const networkName = (network: string) =>
  (({ facebook: "Facebook", zalo: "Zalo OA", youtube: "YouTube", tiktok: "TikTok", instagram: "Instagram" }) as Record<string, string>)[network] ??
  network

const factWords: Record<FeedFactKind, Pair> = {
  silent: ["lâu không có tin mới", "silent for long"],
  empty: ["nguồn tin trống", "empty feed"],
  html_instead: ["trả về trang web thay cho nguồn tin", "a web page instead of a feed"],
  failing: ["không đọc được nhiều lần", "failing"],
  moved: ["đã chuyển địa chỉ", "moved"],
  gone: ["địa chỉ không còn", "gone"],
  window_overflow: ["tin ra nhanh hơn nguồn tin giữ được", "items may have been missed"],
  window_shrunk: ["nguồn tin ngắn lại", "fewer items than before"],
  reordered: ["thứ tự tin thay đổi", "reordered"],
  burst: ["tin dồn dập bất thường", "burst of items"],
  night: ["đăng tin giờ bất thường", "items at unusual hours"],
  new_host: ["liên kết đến máy chủ lạ", "links to a new host"],
  language_shift: ["đổi ngôn ngữ", "language changed"],
  old_dates: ["ngày tin bất thường", "implausible dates"],
  guid_pattern_changed: ["mã tin đổi kiểu", "item ids changed their pattern"],
  guid_unusable: ["mã tin không dùng được", "item ids are unusable"],
  xml_suspicious: ["nội dung đáng ngờ", "suspicious markup"],
  reappeared: ["tin cũ xuất hiện lại", "old items reappeared"],
  restless_text: ["nội dung tin đổi liên tục", "wording keeps changing"],
}
export const factWord = of<FeedFactKind>(factWords)

export type FeedState = "ok" | "failing" | "quarantined" | "stopped" | "new" | "resting"
export function feedState(feed: FeedMark): FeedState {
  if (!feed.active) return "resting"
  if (feed.stopped) return "stopped"
  if (feed.quarantined) return "quarantined"
  if (feed.failures > 0) return "failing"
  return feed.lastSuccessAt === null ? "new" : "ok"
}
export const feedWord = of<FeedState>({
  ok: ["đọc tốt", "healthy"],
  failing: ["đang lỗi", "failing"],
  quarantined: ["tạm giữ, chờ kiểm tra", "quarantined"],
  stopped: ["đã dừng đọc", "stopped"],
  new: ["chưa đọc lần nào", "not read yet"],
  resting: ["không dùng", "not in use"],
})

/** Steps of the audit log that people read; others are shown by their own name. */
const steps: Record<string, Pair> = {
  "user.added": ["thêm người dùng", "person added"],
  "user.role_set": ["đổi vai trò", "role set"],
  "user.email_set": ["đổi thư điện tử", "e-mail set"],
  "user.disabled": ["khóa người dùng", "person disabled"],
  "user.enabled": ["mở khóa người dùng", "person enabled"],
  "user.logged_in": ["đăng nhập", "signed in"],
  "user.logged_out": ["đăng xuất", "signed out"],
  "user.login_refused": ["đăng nhập sai", "sign-in refused"],
  "user.code_refused": ["mã xác thực sai", "wrong code"],
  "user.confirm_refused": ["xác nhận lại sai", "proof refused"],
  "user.password_set": ["đặt mật khẩu", "password set"],
  "user.password_reset": ["đặt lại mật khẩu qua liên kết", "password set through a link"],
  "user.reset_link_made": ["tạo liên kết đặt mật khẩu", "password link made"],
  "user.sessions_ended": ["kết thúc phiên đăng nhập", "sessions ended"],
  "user.two_steps_on": ["bật xác thực hai lớp", "two steps on"],
  "user.two_steps_off": ["bỏ xác thực hai lớp", "two steps off"],
  "user.recovery_codes_renewed": ["tạo mã dự phòng mới", "recovery codes renewed"],
  "user.recovery_code_used": ["dùng mã dự phòng", "recovery code used"],
  "user.sso_bound": ["gắn tài khoản cơ quan", "bound to single sign-on"],
  "user.sso_refused": ["tài khoản cơ quan không được vào", "single sign-on refused"],
  "api_key.made": ["tạo khóa API", "API key made"],
  "api_key.revoked": ["thu hồi khóa API", "API key revoked"],
  "audit.exported": ["xuất nhật ký", "audit log exported"],
  "account.paused": ["tạm dừng tài khoản", "account paused"],
  "account.resumed": ["cho tài khoản đăng trở lại", "account resumed"],
  "registry.applied": ["áp dụng sổ đăng ký", "registry applied"],
  "feed.released": ["cho nguồn tin đăng tiếp", "feed released"],
  "alert.acknowledged": ["tiếp nhận cảnh báo", "alert acknowledged"],
  "alert.closed": ["đóng cảnh báo", "alert closed"],
  "delivery.published": ["đã đăng", "published"],
  "delivery.later": ["hẹn gửi lại sau", "to be tried later"],
  "delivery.refused": ["mạng xã hội không nhận", "refused by the network"],
  "delivery.unknown": ["chưa rõ kết quả", "outcome unknown"],
  "delivery.held": ["bị giữ", "held"],
  "delivery.absent": ["đọc lại trang: chưa có bài", "read back: the post is not there"],
  "delivery.needs_person": ["cần người xem lại trang", "a person has to look at the page"],
  "delivery.locked_out": ["tài khoản không đăng được, tạm dừng", "the account is shut out, paused"],
  "delivery.approved": ["đã duyệt", "approved"],
  "delivery.rejected": ["không duyệt", "rejected"],
  "delivery.retried": ["cho gửi lại", "to be sent again"],
  "delivery.cancelled": ["đã hủy", "cancelled"],
  "delivery.released": ["hết lý do giữ, được gửi tiếp", "released"],
  "alert.escalated": ["đã nâng mức", "escalated"],
  "alert.silenced": ["đã đóng và tắt nhắc lại", "silenced"],
  "alert.merged": ["đã gộp các cảnh báo khác vào", "merged"],
  "alert.passed_up": ["đã báo lên cấp trên", "passed up"],
  "alert.resolved": ["nguyên nhân đã hết", "cause gone"],
  "alert.silence_ended": ["cho nhắc lại cảnh báo", "silence ended"],
  "emergency.drafted": ["soạn tin khẩn", "emergency post drafted"],
  "emergency.changed": ["sửa tin khẩn", "emergency post changed"],
  "emergency.asked": ["chuyển tin khẩn cho người thứ hai", "emergency post handed to a second person"],
  "emergency.sent": ["gửi tin khẩn", "emergency post sent"],
  "emergency.dropped": ["bỏ tin khẩn", "emergency post dropped"],
  "publishing.stopped": ["dừng toàn bộ việc đăng", "all publishing stopped"],
  "publishing.resumed": ["cho đăng trở lại toàn bộ", "publishing resumed"],
  "settings.four_eyes": ["đặt nguyên tắc bốn mắt", "four eyes set"],
  "report.made": ["lập báo cáo", "report made"],
  "report.sent": ["gửi báo cáo", "report sent"],
  "delivery.reworded": ["sửa lời bài", "reworded"],
  "delivery.scheduled": ["hẹn giờ đăng", "scheduled"],
  "delivery.edited": ["sửa theo cổng", "edited as on the portal"],
  "delivery.takedown": ["yêu cầu gỡ bài", "to be taken down"],
  "delivery.withdrawn": ["cổng đã gỡ tin", "withdrawn on the portal"],
  "account.connected": ["kết nối tài khoản", "account connected"],
  "registry.account.register": ["ghi tài khoản vào sổ", "account listed"],
  "registry.account.set": ["sửa tài khoản trong sổ", "account changed"],
  "registry.account.end": ["rút tài khoản khỏi sổ", "account taken off the list"],
  "registry.account.move": ["chuyển tài khoản sang đơn vị khác", "account moved"],
  "registry.snapshot": ["chụp và ký danh mục công khai", "public list signed"],
  "registry.key_rotated": ["đổi khóa ký danh mục", "signing key changed"],
  "waiver.granted": ["cho phép đăng dù chưa đạt", "waiver granted"],
  "waiver.revoked": ["thu hồi văn bản cho phép", "waiver revoked"],
  "observed.added": ["ghi nhận trang lạ", "strange page noted"],
  "observed.changed": ["xem lại trang lạ", "strange page looked at"],
  "observed.decided": ["kết luận về trang lạ", "strange page decided"],
  "observed.removed": ["bỏ trang lạ khỏi danh sách", "strange page taken off"],
  "hold.added": ["niêm giữ dữ liệu", "legal hold"],
  "hold.ended": ["kết thúc niêm giữ", "hold ended"],
  "retention.applied": ["xóa dữ liệu quá hạn lưu", "old data removed"],
  "backup.restored": ["khôi phục bản sao lưu", "backup restored"],
}
export const stepWord = (action: string, say: Say) => say(...(steps[action] ?? ([action, action] as const)))
/** Who did it: "user:lan" is the person lan, jobs are Loa itself. */
export const actorWord = (actor: string) => (actor.startsWith("job:") ? "Loa" : actor.replace(/^(?:user|cli):/, ""))
