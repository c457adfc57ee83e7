/** Draws the document as PDF in the form of Decree 30/2020/NĐ-CP, Appendix I, with the bundled Vietnamese font embedded. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { checkout } from "../base/config.ts"
import { punctuate } from "./compose.ts"
import { A4, shortTable, type BarsBlock, type Block, type OfficialDocument, type PageForm, type TableBlock } from "./document.ts"
import { points } from "./format.ts"

/** Metric-compatible with Times New Roman, which may not be shipped (SIL Open Font License, templates/fonts/LICENSE). */
const fontFamily = "Liberation Serif"
const fontFiles = {
  normal: "LiberationSerif-Regular.ttf",
  bold: "LiberationSerif-Bold.ttf",
  italics: "LiberationSerif-Italic.ttf",
  bolditalics: "LiberationSerif-BoldItalic.ttf",
}
const mm = (value: number) => (value * 72) / 25.4

// pdfmake publishes no types; its document definition is plain data.
type Node = Record<string, unknown>

interface PdfMake {
  virtualfs: { existsSync(name: string): boolean; writeFileSync(name: string, content: Buffer): void }
  setFonts(fonts: Record<string, Record<string, string>>): void
  setUrlAccessPolicy(allow: (url: string) => boolean): void
  setLocalAccessPolicy(allow: (path: string) => boolean): void
  createPdf(definition: Node): { getBuffer(): Promise<Uint8Array> }
}

/** The PDF library with our Vietnamese font and no access to files or addresses. */
export async function pdfMake(): Promise<PdfMake> {
  // @ts-expect-error the package has no type declarations
  const pdfmake = (await import("pdfmake")).default as PdfMake
  for (const file of Object.values(fontFiles)) {
    if (!pdfmake.virtualfs.existsSync(file)) pdfmake.virtualfs.writeFileSync(file, readFileSync(join(checkout, "templates/fonts", file)))
  }
  pdfmake.setFonts({ [fontFamily]: fontFiles })
  pdfmake.setUrlAccessPolicy(() => false)
  pdfmake.setLocalAccessPolicy(() => false)
  return pdfmake
}

export async function writePdf(document: OfficialDocument, form: PageForm): Promise<Buffer> {
  const pdfmake = await pdfMake()
  const starts = document.appendices.map((appendix): Node => ({
    text: appendix.number,
    bold: true,
    fontSize: 14,
    alignment: "center",
    pageBreak: "before",
    pageOrientation: "landscape",
  }))
  const content: Node[] = [
    ...opening(document, form),
    ...drawBlocks(document.body.slice(0, -1), form, "portrait"),
    // The last paragraph goes with the signature: a signature alone on a page proves nothing.
    { stack: [...document.body.slice(-1).flatMap((block) => drawBlock(block, form, "portrait")), closing(document, form)], unbreakable: true },
    ...document.appendices.flatMap((appendix, index) => [
      starts[index]!,
      { text: appendix.title, bold: true, fontSize: 13, alignment: "center" },
      { text: appendix.reference, italics: true, fontSize: 13, alignment: "center", margin: [0, 0, 0, 8] },
      ...drawBlocks(appendix.blocks, form, "landscape"),
    ]),
  ]
  /** Body and each appendix are numbered on their own, and the first page of each shows no number. */
  const ownNumber = (page: number) => {
    const first = starts.map((start) => (start.positions as { pageNumber: number }[] | undefined)?.[0]?.pageNumber ?? Number.POSITIVE_INFINITY)
    return page - Math.max(1, ...first.filter((start) => start <= page)) + 1
  }
  const buffer = await pdfmake
    .createPdf({
      pageSize: "A4",
      pageOrientation: "portrait",
      pageMargins: [mm(form.marginLeft), mm(form.marginTop), mm(form.marginRight), mm(form.marginBottom)],
      language: "vi-VN",
      info: {
        title: document.name,
        author: document.issuer,
        subject: document.draft,
        creator: "Loa",
        producer: "Loa",
        creationDate: new Date(document.at),
        modDate: new Date(document.at),
      },
      defaultStyle: { font: fontFamily, fontSize: form.body, lineHeight: 1.08 },
      header: (page: number) =>
        ownNumber(page) > 1 ? { text: String(ownNumber(page)), alignment: "center", fontSize: form.pageNumber, margin: [0, mm(9), 0, 0] } : null,
      content,
    })
    .getBuffer()
  return Buffer.from(buffer)
}

const centred = (text: string, style: Node = {}): Node => ({ text, alignment: "center", ...style })
/** A drawn rule of `length` points in the middle of a column that is `width` wide. */
const rule = (width: number, length: number): Node => ({
  canvas: [{ type: "line", x1: (width - length) / 2, y1: 2, x2: (width + length) / 2, y2: 2, lineWidth: 0.7 }],
})
const pageWidth = (form: PageForm, orientation: "portrait" | "landscape") =>
  mm((orientation === "portrait" ? A4.width : A4.height) - form.marginLeft - form.marginRight)

function opening(document: OfficialDocument, form: PageForm): Node[] {
  const total = pageWidth(form, "portrait")
  const [left, right] = [total * 0.42, total * 0.58]
  const letter = document.form === "letter"
  const head: Node = {
    columns: [
      {
        width: left,
        stack: [
          ...(document.superior ? [centred(document.superior, { fontSize: form.heading })] : []),
          centred(document.issuer, { fontSize: form.heading, bold: true }),
          rule(left, left * 0.35),
          centred(document.number, { fontSize: 13, margin: [0, 6, 0, 0], preserveLeadingSpaces: true }),
          ...(letter ? document.subject.map((text, index) => centred(text, { fontSize: 12, margin: [0, index ? 0 : 6, 0, 0] })) : []),
          centred(document.draft, { fontSize: 12, bold: true, margin: [0, 6, 0, 0] }),
        ],
      },
      {
        width: right,
        stack: [
          centred("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", { fontSize: form.heading, bold: true }),
          centred("Độc lập - Tự do - Hạnh phúc", { fontSize: 13, bold: true }),
          // As long as the motto at 13 pt bold in this font.
          rule(right, 161),
          centred(document.placeAndDate, { fontSize: 13, italics: true, margin: [0, 6, 0, 0] }),
        ],
      },
    ],
    columnGap: 0,
  }
  const title = letter
    ? []
    : [
        centred(document.type, { fontSize: 14, bold: true, margin: [0, 14, 0, 0] }),
        ...document.subject.map((text) => centred(text, { fontSize: 14, bold: true })),
        rule(total, total * 0.28),
      ]
  const to = document.to.map((text) => text.replace(/[;.]+$/, ""))
  const receivers =
    to.length === 0
      ? []
      : to.length === 1
        ? [centred(`Kính gửi: ${to[0]}.`, { margin: [0, 12, 0, 10] })]
        : [centred("Kính gửi:", { margin: [0, 12, 0, 0] }), { stack: punctuate(to).map((text) => `- ${text}`), margin: [mm(55), 0, 0, 10] }]
  return [head, ...title, ...receivers, ...punctuate(document.bases).map((text) => paragraph(text, form, { italics: true }))]
}

function closing(document: OfficialDocument, form: PageForm): Node {
  return {
    columns: [
      {
        width: "50%",
        stack: [
          { text: "Nơi nhận:", fontSize: 12, bold: true, italics: true },
          ...punctuate(document.recipients).map((text) => ({ text: `- ${text}`, fontSize: form.small })),
        ],
      },
      {
        width: "50%",
        stack: [document.signer.authority, document.signer.title].filter(Boolean).map((text) => centred(text, { fontSize: 13, bold: true })),
      },
    ],
    // Room for the signature and the seal, which only people set.
    margin: [0, 12, 0, 60],
  }
}

const paragraph = (text: string, form: PageForm, style: Node = {}): Node => ({
  text,
  alignment: "justify",
  leadingIndent: mm(form.indent),
  margin: [0, 0, 0, form.spaceAfter],
  ...style,
})

/** Tables up to this many rows stay together with their heading. */
const headedRows = 16
/** A heading goes with what it heads: with the whole of a text, chart or smaller table, and never stands alone at the foot of a page. */
function drawBlocks(blocks: Block[], form: PageForm, orientation: "portrait" | "landscape"): Node[] {
  const nodes: Node[] = []
  for (let i = 0; i < blocks.length; i++) {
    const headings: Block[] = []
    while (blocks[i]?.kind === "heading" && blocks[i + 1]) headings.push(blocks[i++]!)
    const block = blocks[i]!
    const drawn = [...headings, block].flatMap((entry) => drawBlock(entry, form, orientation))
    const long = (block.kind === "table" && block.rows.length > headedRows) || block.kind === "list"
    if (headings.length && !long) nodes.push({ stack: drawn, unbreakable: true })
    else nodes.push(...drawn)
  }
  return nodes
}

function drawBlock(block: Block, form: PageForm, orientation: "portrait" | "landscape"): Node[] {
  if (block.kind === "heading") return [paragraph(block.text, form, { bold: true, margin: [0, 4, 0, form.spaceAfter], headlineLevel: block.level })]
  if (block.kind === "text") return [paragraph(block.text, form)]
  if (block.kind === "item") return [paragraph(`- ${block.text}`, form)]
  if (block.kind === "list") {
    const texts = block.items.length ? block.items.map((text, index) => `${points[index % points.length]}) ${text}`) : [block.empty]
    return texts.map((text) => paragraph(text, form))
  }
  if (block.kind === "bars") return [drawBars(block, form, orientation)]
  return block.rows.length ? [drawTable(block, form, orientation)] : [paragraph(block.empty ?? "Không có số liệu.", form)]
}

/** Vector bars: label, bar, number. */
function drawBars(block: BarsBlock, form: PageForm, orientation: "portrait" | "landscape"): Node {
  const label = mm(58)
  const longest = pageWidth(form, orientation) - label - mm(orientation === "landscape" ? 70 : 42)
  const rows = block.bars.map((bar) => {
    const length = (Math.min(bar.value, block.max) / (block.max || 1)) * longest
    const bars = length > 0 ? [{ width: length, canvas: [{ type: "rect", x: 0, y: 3, w: length, h: 9, color: "#5b7da8" }] }] : []
    return {
      columns: [{ width: label, text: bar.label }, ...bars, { width: "*", text: bar.shown }],
      columnGap: 4,
      fontSize: 11,
      margin: [0, 1, 0, 1],
    }
  })
  return {
    stack: [centred(block.title, { bold: true, italics: true, fontSize: 12, margin: [0, 4, 0, 3] }), ...rows],
    unbreakable: true,
    margin: [0, 0, 0, 8],
  }
}

function drawTable(block: TableBlock, form: PageForm, orientation: "portrait" | "landscape"): Node {
  const cellPadding = 3
  const line = 0.5
  const total = pageWidth(form, orientation) - block.widths.length * 2 * cellPadding - (block.widths.length + 1) * line
  const sum = block.widths.reduce((all, width) => all + width, 0)
  const size = orientation === "landscape" ? form.table : Math.max(form.table, 11)
  const head = block.head.map((text) => ({ text, bold: true, alignment: "center", fillColor: "#f2f2f2" }))
  const rows = block.rows.map((row, index) =>
    row.map((text, column) => ({ text, alignment: block.align[column], bold: block.total === true && index === block.rows.length - 1 })),
  )
  const drawn: Node = {
    table: { headerRows: 1, dontBreakRows: true, widths: block.widths.map((width) => (total * width) / sum), body: [head, ...rows] },
    fontSize: size,
    layout: {
      hLineWidth: () => line,
      vLineWidth: () => line,
      paddingLeft: () => cellPadding,
      paddingRight: () => cellPadding,
      paddingTop: () => 2,
      paddingBottom: () => 2,
    },
    margin: [0, 2, 0, 8],
  }
  return block.rows.length <= shortTable ? { stack: [drawn], unbreakable: true } : drawn
}
