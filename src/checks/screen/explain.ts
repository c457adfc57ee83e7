/** What a commune official reads: one Vietnamese sentence per ground, with what was seen; links are shown defanged. */
import { defangDomains } from "../../base/defang.ts"
import type { Decision } from "./decide.ts"
import { trusted, type Link } from "./links.ts"
import type { Observed, Word } from "./observe.ts"
import type { ScreenMatch } from "./types.ts"

/** No domain and no address stays clickable. */
export const defang = (text: string) => defangDomains(text, () => false)

const groupNames: Record<string, string> = {
  "LEX-GAMBLE": "cờ bạc",
  "LEX-GAMBLE-FOREIGN": "cờ bạc bằng tiếng nước ngoài",
  "LEX-BRAND": "tên trang cá cược",
  "LEX-LOAN": "cho vay kiểu tín dụng đen",
  "LEX-RECOVER": "dịch vụ “lấy lại tiền bị lừa”",
  "LEX-JOBSCAM": "việc làm lừa đảo",
  "LEX-INVEST": "mời đầu tư lừa đảo",
  "LEX-PHARMA": "quảng cáo thuốc",
  "LEX-ADULT": "nội dung người lớn",
  "LEX-FORGERY": "làm giả giấy tờ",
  "LEX-MULE": "mua bán tài khoản, sim, dữ liệu",
  "LEX-COUNTERFEIT": "hàng giả, hàng cấm",
  "LEX-SEO": "mua bán liên kết",
  "LEX-OTP": "yêu cầu mã OTP, thông tin thẻ hoặc đăng nhập ngân hàng",
  "LEX-URGENT": "lời hối thúc, dọa khóa hoặc phạt",
  "LEX-GIFT": "lời mời nhận quà, nhận tiền",
  "LEX-DONATE-PERSONAL": "kêu gọi ủng hộ vào tài khoản cá nhân",
  "JP-SHOP": "rao bán hàng bằng tiếng Nhật",
  COMMERCE: "rao bán bằng tiếng nước ngoài",
}
const wayNames: Record<string, string> = {
  "LINK-CHAT": "nhóm chat kín",
  "LINK-EXT": "liên kết ra trang lạ",
  "LINK-SHORT": "liên kết rút gọn",
  "LINK-BRANDFAKE": "liên kết giả ngân hàng",
  "LINK-FORM": "biểu mẫu ngoài",
  "LEX-PROMO": "lời mời chào",
  PHONE: "số điện thoại cá nhân để liên hệ",
}

const short = (text: string) => {
  const line = text.replace(/\s+/g, " ").trim()
  const clean = line.includes(".") || line.includes(":") ? defang(line) : line
  return clean.length > 120 ? `${clean.slice(0, 119)}…` : clean
}
const quoted = (list: string[]) => [...new Set(list.map(short))].slice(0, 4).map((one) => `“${one}”`).join(", ")

export function explain({ verdict, rule, because }: Decision, seen: Observed): string[] {
  if (verdict === "allow") {
    return rule === "S-9"
      ? ["Có từ ngữ nhạy cảm nhưng trong tin của cơ quan chức năng, cảnh báo hoặc tuyên truyền; không có liên kết lạ."]
      : ["Không thấy dấu hiệu bất thường."]
  }
  const links = [...seen.links, ...seen.textDomains]
  const withSignal = (signal: string) => quoted(links.filter((link) => link.signals.has(signal)).map((link) => link.raw))
  const ofKind = (...kinds: Link["kind"][]) => quoted(links.filter((link) => kinds.includes(link.kind)).map((link) => link.raw))
  const ofGroup = (group: string) => quoted(seen.words.filter((word) => word.group === group).map((word) => word.text))
  const sentence: Record<string, () => string> = {
    "LINK-SCHEME": () => `Có liên kết chạy mã hoặc mở tệp trên máy người đọc: ${withSignal("LINK-SCHEME")}.`,
    "LINK-USERINFO": () => `Liên kết giấu địa chỉ thật sau dấu @: ${withSignal("LINK-USERINFO")}.`,
    "LINK-HOMO": () => `Tên miền dùng chữ cái nước ngoài giống chữ La-tinh: ${withSignal("LINK-HOMO")}.`,
    "LINK-LOOKALIKE": () => `Tên miền bắt chước cơ quan nhà nước nhưng không phải trang thật: ${withSignal("LINK-LOOKALIKE")}.`,
    "LINK-REDIRECT": () => `Liên kết mang tên cổng nhưng chuyển sang trang khác: ${withSignal("LINK-REDIRECT")}.`,
    "LINK-APK": () =>
      `Liên kết tải tệp cài đặt ngoài kho ứng dụng chính thức: ${quoted(
        links.filter((link) => link.signals.has("LINK-APK") || link.signals.has("LINK-APK-OWN")).map((link) => link.raw),
      )}.`,
    "LINK-GAMBLE-NAME": () => `Liên kết tới trang có tên kiểu cờ bạc: ${withSignal("LINK-GAMBLE-NAME")}.`,
    "LINK-BRANDFAKE": () => `Tên miền mang tên ngân hàng nhưng không phải trang của ngân hàng: ${withSignal("LINK-BRANDFAKE")}.`,
    "HTML-SCRIPT": () => "Trong bài có mã lệnh (script) chèn vào.",
    "HTML-IFRAME": () => "Trong bài có khung nhúng trang khác (iframe).",
    "HTML-REDIRECT": () => "Trong bài có lệnh tự chuyển người đọc sang trang khác.",
    "HTML-FORM": () => "Trong bài có biểu mẫu gửi dữ liệu ra ngoài.",
    "HTML-HANDLER": () => "Trong bài có mã lệnh gắn vào thẻ (on…).",
    "HTML-HIDDEN": () => `Trong bài có phần giấu khỏi mắt người đọc, chứa ${hiddenContent(seen)}.`,
    "LEX-DEFACE": () => "Nội dung giống trang bị tin tặc thay giao diện (“hacked by …”).",
    "CTX-FAKE": () => `Mượn lời cảnh báo hoặc tin công an nhưng kèm liên kết lạ: ${ofKind("EXT", "IP", "CHAT")}.`,
    "LEX-GAMBLE-FOREIGN": () => `Có chữ quảng cáo cờ bạc bằng tiếng nước ngoài: ${quoted(seen.words.filter(gambling).map((word) => word.text))}.`,
    "LANG-ODD": () => "Tin viết bằng thứ tiếng mà cổng này không có chuyên mục.",
    "JP-SHOP": () => `Có chữ rao bán hàng bằng tiếng Nhật: ${ofGroup("JP-SHOP")}.`,
    "DOC-SPAM": () => `Đường dẫn trên cổng chứa từ cờ bạc: ${quoted(seen.pathWords.map((word) => word.text))}.`,
    "IMPERSONATE-AUTH": () => "Tự xưng công an, ngân hàng hoặc cơ quan nhà nước để mời liên hệ riêng, đòi thông tin hoặc phí.",
    OBF: () =>
      `Từ ngữ bị viết lách để qua mặt bộ lọc: ${quoted(seen.words.filter((word) => word.obf).map((word) => `${word.text} (= ${word.entry})`))}.`,
    "LINK-IP": () => `Liên kết dùng địa chỉ số thay cho tên miền: ${ofKind("IP")}.`,
    "LINK-SHORT": () => `Liên kết rút gọn, chưa biết dẫn tới đâu: ${ofKind("SHORT")}.`,
    "LINK-FORM": () => `Liên kết tới biểu mẫu hoặc kho tệp ngoài cổng: ${ofKind("FORM")}. Cần đơn vị xác nhận.`,
    "LINK-CHAT": () => `Liên kết tới nhóm chat: ${ofKind("CHAT")}.`,
    "LINK-EXT": () => `Liên kết tới trang chưa có trong danh sách quen biết: ${ofKind("EXT")}.`,
    "TEXT-DOMAIN": () => `Trong bài có tên trang lạ: ${quoted(seen.textDomains.map((link) => link.host))}.`,
    "SEO-STUFF": () => "Tiêu đề trộn nhiều chủ đề tìm kiếm không liên quan.",
    LIMIT: () => "Tin dài hoặc nhiều liên kết quá mức; chỉ phần đầu được kiểm tra.",
  }
  const [first = "", second = ""] = because
  if (groupNames[first] && first !== "LEX-GAMBLE-FOREIGN" && first !== "JP-SHOP") {
    const what = `Có từ ngữ ${groupNames[first]}: ${ofGroup(first) || "trong bài"}`
    const way = wayNames[second]
    const shown =
      second === "LINK-CHAT"
        ? ofKind("CHAT")
        : second === "LINK-EXT" || second === "LINK-BRANDFAKE"
          ? ofKind("EXT", "IP")
          : second === "LINK-SHORT"
            ? ofKind("SHORT", "FORM")
            : second === "LEX-PROMO"
              ? ofGroup("LEX-PROMO")
              : ""
    if (way) return [`${what}, kèm ${way}${shown ? `: ${shown}` : ""}.`]
    return [verdict === "hold" ? `${what}; cần người xem trước khi đăng.` : `${what}, không có lời cảnh báo hay tin xử lý nào đi kèm.`]
  }
  const said = because.flatMap((id) => sentence[id]?.() ?? [])
  return said.length ? said : ["Cần người xem trước khi đăng."]
}

const gambling = (word: Word) => word.group.startsWith("LEX-GAMBLE") || word.group === "LEX-BRAND"
const hiddenContent = ({ hidden }: Observed) => {
  const parts = [
    hidden.words.length ? `từ ${quoted(hidden.words.map((word) => word.text))}` : "",
    hidden.links.length + hidden.domains.length ? `liên kết ${quoted([...hidden.links, ...hidden.domains].map((link) => link.raw))}` : "",
  ]
  return parts.filter(Boolean).join(" và ") || "nội dung lạ"
}

const matchesMax = 60
/** Everything seen, for the person who looks closer. */
export function matchesOf(seen: Observed): ScreenMatch[] {
  const matches: ScreenMatch[] = [
    ...[...seen.words, ...seen.pathWords, ...seen.hidden.words].map((word) => ({ signal: word.group, where: word.where, text: short(word.text) })),
    ...seen.links.flatMap((link) => {
      const signals = trusted.has(link.kind) ? [...link.signals] : [`LINK-${link.kind}`, ...link.signals]
      return signals.map((signal) => ({ signal, where: "link" as const, text: short(link.raw) }))
    }),
    ...seen.textDomains.map((link) => ({ signal: "TEXT-DOMAIN", where: "text" as const, text: short(link.host) })),
    ...seen.hidden.links.map((link) => ({ signal: "HTML-HIDDEN", where: "hidden" as const, text: short(link.raw) })),
  ]
  if (matches.length < 2) return matches
  const key = (match: ScreenMatch) => `${match.signal} ${match.where} ${match.text}`
  return [...new Map(matches.map((match) => [key(match), match])).values()].sort((a, b) => (key(a) < key(b) ? -1 : 1)).slice(0, matchesMax)
}
