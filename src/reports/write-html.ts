/** Draws the document as one self-contained HTML page: no script, no outside file, everything escaped. */
import { barsSvg, escapeXml } from "./chart.ts"
import { punctuate } from "./compose.ts"
import type { Block, OfficialDocument, PageForm, TableBlock } from "./document.ts"
import { points } from "./format.ts"

export function writeHtml(document: OfficialDocument, form: PageForm): Buffer {
  const e = escapeXml
  const lines = (texts: string[], className: string) => texts.map((text) => `<p class="${className}">${e(text)}</p>`).join("\n")
  const letter = document.form === "letter"
  const to = document.to.map((text) => text.replace(/[;.]+$/, ""))
  const receivers = !to.length
    ? ""
    : to.length === 1
      ? `<p class="c to">Kính gửi: ${e(to[0]!)}.</p>`
      : `<p class="c to">Kính gửi:</p><ul class="plain">${punctuate(to)
          .map((text) => `<li>${e(text)}</li>`)
          .join("")}</ul>`
  const appendices = document.appendices.map(
    (appendix) =>
      `<section class="appendix"><h2>${e(appendix.number)}</h2><h3 class="c">${e(appendix.title)}</h3><p class="c"><i>${e(appendix.reference)}</i></p>\n${appendix.blocks.map(block).join("\n")}</section>`,
  )
  const html = `<!doctype html>
<html lang="vi"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${e(document.name)}</title>
<style>${style(form)}</style></head><body><main>
<header class="head"><div><p class="c up">${e(document.superior)}</p><p class="c up b">${e(document.issuer)}</p><hr class="short"><p class="c">${e(document.number)}</p>${letter ? lines(document.subject, "c about") : ""}<p class="c b">${e(document.draft)}</p></div>
<div><p class="c b up">CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM</p><p class="c b"><span class="motto">Độc lập - Tự do - Hạnh phúc</span></p><p class="c"><i>${e(document.placeAndDate)}</i></p></div></header>
${letter ? "" : `<h1>${e(document.type)}<br>${document.subject.map(e).join("<br>")}</h1><hr class="short">`}
${receivers}
${lines(punctuate(document.bases), "t i")}
${document.body.map(block).join("\n")}
<footer class="foot"><div><p class="b i">Nơi nhận:</p><ul class="plain small">${punctuate(document.recipients)
    .map((text) => `<li>${e(text)}</li>`)
    .join("")}</ul></div>
<div class="c"><p class="b">${e(document.signer.authority)}</p><p class="b">${e(document.signer.title)}</p></div></footer>
${appendices.join("\n")}
</main></body></html>
`
  return Buffer.from(html)
}

function block(block: Block): string {
  const e = escapeXml
  if (block.kind === "heading") return `<h${block.level + 1}>${e(block.text)}</h${block.level + 1}>`
  if (block.kind === "text") return `<p class="t">${e(block.text)}</p>`
  if (block.kind === "item") return `<p class="t">- ${e(block.text)}</p>`
  if (block.kind === "list")
    return block.items.length
      ? block.items.map((text, index) => `<p class="t">${points[index % points.length]}) ${e(text)}</p>`).join("\n")
      : `<p class="t">${e(block.empty)}</p>`
  if (block.kind === "bars") return `<figure>${barsSvg(block, "'Times New Roman', 'Liberation Serif', serif")}</figure>`
  return block.rows.length ? table(block) : `<p class="t">${e(block.empty ?? "Không có số liệu.")}</p>`
}

function table(block: TableBlock): string {
  const e = escapeXml
  const cells = (row: string[], tag: string) => row.map((text, column) => `<${tag} class="${block.align[column]![0]}">${e(text)}</${tag}>`).join("")
  const rows = block.rows.map((row, index) => `<tr${block.total && index === block.rows.length - 1 ? ' class="b"' : ""}>${cells(row, "td")}</tr>`)
  return `<div class="wide"><table><thead><tr>${block.head.map((text) => `<th scope="col">${e(text)}</th>`).join("")}</tr></thead><tbody>\n${rows.join("\n")}\n</tbody></table></div>`
}

const style = (form: PageForm) => `
body{font:${form.body}pt/1.35 "Times New Roman","Liberation Serif",serif;color:#000;background:#fff;margin:0}
main{max-width:${210 - form.marginLeft - form.marginRight}mm;margin:0 auto;padding:${form.marginTop}mm 5mm}
p{margin:0 0 ${form.spaceAfter}pt}.t{text-align:justify;text-indent:${form.indent}mm}.c{text-align:center}.b{font-weight:bold}.i{font-style:italic}.l{text-align:left}.r{text-align:right}
.head{display:grid;grid-template-columns:42% 58%}.head p{margin:0}.head .up{font-size:${form.heading}pt}.about{font-size:12pt}
.motto{border-bottom:1px solid #000}.short{width:28%;border:0;border-top:1px solid #000;margin:2pt auto 6pt}
h1{font-size:14pt;text-align:center;margin:14pt 0 0}h2,h3{font-size:${form.body}pt;margin:6pt 0 ${form.spaceAfter}pt;text-indent:${form.indent}mm}.appendix h2,.appendix h3.c{text-align:center;text-indent:0}
.to{margin:12pt 0 10pt}.plain{list-style:"- ";margin:0;padding-left:1em}.small{font-size:${form.small}pt}
.foot{display:grid;grid-template-columns:50% 50%;margin-top:12pt;break-inside:avoid}.foot p{margin:0}
.wide{overflow-x:auto;margin-bottom:8pt}table{border-collapse:collapse;width:100%;font-size:${form.table + 1}pt}th,td{border:1px solid #000;padding:2pt 4pt}th{background:#f2f2f2}
figure{margin:6pt 0 10pt;text-align:center}svg{max-width:100%;height:auto}.appendix{border-top:1px dashed #888;margin-top:24pt;padding-top:12pt}
@media print{.appendix{break-before:page;border:0}@page{size:A4;margin:${form.marginTop}mm ${form.marginRight}mm ${form.marginBottom}mm ${form.marginLeft}mm}main{max-width:none;padding:0}}`
