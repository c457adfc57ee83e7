/** Vietnamese words of cases, for pages, console, alerts; the English beside them where the desk has it. */
import type { CaseKind, Party, StepId } from "../cases/index.ts"

export const kindWord: Record<CaseKind, string> = {
  register: "Đăng ký tài khoản mới", rename: "Đổi tên tài khoản", hand_over: "Bàn giao tài khoản", merge: "Gộp tài khoản", close: "Đóng tài khoản",
}
export const kindWordEn: Record<CaseKind, string> = { register: "New account", rename: "Rename", hand_over: "Hand-over", merge: "Merge", close: "Close" }

export const stepWord: Record<StepId, string> = {
  request: "Đề nghị của đơn vị",
  name: "Chọn tên",
  picture: "Ảnh đại diện",
  dossier: "Hồ sơ, công văn",
  identity: "Lập tài khoản, xác minh với nền tảng",
  change: "Thực hiện trên nền tảng",
  connect: "Kết nối",
  checks: "Kiểm tra",
  test_post: "Đăng thử",
  activate: "Ghi vào sổ đăng ký",
}
export const stepWordEn: Record<StepId, string> = {
  request: "Request",
  name: "Name",
  picture: "Picture",
  dossier: "Dossier and letter",
  identity: "Create and verify with the network",
  change: "Change on the network",
  connect: "Connect",
  checks: "Checks",
  test_post: "Test post",
  activate: "Entry in the registry",
}
export const partyWord: Record<Party, string> = { unit: "đơn vị", centre: "Trung tâm Thông tin tỉnh" }
export const partyWordEn: Record<Party, string> = { unit: "the unit", centre: "the centre" }
export const statusWord = { open: "đang xử lý", done: "hoàn thành", cancelled: "đã hủy" } as const

export const taskWord: Record<string, string> = {
  page_created: "Tạo Trang Facebook bằng tài khoản của cán bộ được giao (loại Trang: Tổ chức chính phủ), đặt đúng tên và ảnh đã chọn",
  page_profile: "Ghi giới thiệu, địa chỉ, điện thoại, thư điện tử và địa chỉ Cổng Thông tin điện tử của đơn vị",
  two_factor: "Bật xác thực hai lớp cho mọi quản trị viên",
  business_shared: "Chia sẻ Trang cho danh mục doanh nghiệp (Business) của Trung tâm Thông tin tỉnh",
  system_user: "Giao Trang cho người dùng hệ thống với quyền CREATE_CONTENT, MODERATE, ANALYZE",
  badge_requested: "Gửi yêu cầu dấu xác minh của Meta (không bắt buộc; dấu xác minh không thay cho đăng ký chính danh)",
  oa_created: "Tạo Zalo Official Account loại Cơ quan nhà nước, đặt đúng tên và ảnh đã chọn",
  oa_profile: "Ghi giới thiệu, địa chỉ, điện thoại và địa chỉ Cổng Thông tin điện tử của đơn vị",
  oa_papers: "Nộp hồ sơ xác thực OA cho Zalo (công văn, quyết định, giấy tờ người đại diện)",
  oa_package: "Xác nhận với Zalo gói dịch vụ cho phép dùng Open API",
  oa_verified: "Zalo cấp dấu xác thực OA (có thể đến sau)",
}
export const platformWord: Record<string, string> = { pending: "đang xét", granted: "đã xác minh", refused: "bị từ chối", expired: "hết hạn" }
export const actionWord: Record<string, string> = {
  opened: "lập hồ sơ",
  submitted: "hoàn thành bước",
  saved: "lưu tạm",
  returned: "trả lại",
  cancelled: "hủy hồ sơ",
  done: "hoàn thành hồ sơ",
  reminded: "nhắc việc",
  connected: "kết nối tài khoản",
  test_posted: "đăng bài thử",
  taken_down: "gỡ bài thử",
}
