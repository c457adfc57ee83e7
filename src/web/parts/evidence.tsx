/** Facts of an alert as a person reads them: words for names, dates for moments, lists for lists. */
import { vnDateTime } from "../../base/time.ts"
import type { Say } from "../visit.ts"
import { actorWord, networkName } from "../words.ts"

const names: Record<string, readonly [vi: string, en: string]> = {
  account: ["tài khoản", "account"],
  action: ["việc nên làm", "advised"],
  address: ["địa chỉ", "address"],
  admin: ["quản trị viên", "admin"],
  alerts: ["các cảnh báo", "alerts"],
  app: ["ứng dụng", "app"],
  article: ["tin", "article"],
  at: ["lúc", "at"],
  before: ["trước đó", "before"],
  blockedUntil: ["bị chặn đến", "blocked until"],
  carried: ["đã có", "carried"],
  case: ["hồ sơ", "case"],
  category: ["hạng mục", "category"],
  code: ["mã", "code"],
  count: ["số lượng", "count"],
  current: ["hiện tại", "current"],
  delivery: ["lượt gửi", "delivery"],
  detail: ["chi tiết", "detail"],
  due: ["hạn xử lý", "due"],
  dueAt: ["hạn", "due"],
  effectiveTime: ["hiệu lực từ", "effective"],
  expected: ["cần là", "expected"],
  expiresAt: ["hết hạn", "expires"],
  explanation: ["giải thích", "explanation"],
  feed: ["nguồn tin", "feed"],
  from: ["từ", "from"],
  handle: ["tên đường dẫn", "handle"],
  id: ["mã số", "id"],
  incident: ["sự cố an toàn thông tin", "security incident"],
  kind: ["loại", "kind"],
  last: ["lần cuối", "last"],
  links: ["liên kết", "links"],
  megabytes: ["dung lượng trống (MB)", "megabytes free"],
  missing: ["còn thiếu", "missing"],
  name: ["tên", "name"],
  needs: ["cần", "needs"],
  network: ["nền tảng", "network"],
  note: ["ghi chú", "note"],
  now: ["nay", "now"],
  observed: ["mã trang lạ", "observed page"],
  page: ["trang", "page"],
  party: ["bên xử lý", "party"],
  picture: ["ảnh (mã băm)", "picture (hash)"],
  posts: ["bài", "posts"],
  proposed: ["đề xuất", "proposed"],
  readBy: ["xem bằng cách", "read by"],
  reason: ["lý do", "reason"],
  reasons: ["lý do", "reasons"],
  reminders: ["số lần nhắc", "reminders"],
  remoteId: ["mã trên nền tảng", "platform id"],
  rule: ["quy tắc", "rule"],
  rules: ["quy tắc", "rules"],
  seen: ["đã thấy", "seen"],
  seenBy: ["người ghi nhận", "noted by"],
  sign: ["dấu hiệu", "sign"],
  signals: ["dấu hiệu", "signals"],
  signs: ["các dấu hiệu", "signs"],
  since: ["từ lúc", "since"],
  status: ["trả lời", "status"],
  step: ["bước", "step"],
  summary: ["tóm tắt", "summary"],
  text: ["lời", "text"],
  to: ["đến", "to"],
  todo: ["việc cần làm", "to do"],
  unit: ["đơn vị", "unit"],
  url: ["địa chỉ", "address"],
  verdict: ["kết luận", "verdict"],
  version: ["phiên bản", "version"],
}
export const factName = (name: string, t: Say) => (names[name] ? t(...names[name]) : name)

const values: Record<string, Record<string, readonly [vi: string, en: string]>> = {
  readBy: { network: ["đọc qua nền tảng", "through the network"], person: ["người phụ trách xem", "by a person"] },
}
/** Milliseconds since 1970 of the years 2001 to 2286: no counter of ours grows that far. */
const isMoment = (value: unknown): value is number => typeof value === "number" && value >= 1e12 && value < 1e13

const Value = ({ name, value, t }: { name: string; value: unknown; t: Say }) => {
  if (value === null || value === undefined || value === "") return <>–</>
  if (isMoment(value)) return <>{vnDateTime(value)}</>
  if (typeof value === "boolean") return <>{value ? t("có", "yes") : t("không", "no")}</>
  if (Array.isArray(value))
    return value.length ? (
      <ul>
        {value.map((one) => (
          <li>
            <Value name={name} value={one} t={t} />
          </li>
        ))}
      </ul>
    ) : (
      <>–</>
    )
  if (typeof value === "object") return <Evidence facts={value as Record<string, unknown>} t={t} />
  if (name === "seenBy") return <>{actorWord(String(value))}</>
  const word = values[name]?.[String(value)]
  return <>{word ? t(...word) : name === "network" ? networkName(String(value)) : String(value)}</>
}

export const Evidence = ({ facts, without = [], t }: { facts: Record<string, unknown>; without?: readonly string[]; t: Say }) => (
  <dl class="facts">
    {Object.entries(facts)
      .filter(([name]) => !without.includes(name))
      .map(([name, value]) => (
        <>
          <dt>{factName(name, t)}</dt>
          <dd>
            <Value name={name} value={value} t={t} />
          </dd>
        </>
      ))}
  </dl>
)
