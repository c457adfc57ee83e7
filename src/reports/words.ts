/** Official words for the codes of the model; readers of a report never meet a code. */
import { alertKindWord } from "../model/alert-kinds.ts"
import type { AlertSeverity } from "../model/alert.ts"
import type { ArticleState } from "../model/article.ts"
import type { DeliveryState } from "../model/delivery.ts"
import type { Verdict } from "../model/finding.ts"
import type { RecordedNetwork } from "../model/unit.ts"
import { vnDate } from "../base/time.ts"
import { ruleGroup } from "./count-compliance.ts"
import type { Change, Laggard, Level, RuleGroup } from "./figures.ts"

export const networkWord: Record<RecordedNetwork, string> = {
  facebook: "Facebook",
  zalo: "Zalo",
  youtube: "YouTube",
  tiktok: "TikTok",
  instagram: "Instagram",
  other: "Mạng khác",
}
export const levelWord: Record<Level, string> = {
  province: "Cổng Thông tin điện tử tỉnh",
  department: "Sở, ban, ngành tỉnh",
  commune: "UBND xã",
  ward: "UBND phường",
}
export const verdictWord: Record<Verdict | "unchecked", string> = {
  pass: "Đạt",
  advice: "Khuyến nghị",
  violation: "Vi phạm",
  "impersonation-suspect": "Nghi mạo danh, đang xác minh",
  unchecked: "Chưa kiểm tra",
}
export const identityWord: Record<string, string> = {
  verified: "Đã đăng ký",
  pending: "Đang chờ",
  none: "Chưa đăng ký",
  refused: "Bị từ chối",
  expired: "Hết hiệu lực",
}
export const groupWord: Record<RuleGroup, string> = {
  account: "Lập tài khoản",
  name: "Tên tài khoản",
  image: "Hình ảnh nhận diện",
  identity: "Đăng ký chính danh",
  abolished: "Mang tên đơn vị đã kết thúc hoạt động",
  impersonation: "Nghi mạo danh",
  other: "Nội dung khác",
}
export const severityWord: Record<AlertSeverity, string> = { critical: "Nghiêm trọng", high: "Cao", medium: "Trung bình", low: "Thấp" }
export const alertStateWord = { open: "Chưa xử lý", acknowledged: "Đang xử lý", closed: "Đã xử lý" }
export const deliveryWord: Record<DeliveryState, string> = {
  published: "Đã đăng",
  waiting: "Chờ đăng",
  review: "Chờ phê duyệt",
  held: "Tạm giữ",
  sending: "Đang gửi",
  unknown: "Chưa rõ kết quả",
  refused: "Không đăng được",
  cancelled: "Đã hủy",
}
export const articleWord: Record<ArticleState, string> = {
  routed: "Đã chuyển đăng",
  new: "Chờ xử lý",
  baseline: "Tin cũ khi bắt đầu theo dõi (không đăng)",
  held: "Tạm giữ để người kiểm tra",
  blocked: "Bị chặn vì lý do an toàn",
  duplicate: "Trùng với tin khác",
  withdrawn: "Cổng đã gỡ",
}
export const changeWord: Record<Change["key"], string> = {
  with: "Đơn vị đã có tài khoản",
  without: "Đơn vị chưa có tài khoản",
  overdue: "Đơn vị quá hạn",
  violation: "Tài khoản vi phạm",
  advice: "Tài khoản được khuyến nghị",
  suspect: "Tài khoản nghi mạo danh, đang xác minh",
  verified: "Tài khoản đã đăng ký chính danh",
  seen: "Tin, bài trên Cổng",
  published: "Lượt đăng thành công",
  held: "Lượt đăng tạm giữ",
  refused: "Lượt không đăng được",
  medianLag: "Thời gian đăng trung vị",
  followersFacebook: "Người theo dõi Facebook",
  followersZalo: "Người quan tâm Zalo",
  alerts: "Cảnh báo phát sinh",
}
/** Names of the networks' metrics; an unknown one keeps its own name, so a new metric never empties the table. */
export const metricWord = (metric: string) => metricNames[metric] ?? metric
const metricNames: Record<string, string> = {
  page_media_view: "Lượt xem nội dung trang",
  page_total_media_view_unique: "Người xem nội dung trang",
  page_post_engagements: "Lượt tương tác bài đăng",
  page_follows: "Người theo dõi",
  page_daily_follows: "Lượt theo dõi mới",
  page_daily_follows_unique: "Người theo dõi mới",
  page_daily_unfollows_unique: "Người bỏ theo dõi",
  page_actions_post_reactions_total: "Lượt bày tỏ cảm xúc",
  page_video_views: "Lượt xem video",
  page_views_total: "Lượt xem trang",
  post_media_view: "Lượt xem bài đăng",
  post_total_media_view_unique: "Người xem bài đăng",
  post_clicks: "Lượt nhấp vào bài đăng",
  post_reactions_by_type_total: "Lượt bày tỏ cảm xúc",
  total_view: "Lượt xem bài viết",
  total_share: "Lượt chia sẻ bài viết",
}
export const kindWord = alertKindWord
/** Why a delivery did not go out, in words; the code stays beside them for whoever looks it up. */
export function causeWord(code: string): string {
  const [head, rule] = code.split(":") as [string, string | undefined]
  if (head === "gate" && rule) return `Tài khoản chưa đủ điều kiện đăng: ${groupWord[ruleGroup(rule)].toLowerCase()} (${rule})`
  const word = causeNames[code] ?? causeNames[head]
  return word ? `${word} (${code})` : `Nền tảng trả lỗi (mã ${code})`
}
const causeNames: Record<string, string> = {
  "article:held": "Tin, bài chờ người kiểm tra",
  "article:blocked": "Tin, bài bị chặn vì lý do an toàn",
  article: "Tin, bài chưa được đăng",
  gate: "Tài khoản chưa đủ điều kiện đăng",
  baseline: "Tin cũ khi bắt đầu theo dõi",
  duplicate_title: "Trùng tiêu đề với bài đã đăng",
  duplicate_article: "Trùng với tin, bài đã đăng",
  language: "Ngôn ngữ khác với tài khoản",
  publish_to: "Tài khoản chưa được mở đăng tự động",
  withdrawn: "Cổng đã gỡ tin, bài",
  needs_person: "Chờ người quyết định",
  needs_reauth: "Cần cấp lại quyền kết nối",
  no_token: "Tài khoản chưa kết nối",
  too_long: "Bài dài quá giới hạn của nền tảng",
  not_verified: "Tài khoản chưa được xác nhận chính danh",
  picture_unreadable: "Ảnh không đọc được",
  timeout: "Nền tảng không trả lời",
}
/** What happens next to a unit that still has something to do. */
export function nextStep(row: Laggard): string {
  if (row.waiting) return "Công văn đã lập, chờ gửi"
  const what = row.nextLevel === 0 ? "Theo dõi, đôn đốc tiếp" : row.escalate ? "Báo cáo cơ quan cấp trên" : `Đôn đốc lần ${row.nextLevel}`
  return `${what} từ ngày ${vnDate(row.nextAt)}`
}
