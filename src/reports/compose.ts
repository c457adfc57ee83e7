/** Figures or a unit + the office's template → an official document. The tool invents no number, signer, signature or seal. */
import type { Appendix, OfficialDocument } from "./document.ts"
import type { Figures } from "./figures.ts"
import { count, longDate, roman } from "./format.ts"
import type { Office } from "./office.ts"
import { reportBlocks } from "./tables.ts"
import { fillLines, fillParts, fillText, loadTemplate, type Filling, type Template, type Vocabulary } from "./template.ts"
import { reportValues } from "./values.ts"

/** Room where a person writes; fixed spaces, so that no writer folds them. */
const blank = "\u00a0".repeat(5)

const byKey = <T>(record: Record<string, T>) => {
  const map = new Map(Object.entries(record).map(([name, entry]) => [name.normalize("NFC").toLowerCase(), entry]))
  return (name: string): T => map.get(name)!
}
export const show = (value: string | number) => (typeof value === "number" ? count(value) : value)

export const reportVocabulary: Vocabulary = { values: Object.keys(reportValues), blocks: Object.keys(reportBlocks) }

export function reportFilling(figures: Figures, office: Office): Filling {
  const value = byKey(reportValues)
  const block = byKey(reportBlocks)
  return { value: (name) => value(name)(figures, office), show, block: (name) => block(name)(figures) }
}

export function composeReport(figures: Figures, office: Office, templatesDir: string): OfficialDocument {
  const template = loadTemplate(templatesDir, `reports/${figures.period.kind}.txt`, reportVocabulary)
  return composeDocument(template, reportFilling(figures, office), office, { at: figures.issuedAt })
}

/** What differs when another body than the office signs (a letter of a unit). */
export interface Sender {
  superior: string
  issuer: string
  /** The same name as it stands in a sentence. */
  issuerName: string
  place: string
  signer: { authority: string; title: string }
}

export function composeDocument(template: Template, filling: Filling, office: Office, options: { at: number; sender?: Sender }): OfficialDocument {
  const { superior, issuer, issuerName, place, signer } = options.sender ?? office
  const parts = (name: keyof Template["parts"]) => fillParts(template.parts[name], filling)
  const type = parts("loại")[0] ?? ""
  const symbol = parts("ký hiệu")[0] ?? ""
  const many = template.appendices.length > 1
  const kindName = type ? type[0] + type.slice(1).toLowerCase() : "Công văn"
  const appendices = template.appendices.map(
    (appendix, index): Appendix => ({
      number: many ? `Phụ lục ${roman(index + 1)}` : "Phụ lục",
      title: fillText(appendix.title, filling),
      reference: `(Kèm theo ${kindName} số${blank}/${symbol} ngày${blank}tháng${blank}năm${blank}của ${issuerName})`,
      blocks: fillLines(appendix.lines, filling),
    }),
  )
  return {
    form: type ? "report" : "letter",
    superior,
    issuer,
    number: `Số:${blank}/${symbol}`,
    placeAndDate: `${place}, ${longDate(options.at)}`,
    type,
    subject: parts("trích yếu"),
    to: parts("kính gửi"),
    bases: parts("căn cứ"),
    body: fillLines(template.body, filling),
    signer,
    recipients: parts("nơi nhận"),
    appendices,
    draft: office.draftMark,
    at: options.at,
    name: [type, ...parts("trích yếu")].filter(Boolean).join(" - "),
  }
}

/** Joins list entries as the decree asks: ";" after each, "." after the last. */
export const punctuate = (entries: string[]) =>
  entries.map((entry, index) => `${entry.replace(/[;.]+$/, "")}${index === entries.length - 1 ? "." : ";"}`)
