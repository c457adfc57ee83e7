/**
 * Tables of the DOCX, written as WordprocessingML text. A report on every commune of the country has 65,000 cells; as
 * objects of the library they cost 3 GB, as text a few megabytes. The library's document keeps a marker in their place.
 */
import { escapeXml } from "./chart.ts"
import { fontName, shortTable, type Align, type TableBlock } from "./document.ts"

export interface TableMeasures {
  /** Width of the text area, twentieths of a point. */
  width: number
  /** Half points. */
  size: number
}

const line = '<w:%s w:val="single" w:color="auto" w:sz="4"/>'
const borders = ["top", "left", "bottom", "right", "insideH", "insideV"].map((side) => line.replace("%s", side)).join("")
const padding =
  '<w:tcMar><w:top w:type="dxa" w:w="30"/><w:left w:type="dxa" w:w="60"/><w:bottom w:type="dxa" w:w="30"/><w:right w:type="dxa" w:w="60"/></w:tcMar><w:vAlign w:val="center"/>'
const fonts = `<w:rFonts w:ascii="${fontName}" w:cs="${fontName}" w:eastAsia="${fontName}" w:hAnsi="${fontName}"/>`

export function tableXml(block: TableBlock, { width, size }: TableMeasures): string {
  const sum = block.widths.reduce((all, share) => all + share, 0)
  const widths = block.widths.map((share) => Math.floor((width * share) / sum))
  // A short table stays on one page: every row but the last is kept with the next one.
  const short = block.rows.length <= shortTable
  const cell = (text: string, column: number, look: { align: Align; bold: boolean; fill: boolean; keep: boolean }) =>
    `<w:tc><w:tcPr><w:tcW w:type="dxa" w:w="${widths[column]}"/>${look.fill ? '<w:shd w:fill="F2F2F2" w:color="auto" w:val="clear"/>' : ""}${padding}</w:tcPr>` +
    `<w:p><w:pPr>${look.keep ? "<w:keepNext/>" : ""}<w:spacing w:after="0" w:before="0" w:line="250" w:lineRule="auto"/><w:jc w:val="${look.align}"/></w:pPr>` +
    `<w:r><w:rPr>${fonts}${look.bold ? "<w:b/><w:bCs/>" : ""}<w:sz w:val="${size}"/><w:szCs w:val="${size}"/></w:rPr><w:t xml:space="preserve">${escapeXml(text)}</w:t></w:r></w:p></w:tc>`
  const head = block.head.map((text, column) => cell(text, column, { align: "center", bold: true, fill: true, keep: short })).join("")
  const rows = block.rows.map((row, index) => {
    const last = index === block.rows.length - 1
    const cells = row.map((text, column) =>
      cell(text, column, { align: block.align[column]!, bold: last && block.total === true, fill: false, keep: short && !last }),
    )
    return `<w:tr><w:trPr><w:cantSplit/></w:trPr>${cells.join("")}</w:tr>`
  })
  return (
    `<w:tbl><w:tblPr><w:tblW w:type="dxa" w:w="${width}"/><w:tblBorders>${borders}</w:tblBorders><w:tblLayout w:type="fixed"/></w:tblPr>` +
    `<w:tblGrid>${widths.map((own) => `<w:gridCol w:w="${own}"/>`).join("")}</w:tblGrid><w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>${head}</w:tr>${rows.join("")}</w:tbl>`
  )
}
