/** Fields shared by the forms of cases: values come back with what the person typed, mistakes stand in words of the form. */
import type { Child } from "hono/jsx"
import type { Mistake } from "../../base/errors.ts"
import type { Say } from "../visit.ts"

export type Values = Record<string, string>

/** "owner.name" → the text in the field; nested answers flattened the way `nest` reads them. */
export function flatten(value: unknown, prefix = ""): Values {
  if (value === null || value === undefined) return {}
  if (typeof value !== "object") return { [prefix]: String(value) }
  return Object.assign({}, ...Object.entries(value).map(([key, part]) => flatten(part, prefix ? `${prefix}.${key}` : key))) as Values
}

const labels: Record<string, readonly [string, string]> = {
  network: ["Nền tảng", "Network"],
  wish: ["Tên mong muốn", "Wished name"],
  purpose: ["Lý do, mục đích", "Reason"],
  account: ["Tài khoản", "Account"],
  into: ["Tài khoản giữ lại", "Account that stays"],
  toUnit: ["Đơn vị nhận", "Receiving unit"],
  "contact.name": ["Người liên hệ", "Contact person"],
  "contact.title": ["Chức vụ", "Title"],
  "contact.phone": ["Điện thoại", "Telephone"],
  "contact.email": ["Thư điện tử", "E-mail"],
  name: ["Tên tài khoản", "Account name"],
  exception: ["Lý do chấp nhận ngoại lệ", "Reason for the exception"],
  picture: ["Ảnh đại diện", "Picture"],
  agreed: ["Đã tải ảnh", "Picture taken"],
  "basis.number": ["Số, ký hiệu văn bản", "Document number"],
  "basis.date": ["Ngày văn bản", "Document date"],
  "basis.issuer": ["Cơ quan ban hành", "Issuer"],
  "owner.name": ["Họ và tên người phụ trách", "Owner's name"],
  "owner.title": ["Chức vụ người phụ trách", "Owner's title"],
  "owner.phone": ["Điện thoại người phụ trách", "Owner's telephone"],
  "owner.email": ["Thư điện tử người phụ trách", "Owner's e-mail"],
  "deputy.name": ["Họ và tên người thay thế", "Deputy's name"],
  "deputy.title": ["Chức vụ người thay thế", "Deputy's title"],
  "deputy.phone": ["Điện thoại người thay thế", "Deputy's telephone"],
  "deputy.email": ["Thư điện tử người thay thế", "Deputy's e-mail"],
  admins: ["Quản trị viên", "Administrators"],
  letterNumber: ["Số công văn đã gửi", "Number of the letter"],
  letterDate: ["Ngày công văn", "Date of the letter"],
  remoteId: ["Mã tài khoản (ID)", "Account id"],
  url: ["Địa chỉ tài khoản", "Address"],
  handle: ["Tên đường dẫn", "Handle"],
  platform: ["Xác minh của nền tảng", "Verification by the network"],
  platformDate: ["Ngày nền tảng trả lời", "Date of the network's answer"],
  done: ["Các việc đã làm", "Tasks done"],
  on: ["Ngày thực hiện", "Done on"],
  note: ["Ghi chú", "Note"],
  confirm: ["Xác nhận", "Confirmation"],
  seen: ["Đã nhìn thấy bài", "Post seen"],
  publish: ["Cách đăng", "Publishing"],
  until: ["Xác nhận có hạn đến", "Confirmed until"],
  kind: ["Loại hồ sơ", "Kind"],
  unit: ["Đơn vị", "Unit"],
  account_link: ["Liên kết từ tài khoản", "Link from the account"],
  portal_link: ["Liên kết từ Cổng", "Link from the portal"],
  rules: ["Quy tắc", "Rules"],
}
export const labelOf = (field: string, t: Say) => {
  const [vi, en] = labels[field] ?? labels[field.replace(/^admins\..*/, "admins")] ?? [field, field]
  return t(vi, en)
}

export const Mistakes = ({ mistakes, t }: { mistakes: Mistake[]; t: Say }) =>
  mistakes.length ? (
    <div class="notice bad" role="alert">
      <b>{t("Chưa thực hiện được:", "Not done:")}</b>
      <ul>
        {mistakes.map((mistake) => (
          <li>
            {labelOf(mistake.field, t)}: {mistake.found} – {t("cần", "needed:")} {mistake.expected}
          </li>
        ))}
      </ul>
    </div>
  ) : null

export const Text = ({
  name,
  values,
  t,
  type = "text",
  hint,
  required,
  max = 300,
}: {
  name: string
  values: Values
  t: Say
  type?: "text" | "date" | "url" | "email"
  hint?: string
  required?: boolean
  max?: number
}) => (
  <div class="field">
    <label for={name}>{labelOf(name, t)}</label>
    <input type={type} id={name} name={name} value={values[name] ?? ""} maxlength={type === "date" ? undefined : max} required={required} />
    {hint ? <small>{hint}</small> : null}
  </div>
)

export const Tick = ({ name, children, checked, value }: { name: string; children?: Child; checked?: boolean; value?: string }) => (
  <label class="tick">
    <input type="checkbox" name={name} value={value ?? "on"} checked={checked} />
    <span>{children}</span>
  </label>
)

export const PersonFields = ({ of, values, t, contact }: { of: "owner" | "deputy" | "contact"; values: Values; t: Say; contact?: boolean }) => (
  <>
    <Text name={`${of}.name`} values={values} t={t} required max={100} />
    {contact ? null : <Text name={`${of}.title`} values={values} t={t} max={150} />}
    <Text name={`${of}.phone`} values={values} t={t} max={30} />
    <Text name={`${of}.email`} values={values} t={t} type="email" max={150} />
  </>
)
