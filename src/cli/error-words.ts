/** What a person reads when something went wrong: Vietnamese words by error code, in one file. */
import { AppError, InvalidInputError, messageOf, mistakeLine } from "../base/errors.ts"
import { redact } from "../base/log.ts"
import type { Lang } from "./command.ts"

const words: Record<string, string> = {
  unknown_command: "Không có lệnh này",
  bad_option: "Tùy chọn không đúng",
  missing_option: "Thiếu tùy chọn",
  own_words: "Lời do chính mình sửa hoặc soạn phải được người khác duyệt",
  not_stopped: "Việc đăng không bị dừng",
  changed_meanwhile: "Nội dung vừa được sửa, hãy xem lại",
  emergency_not_found: "Không có tin khẩn này",
  wrong_state: "Trạng thái không cho phép, không thay đổi gì",
  delivery_not_found: "Không có lượt gửi này",
  account_not_found: "Không có tài khoản này trong sổ đăng ký",
  unit_not_found: "Không có đơn vị này trong sổ đăng ký",
  feed_not_found: "Không có nguồn tin này",
  user_not_found: "Không có người dùng này",
  alert_not_found: "Không có cảnh báo này",
  observed_not_found: "Không có trang này trong danh sách theo dõi",
  article_not_found: "Không có tin này",
  report_not_found: "Không có báo cáo này",
  reminder_not_found: "Không có công văn đôn đốc này",
  reminder_settled: "Công văn đã gửi hoặc đã bỏ, không thay đổi gì",
  figure_not_found: "Không có số liệu này trong báo cáo",
  period_invalid: "Kỳ báo cáo không đúng (tuần 2026-W47, tháng 2026-11, quý 2026-Q4)",
  period_not_begun: "Kỳ báo cáo chưa bắt đầu",
  format_unknown: "Định dạng không có",
  no_mail: "Chưa cấu hình gửi thư (SMTP_URL, LOA_MAIL_FROM)",
  file_not_found: "Không đọc được tệp",
  file_exists: "Tệp đã có, không ghi đè",
  not_writable: "Không ghi được vào thư mục",
  hold_not_found: "Không có lệnh niêm giữ này",
  hold_ended: "Lệnh niêm giữ đã kết thúc",
  database_encoding: "Cơ sở dữ liệu PostgreSQL không dùng bảng mã UTF8 nên không giữ được tiếng Việt; tạo lại với ENCODING 'UTF8'",
  schema_newer: "Cơ sở dữ liệu thuộc phiên bản Loa mới hơn chương trình này, không thay đổi gì",
  no_safety_copy: "Không tạo được bản sao an toàn trước khi nâng cấp, không thay đổi gì",
  folder_edited: "Thư mục có thay đổi chưa áp dụng, chưa ghi gì; xem và áp dụng trước, hoặc thêm --force",
  bad_json: "Không phải JSON hợp lệ",
  connect_refused: "Không kết nối được tài khoản",
  app_missing: "Chưa cấu hình ứng dụng Facebook (FACEBOOK_APP_ID, FACEBOOK_APP_SECRET)",
  zalo_app_missing: "Chưa cấu hình ứng dụng Zalo (ZALO_APP_ID, ZALO_APP_SECRET)",
  no_system_user: "Chưa có mã truy cập của người dùng hệ thống",
  not_connected: "Tài khoản chưa kết nối",
  not_listed: "Không có trong sổ đăng ký",
  not_published: "Bài chưa đăng",
  test_post_there: "Bài thử đang có trên trang",
  case_exists: "Tài khoản đã có hồ sơ chưa xong",
  case_changed: "Hồ sơ vừa được người khác xử lý, hãy xem lại",
  case_closed: "Hồ sơ đã kết thúc",
  not_this_step: "Hồ sơ không ở bước này",
  not_your_turn: "Chưa đến lượt xử lý",
  four_eyes: "Nguyên tắc bốn mắt: phải do người khác duyệt",
  ruleset_unknown: "Không có bộ quy tắc này",
  date_wrong: "Ngày không đúng",
  key_invalid: "Khóa không đúng dạng",
  key_differs: "Khóa bí mật không phải khóa đã niêm phong dữ liệu này",
  backup_unknown: "Không phải bản sao lưu của Loa, không thay đổi gì",
  not_empty: "Cơ sở dữ liệu đích không trống, không thay đổi gì",
  port_in_use: "Cổng mạng đang bị chiếm",
}

export function errorWords(error: unknown, lang: Lang): string {
  const message = redact(messageOf(error))
  if (error instanceof InvalidInputError) {
    const head = lang === "vi" ? `Có ${error.mistakes.length} lỗi, chưa thay đổi gì:` : `${error.mistakes.length} mistake(s), nothing was changed:`
    return [head, ...error.mistakes.map((mistake) => `  ${redact(mistakeLine(mistake))}`)].join("\n")
  }
  const code = error instanceof AppError ? error.code : "internal"
  if (lang === "en") return `loa: ${message}`
  return `loa: ${words[code] ?? (code === "internal" ? "Lỗi nội bộ" : code)}: ${message}`
}
