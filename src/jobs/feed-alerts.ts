/** What a fact about a feed means for people: its severity and its Vietnamese sentence (safety.md 3.5, feeds.md 2.9). */
import type { AlertFact, AlertSeverity, FeedFact, FeedFactKind, PollOutcome } from "../model/index.ts"

const words: Record<FeedFactKind, [AlertSeverity, string] | null> = {
  silent: ["low", "Nguồn tin im lặng lâu hơn nhịp thường lệ"],
  empty: ["low", "Nguồn tin không còn tin nào"],
  html_instead: ["medium", "Nguồn tin trả về trang web thay vì RSS"],
  failing: ["medium", "Không đọc được nguồn tin nhiều lần liền"],
  moved: ["low", "Nguồn tin chuyển sang địa chỉ mới"],
  gone: ["high", "Nguồn tin đã ngừng hẳn (410)"],
  window_overflow: ["medium", "Cổng đăng nhiều hơn số tin RSS giữ: có thể đã sót tin"],
  window_shrunk: ["low", "Số tin trong RSS giảm bất thường"],
  reordered: null,
  burst: ["high", "Cổng đăng dồn dập bất thường; các tin mới được giữ lại"],
  night: ["medium", "Cổng đăng tin vào ban đêm, khác thường lệ"],
  new_host: ["critical", "Tin dẫn tới máy chủ lạ; nguồn tin bị cách ly"],
  language_shift: ["high", "Ngôn ngữ của nguồn tin thay đổi bất thường"],
  old_dates: ["medium", "Nguồn tin có nhiều tin ghi ngày bất thường"],
  guid_pattern_changed: ["medium", "Mã tin của nguồn đổi dạng"],
  guid_unusable: ["low", "Mã tin (GUID) của nguồn không dùng được; nhận diện tin bằng địa chỉ hoặc tiêu đề"],
  xml_suspicious: ["critical", "RSS chứa nội dung nguy hiểm; nguồn tin bị cách ly"],
  reappeared: null,
  restless_text: ["low", "Nội dung tin trong RSS thay đổi ở mỗi lần đọc"],
}

/** The same kind without quarantine: cut short or not asked at all, nothing of it was taken for the portal's news. */
const unreadable: [AlertSeverity, string] = ["high", "RSS bất thường (quá lớn, quá sâu hoặc dẫn vào mạng nội bộ), chỉ đọc phần an toàn"]

/** Why a feed could not be read, in words; codes of `FetchFailure` and of answers that are no feed. */
const causes: Record<string, string> = {
  timeout: "quá thời gian chờ",
  dns: "không tìm thấy máy chủ",
  refused: "máy chủ từ chối kết nối",
  reset: "kết nối bị ngắt",
  tls: "lỗi chứng chỉ",
  too_large: "tệp quá lớn",
  too_many_redirects: "chuyển hướng vòng quanh",
  bad_redirect: "chuyển hướng hỏng",
  private_address: "địa chỉ nội bộ",
  bad_url: "địa chỉ không hợp lệ",
  bad_encoding: "nén hỏng",
  throttled: "máy chủ yêu cầu giãn nhịp đọc",
  html: "trang web",
  challenge: "trang kiểm tra trình duyệt",
  rejected: "trang từ chối của tường lửa",
  json: "JSON lạ",
  binary: "không phải văn bản",
  adapter: "không tìm thấy danh sách tin như đã cấu hình",
}
const causeOf = (code: string | null) => (code === null ? "" : (causes[code] ?? (code.startsWith("http_") ? `HTTP ${code.slice(5)}` : "")))

export function feedAlert(fact: FeedFact, outcome: PollOutcome): AlertFact | null {
  const known = words[fact.kind]
  if (!known) return null
  const [severity, sentence] = fact.kind === "xml_suspicious" && fact.action === "tell" ? unreadable : known
  const cause = fact.kind === "failing" || fact.kind === "html_instead" ? causeOf(outcome.code) : ""
  return {
    key: `feed:${outcome.feed.id}:${fact.kind}`,
    kind: `feed.${fact.kind}`,
    severity: fact.action === "quarantine" ? "critical" : severity,
    unit: outcome.feed.unitId,
    account: null,
    summary: `${sentence}${cause ? ` (${cause})` : ""}: ${outcome.feed.url}`,
    evidence: { feed: outcome.feed.url, detail: fact.detail, action: fact.action, status: outcome.status, at: outcome.at, ...fact.facts },
  }
}
