/** Draws the document as DOCX in the form of Decree 30/2020/NĐ-CP, Appendix I. Names Times New Roman, embeds nothing. */
import type * as Docx from "docx"
import { punctuate } from "./compose.ts"
import { A4, fontName, type Align, type BarsBlock, type Block, type OfficialDocument, type PageForm, type TableBlock } from "./document.ts"
import { tableXml } from "./docx-table.ts"
import { points, printable } from "./format.ts"
import { fixDates, readZip, writeZip } from "../base/zip.ts"

const mm = (value: number) => Math.round((value * 1440) / 25.4)
const pt = (value: number) => value * 20
/** Columns of the hidden grid that bars are drawn on: label, bar, number. */
const barGrid = { label: 14, bar: 40 }

export async function writeDocx(document: OfficialDocument, form: PageForm): Promise<Buffer> {
  const docx = await import("docx")
  const draw = new Drawing(docx, form)
  const file = new docx.Document({
    title: document.name,
    creator: document.issuer,
    lastModifiedBy: document.issuer,
    description: document.draft,
    styles: { default: { document: { run: { font: fontName, size: form.body * 2, color: "000000", language: { value: "vi-VN" } } } } },
    sections: [
      { ...draw.page("portrait"), children: [...draw.opening(document), ...draw.blocks(document.body, "portrait", true), ...draw.closing(document)] },
      ...document.appendices.map((appendix) => ({
        ...draw.page("landscape"),
        children: [
          draw.line(appendix.number, { bold: true, size: 14, align: "center" }),
          draw.line(appendix.title, { bold: true, size: 13, align: "center" }),
          draw.line(appendix.reference, { italic: true, size: 13, align: "center", after: 8 }),
          ...draw.blocks(appendix.blocks, "landscape"),
        ],
      })),
    ],
  })
  const packed = readZip(await docx.Packer.toBuffer(file))
  const body = packed.find((entry) => entry.name === "word/document.xml")!
  body.data = Buffer.from(body.data.toString("utf8").replace(markedParagraph, (_, index: string) => draw.tables[Number(index)]!))
  return writeZip(fixDates(packed, document.at))
}

const marker = (index: number) => `\u27e6table ${index}\u27e7`
/** A paragraph that holds a marker and nothing else. */
const markedParagraph = /<w:p>(?:(?!<w:p>|<\/w:p>).)*?<w:t[^>]*>\u27e6table (\d+)\u27e7<\/w:t><\/w:r><\/w:p>/gs

interface LineStyle {
  bold?: boolean
  italic?: boolean
  size?: number
  align?: Align | "both"
  /** First line indent, mm. */
  indent?: number
  before?: number
  after?: number
  keepNext?: boolean
}

class Drawing {
  readonly tables: string[] = []
  constructor(
    private readonly docx: typeof Docx,
    private readonly form: PageForm,
  ) {}

  /** One section: A4, the decree's margins, page number centred in the top margin and hidden on the first page. */
  page(orientation: "portrait" | "landscape"): Pick<Docx.ISectionOptions, "properties" | "headers"> {
    const { docx, form } = this
    const number = new docx.Paragraph({
      alignment: docx.AlignmentType.CENTER,
      children: [new docx.TextRun({ children: [docx.PageNumber.CURRENT], size: form.pageNumber * 2, font: fontName })],
    })
    return {
      properties: {
        titlePage: true,
        page: {
          size: {
            width: mm(A4.width),
            height: mm(A4.height),
            orientation: orientation === "landscape" ? docx.PageOrientation.LANDSCAPE : docx.PageOrientation.PORTRAIT,
          },
          margin: {
            top: mm(form.marginTop),
            bottom: mm(form.marginBottom),
            left: mm(form.marginLeft),
            right: mm(form.marginRight),
            header: mm(10),
            footer: mm(10),
          },
          pageNumbers: { start: 1, formatType: docx.NumberFormat.DECIMAL },
        },
      },
      headers: { default: new docx.Header({ children: [number] }), first: new docx.Header({ children: [new docx.Paragraph({ children: [] })] }) },
    }
  }

  width(orientation: "portrait" | "landscape"): number {
    return mm((orientation === "portrait" ? A4.width : A4.height) - this.form.marginLeft - this.form.marginRight)
  }

  line(text: string, style: LineStyle = {}): Docx.Paragraph {
    const { docx } = this
    return new docx.Paragraph({
      alignment:
        style.align === "both"
          ? docx.AlignmentType.BOTH
          : style.align === "center"
            ? docx.AlignmentType.CENTER
            : style.align === "right"
              ? docx.AlignmentType.RIGHT
              : docx.AlignmentType.LEFT,
      spacing: { before: pt(style.before ?? 0), after: pt(style.after ?? 0), line: 250, lineRule: docx.LineRuleType.AUTO },
      indent: style.indent ? { firstLine: mm(style.indent) } : undefined,
      keepNext: style.keepNext,
      children: [
        new docx.TextRun({
          text: printable(text),
          bold: style.bold,
          italics: style.italic,
          size: Math.round((style.size ?? this.form.body) * 2),
          font: fontName,
        }),
      ],
    })
  }

  /** A drawn rule below a centred text: an empty line with a bottom border, as long as `share` of the cell. */
  rule(cellWidth: number, share: number): Docx.Paragraph {
    const { docx } = this
    const side = Math.round((cellWidth * (1 - share)) / 2)
    return new docx.Paragraph({
      spacing: { before: 0, after: 0, line: 40, lineRule: docx.LineRuleType.EXACT },
      indent: { left: side, right: side },
      border: { bottom: { style: docx.BorderStyle.SINGLE, size: 6, color: "000000", space: 0 } },
      children: [],
    })
  }

  /** Two columns without borders: the frame of letterhead and signature. */
  columns(left: Docx.Paragraph[], right: Docx.Paragraph[], leftShare: number): Docx.Table {
    const { docx } = this
    const total = this.width("portrait")
    const widths = [Math.round(total * leftShare), total - Math.round(total * leftShare)]
    const none = { style: docx.BorderStyle.NONE, size: 0, color: "FFFFFF" }
    const cell = (children: Docx.Paragraph[], width: number) =>
      new docx.TableCell({
        children,
        width: { size: width, type: docx.WidthType.DXA },
        margins: { left: 0, right: 0 },
        borders: { top: none, bottom: none, left: none, right: none },
      })
    return new docx.Table({
      layout: docx.TableLayoutType.FIXED,
      width: { size: total, type: docx.WidthType.DXA },
      columnWidths: widths,
      borders: { top: none, bottom: none, left: none, right: none, insideHorizontal: none, insideVertical: none },
      rows: [new docx.TableRow({ cantSplit: true, children: [cell(left, widths[0]!), cell(right, widths[1]!)] })],
    })
  }

  opening(document: OfficialDocument): (Docx.Paragraph | Docx.Table)[] {
    const { heading } = this.form
    const leftWidth = this.width("portrait") * 0.42
    const rightWidth = this.width("portrait") * 0.58
    const left = [
      ...(document.superior ? [this.line(document.superior, { size: heading, align: "center" })] : []),
      this.line(document.issuer, { size: heading, bold: true, align: "center" }),
      this.rule(leftWidth, 0.35),
      this.line(document.number, { size: 13, align: "center", before: 6 }),
      ...(document.form === "letter"
        ? document.subject.map((text, index) => this.line(text, { size: 12, align: "center", before: index ? 0 : 6 }))
        : []),
      this.line(document.draft, { size: 12, bold: true, align: "center", before: 6 }),
    ]
    const right = [
      this.line("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", { size: heading, bold: true, align: "center" }),
      this.line("Độc lập - Tự do - Hạnh phúc", { size: 13, bold: true, align: "center" }),
      this.rule(rightWidth, 0.56),
      this.line(document.placeAndDate, { size: 13, italic: true, align: "center", before: 6 }),
    ]
    const title =
      document.form === "letter"
        ? []
        : [
            this.line(document.type, { size: 14, bold: true, align: "center", before: 14 }),
            ...document.subject.map((text) => this.line(text, { size: 14, bold: true, align: "center" })),
            this.rule(this.width("portrait"), 0.28),
          ]
    return [this.columns(left, right, 0.42), ...title, ...this.receivers(document.to), ...this.bases(document.bases)]
  }

  private receivers(to: string[]): Docx.Paragraph[] {
    if (!to.length) return []
    if (to.length === 1) return [this.line(`Kính gửi: ${to[0]!.replace(/[;.]+$/, "")}.`, { align: "center", before: 12, after: 10 })]
    return [
      this.line("Kính gửi:", { align: "center", before: 12 }),
      ...punctuate(to).map((text, index) => this.line(`- ${text}`, { indent: 55, after: index === to.length - 1 ? 10 : 0 })),
    ]
  }
  private bases = (bases: string[]) =>
    punctuate(bases).map((text) => this.line(text, { italic: true, align: "both", indent: this.form.indent, after: this.form.spaceAfter }))

  closing(document: OfficialDocument): Docx.Table[] {
    const left = [
      this.line("Nơi nhận:", { size: 12, bold: true, italic: true, before: 6 }),
      ...punctuate(document.recipients).map((text) => this.line(`- ${text}`, { size: this.form.small })),
    ]
    const { authority, title } = document.signer
    // Room for the signature and the seal, which only people set.
    const right = [...(authority ? [authority] : []), title]
      .map((text, index) => this.line(text, { size: 13, bold: true, align: "center", before: index ? 0 : 6 }))
      .concat([1, 2, 3, 4].map(() => this.line("", { size: 13 })))
    return [this.columns(left, right, 0.5)]
  }

  /** `signed`: the signature block follows, and the last paragraph goes with it to a new page. */
  blocks(blocks: Block[], orientation: "portrait" | "landscape", signed = false): (Docx.Paragraph | Docx.Table)[] {
    const { body, indent, spaceAfter } = this.form
    return blocks.flatMap((block, index): (Docx.Paragraph | Docx.Table)[] => {
      const keepNext = signed && index === blocks.length - 1
      if (block.kind === "heading")
        return [this.line(block.text, { bold: true, size: body, align: "both", indent, before: 4, after: spaceAfter, keepNext: true })]
      if (block.kind === "text") return [this.line(block.text, { align: "both", indent, after: spaceAfter, keepNext })]
      if (block.kind === "item") return [this.line(`- ${block.text}`, { align: "both", indent, after: spaceAfter })]
      if (block.kind === "list") {
        const texts = block.items.length ? block.items.map((text, point) => `${points[point % points.length]}) ${text}`) : [block.empty]
        return texts.map((text) => this.line(text, { align: "both", indent, after: spaceAfter }))
      }
      if (block.kind === "bars")
        return [
          this.line(block.title, { bold: true, italic: true, size: 12, align: "center", before: 4, after: 4, keepNext: true }),
          this.bars(block, orientation),
          this.gap(),
        ]
      if (!block.rows.length) return [this.line(block.empty ?? "Không có số liệu.", { align: "both", indent, after: spaceAfter })]
      return [this.table(block, orientation), this.gap()]
    })
  }
  private gap = () => this.line("", { size: 6 })

  /** A marker in the library's document; the table itself is put in as text afterwards. */
  private table(block: TableBlock, orientation: "portrait" | "landscape"): Docx.Paragraph {
    const size = orientation === "landscape" ? this.form.table : Math.max(this.form.table, 11)
    this.tables.push(tableXml(block, { width: this.width(orientation), size: size * 2 }))
    return this.line(marker(this.tables.length - 1))
  }

  /** Bars as shaded cells on a fine grid: native, sharp in print, and the office can still edit them. */
  bars(block: BarsBlock, orientation: "portrait" | "landscape"): Docx.Table {
    const { docx } = this
    const total = this.width(orientation)
    const label = Math.round(total * 0.36)
    const unit = Math.floor((total - label) / (barGrid.bar + barGrid.label))
    const none = { style: docx.BorderStyle.NONE, size: 0, color: "FFFFFF" }
    const borders = {
      top: { style: docx.BorderStyle.SINGLE, size: 24, color: "FFFFFF" },
      bottom: { style: docx.BorderStyle.SINGLE, size: 24, color: "FFFFFF" },
      left: none,
      right: none,
    }
    const cell = (text: string, span: number, width: number, fill?: string) =>
      new docx.TableCell({
        columnSpan: span,
        borders,
        width: { size: width, type: docx.WidthType.DXA },
        margins: { left: 40, right: 40 },
        verticalAlign: docx.VerticalAlignTable.CENTER,
        ...(fill ? { shading: { type: docx.ShadingType.CLEAR, fill, color: "auto" } } : {}),
        children: [this.line(text, { size: 11 })],
      })
    const rows = block.bars.map((bar) => {
      const filled = Math.min(barGrid.bar, Math.max(bar.value > 0 ? 1 : 0, Math.round((bar.value / (block.max || 1)) * barGrid.bar)))
      const rest = barGrid.bar + barGrid.label - filled
      return new docx.TableRow({
        cantSplit: true,
        children: [cell(bar.label, 1, label), ...(filled ? [cell("", filled, filled * unit, "5B7DA8")] : []), cell(bar.shown, rest, rest * unit)],
      })
    })
    return new docx.Table({
      layout: docx.TableLayoutType.FIXED,
      width: { size: label + unit * (barGrid.bar + barGrid.label), type: docx.WidthType.DXA },
      columnWidths: [label, ...Array.from({ length: barGrid.bar + barGrid.label }, () => unit)],
      borders: { top: none, bottom: none, left: none, right: none, insideHorizontal: none, insideVertical: none },
      rows,
    })
  }
}
