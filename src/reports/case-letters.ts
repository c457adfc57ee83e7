/** Letters (công văn) of registration cases, made out in the unit's name for its head to sign (S8, S12–S14). */
import type { NetworkName, Unit } from "../model/unit.ts"
import { composeDocument, show } from "./compose.ts"
import type { Block, OfficialDocument } from "./document.ts"
import { senderOf } from "./letters.ts"
import type { Office } from "./office.ts"
import type { ReportFile } from "./render.ts"
import { renderFiles } from "./render-apart.ts"
import type { ReportFormat } from "./store.ts"
import { loadTemplate, type Filling, type Vocabulary } from "./template.ts"
import { networkWord } from "./words.ts"

export const caseLetterKinds = ["register", "rename", "hand_over", "merge", "close"] as const
export type CaseLetterKind = (typeof caseLetterKinds)[number]

interface LetterPerson {
  name: string
  title?: string | undefined
  phone?: string | undefined
  email?: string | undefined
}
/** Everything a letter may say; what is not known yet stays open in it. */
export interface CaseLetter {
  kind: CaseLetterKind
  unit: Unit
  network: NetworkName
  /** The name asked for, or the one the account bears. */
  accountName: string
  newName?: string | undefined
  remoteId?: string | undefined
  address?: string | undefined
  purpose?: string | undefined
  legalBasis?: string | undefined
  owner?: LetterPerson | undefined
  deputy?: LetterPerson | undefined
  admins?: { name: string; role?: string | undefined }[] | undefined
  /** hand_over: who receives; merge: the account that stays. */
  otherUnit?: string | undefined
  otherAccount?: string | undefined
}

const personText = (person: LetterPerson | undefined) =>
  person?.name ? [person.name, person.title, person.phone, person.email].filter(Boolean).join(", ") : ""
const values: Record<string, (letter: CaseLetter) => string> = {
  "tên đơn vị": ({ unit }) => unit.name,
  "ký hiệu của đơn vị": ({ unit }) => unit.abbr ?? (unit.kind === "department" ? "VP" : "UBND"),
  "nền tảng": ({ network }) => (network === "facebook" ? "Facebook" : "Zalo Official Account"),
  "tên tài khoản": ({ accountName }) => accountName,
  "tên mới": ({ newName }) => newName ?? "",
  "mã tài khoản": ({ remoteId }) => remoteId ?? "",
  "địa chỉ tài khoản": ({ address }) => address ?? "",
  "lý do": ({ purpose }) => (purpose ?? "").replace(/[.;]+$/, ""),
  "văn bản cho phép": ({ legalBasis }) => legalBasis ?? "",
  "người phụ trách": ({ owner }) => personText(owner),
  "người thay thế": ({ deputy }) => personText(deputy),
  "địa chỉ Cổng": ({ unit }) => unit.portal?.url ?? "",
  "đơn vị nhận": ({ otherUnit }) => otherUnit ?? "",
  "tài khoản giữ lại": ({ otherAccount }) => otherAccount ?? "",
}
const blocks: Record<string, (letter: CaseLetter) => Block> = {
  "tài khoản": ({ network, newName, accountName, remoteId, address }) => ({
    kind: "table",
    head: ["STT", "Nền tảng", "Tên tài khoản", "Mã tài khoản (ID)", "Địa chỉ"],
    widths: [6, 14, 38, 20, 22],
    align: ["center", "center", "left", "center", "left"],
    rows: [["1", networkWord[network], newName ?? accountName, remoteId ?? "", address ?? ""]],
  }),
  "quản trị viên": ({ admins = [] }) => ({
    kind: "table",
    head: ["STT", "Họ và tên", "Nhiệm vụ"],
    widths: [8, 46, 46],
    align: ["center", "left", "left"],
    rows: admins.map((admin, index) => [String(index + 1), admin.name, admin.role ?? "Quản trị viên"]),
    empty: "Chưa ghi quản trị viên.",
  }),
}
export const caseLetterVocabulary: Vocabulary = { values: Object.keys(values), blocks: Object.keys(blocks) }
export const caseLetterFile = (kind: CaseLetterKind) => `letters/case-${kind.replace("_", "-")}.txt`

const keyed = <T>(record: Record<string, T>) => new Map(Object.entries(record).map(([name, entry]) => [name.normalize("NFC").toLowerCase(), entry]))
const valueOf = keyed(values)
const blockOf = keyed(blocks)

/** `at` = day of the letter. */
export function caseLetter(letter: CaseLetter, office: Office, templatesDir: string, at: number): OfficialDocument {
  const filling: Filling = { value: (name) => valueOf.get(name)!(letter), show, block: (name) => blockOf.get(name)!(letter) }
  return composeDocument(loadTemplate(templatesDir, caseLetterFile(letter.kind), caseLetterVocabulary), filling, office, {
    at,
    sender: senderOf(letter.unit, office),
  })
}

export const caseLetterFiles = (
  baseName: string,
  letter: CaseLetter,
  office: Office,
  templatesDir: string,
  at: number,
  formats: readonly ReportFormat[],
): Promise<ReportFile[]> => renderFiles(baseName, caseLetter(letter, office, templatesDir, at), null, office.page, formats)
