/** A bar chart as plain SVG: no script, no outside font, readable in black and white. */
import type { BarsBlock } from "./document.ts"
import { printable } from "./format.ts"

const row = 22
const labelWidth = 200
const barWidth = 210

export const escapeXml = (text: string) =>
  printable(text).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;").replace(/'/g, "&#39;")

export function barsSvg(block: BarsBlock, font: string): string {
  const top = row
  const height = top + block.bars.length * row + 4
  const width = labelWidth + barWidth + 90
  const lines = block.bars.map((bar, index) => {
    const y = top + index * row
    const length = Math.round((Math.min(bar.value, block.max) / (block.max || 1)) * barWidth * 10) / 10
    return (
      `<text x="0" y="${y + 15}" font-size="11">${escapeXml(bar.label)}</text>` +
      `<rect x="${labelWidth}" y="${y + 4}" width="${length}" height="14" fill="#5b7da8"/>` +
      `<text x="${labelWidth + length + 6}" y="${y + 15}" font-size="11">${escapeXml(bar.shown)}</text>`
    )
  })
  const title = `<text x="0" y="14" font-size="12" font-weight="bold">${escapeXml(block.title)}</text>`
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeXml(block.title)}" font-family="${font}">` +
    `${title}<line x1="${labelWidth}" y1="${top}" x2="${labelWidth}" y2="${height - 4}" stroke="#000" stroke-width="0.7"/>${lines.join("")}</svg>`
  )
}
