/** An official document as an office sees it: parts and blocks, before anything is drawn. All writers draw from here. */
export type Align = "left" | "center" | "right"

export interface TableBlock {
  kind: "table"
  /** Header cells. */
  head: string[]
  /** Relative column widths; they are scaled to the page. */
  widths: number[]
  align: Align[]
  rows: string[][]
  /** The last row is a sum and printed bold. */
  total?: boolean
  /** Said instead of a table without rows. */
  empty?: string
}
/** A bar chart: each bar's share of `max`, with the number printed beside it. */
export interface BarsBlock {
  kind: "bars"
  title: string
  max: number
  bars: { label: string; value: number; shown: string }[]
}
/** Points a), b), c), … in the order of the Vietnamese alphabet. */
export interface ListBlock {
  kind: "list"
  items: string[]
  empty: string
}
export type Block =
  | { kind: "heading"; level: 1 | 2; text: string }
  | { kind: "text"; text: string }
  | { kind: "item"; text: string }
  | ListBlock
  | TableBlock
  | BarsBlock

export interface Appendix {
  /** "Phụ lục I", or "Phụ lục" when there is only one. */
  number: string
  title: string
  /** "(Kèm theo Báo cáo số      /BC-TTTT ngày      tháng      năm      của …)". */
  reference: string
  blocks: Block[]
}

export interface OfficialDocument {
  /** A letter (công văn) has no type name; its subject stands below the number. */
  form: "report" | "letter"
  superior: string
  issuer: string
  /** "Số:      /BC-TTTT": the number is left to the registry office. */
  number: string
  /** "Bắc Ninh, ngày 23 tháng 11 năm 2026". */
  placeAndDate: string
  /** "BÁO CÁO"; empty in a letter. */
  type: string
  /** Lines of the subject (trích yếu). */
  subject: string[]
  to: string[]
  bases: string[]
  body: Block[]
  signer: { authority: string; title: string }
  recipients: string[]
  appendices: Appendix[]
  /** Shown until a person signs it. */
  draft: string
  /** Fixed creation time of the file, from the period and not from the clock. */
  at: number
  /** Title of the file's properties. */
  name: string
}

/** Measures of Decree 30/2020/NĐ-CP, Appendix I; millimetres and points. Values come from `office.yaml`. */
export interface PageForm {
  marginTop: number
  marginBottom: number
  marginLeft: number
  marginRight: number
  /** Points. */
  body: number
  heading: number
  small: number
  table: number
  pageNumber: number
  /** First line indent, mm. */
  indent: number
  /** Space after a paragraph, points. */
  spaceAfter: number
}
export const A4 = { width: 210, height: 297 }
/** Tables up to this many rows are not split over two pages. */
export const shortTable = 8
export const fontName = "Times New Roman"
