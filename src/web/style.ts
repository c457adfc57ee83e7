/** The one style sheet, served from memory under its hash. System fonts only: nothing is fetched from elsewhere. */
import { sha256 } from "../base/hash.ts"

const css = `
:root { --ink: #16202c; --soft: #52606e; --line: #d5dce4; --paper: #fff; --back: #f3f5f8; --brand: #0b3a75; --brand-2: #f2c94c; --link: #0b4fa8;
  --pass: #1b7a43; --pass-b: #e2f3e8; --advice: #7a5600; --advice-b: #fdf2d3; --violation: #b3261e; --violation-b: #fce4e2; --suspect: #7b1fa2; --suspect-b: #f3e3f8; --none: #52606e; --none-b: #e9edf1 }
* { box-sizing: border-box }
html { -webkit-text-size-adjust: 100% }
body { margin: 0; background: var(--back); color: var(--ink); font: 16px/1.5 system-ui, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", Arial, sans-serif }
a { color: var(--link) }
a:focus-visible, button:focus-visible, input:focus-visible, summary:focus-visible, select:focus-visible { outline: 3px solid var(--brand-2); outline-offset: 2px }
.skip { position: absolute; left: -999px } .skip:focus { left: 8px; top: 8px; background: #fff; padding: 8px; z-index: 9 }
header.top { background: var(--brand); color: #fff; border-bottom: 3px solid var(--brand-2) }
.bar { max-width: 1240px; margin: 0 auto; padding: 10px 16px; display: flex; flex-wrap: wrap; gap: 6px 20px; align-items: center }
.bar a { color: #fff; text-decoration: none } .bar a:hover { text-decoration: underline }
.brand { font-weight: 700; font-size: 1.15rem } .brand small { font-weight: 400; opacity: .88; font-size: .82rem; margin-left: 8px }
nav.main { display: flex; gap: 4px; flex-wrap: wrap; flex: 1 }
nav.main a { padding: 6px 10px; border-radius: 6px } nav.main a[aria-current] { background: rgba(255,255,255,.17); font-weight: 600 }
.who { display: flex; gap: 12px; align-items: center; font-size: .88rem } .who form { margin: 0 }
.who button { background: transparent; border: 1px solid rgba(255,255,255,.65); color: #fff; padding: 3px 10px }
.rehearsal { background: #fff6d6; border-bottom: 1px solid #e6d48e; text-align: center; font-size: .88rem; padding: 4px 16px }
main { max-width: 1240px; margin: 0 auto; padding: 16px }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 8px 0 4px } h2 { font-size: 1.12rem; margin: 0 0 10px } h3 { font-size: 1rem; margin: 14px 0 6px }
.lead { color: var(--soft); margin: 0 0 14px }
.card { background: var(--paper); border: 1px solid var(--line); border-radius: 10px; padding: 14px 16px; margin: 0 0 16px }
.columns { display: grid; grid-template-columns: 2fr 1fr; gap: 16px; align-items: start }
.flow { display: flex; gap: 8px; list-style: none; margin: 0; padding: 0; align-items: stretch }
.flow li { flex: 1; background: var(--back); border-radius: 8px; padding: 10px 12px; position: relative; min-width: 0 }
.flow li + li::before { content: "→"; position: absolute; left: -13px; top: 50%; transform: translateY(-50%); color: var(--soft); font-weight: 700 }
.flow li + li { margin-left: 10px }
.flow b { display: block; font-size: 1.6rem; line-height: 1.15 } .flow span { display: block; font-size: .84rem; color: var(--soft) } .flow strong { font-size: .9rem }
.tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(112px, 1fr)); gap: 5px; list-style: none; margin: 0 0 12px; padding: 0 }
.tiles.wide { grid-template-columns: repeat(auto-fill, minmax(172px, 1fr)) }
.tiles a { display: flex; justify-content: space-between; gap: 4px; min-height: 38px; align-items: center; padding: 4px 8px; border-radius: 6px; text-decoration: none; font-size: .84rem; line-height: 1.15; border: 1px solid transparent; overflow-wrap: anywhere }
.tiles a:hover { border-color: currentColor }
.pass { color: var(--pass); background: var(--pass-b) } .advice { color: var(--advice); background: var(--advice-b) } .violation { color: var(--violation); background: var(--violation-b) }
.impersonation-suspect { color: var(--suspect); background: var(--suspect-b) } .none { color: var(--none); background: var(--none-b) }
.legend { display: flex; gap: 10px; flex-wrap: wrap; font-size: .84rem; margin: 0 0 10px; padding: 0; list-style: none }
.tag { display: inline-block; border-radius: 999px; padding: 1px 10px; font-size: .82rem; font-weight: 600; white-space: nowrap }
.big { font-size: 1.05rem; padding: 5px 16px; white-space: normal; border-radius: 16px }
p, h1, h2, .meta { overflow-wrap: anywhere }
.waits { list-style: none; padding: 0; margin: 0 } .waits li { display: flex; justify-content: space-between; gap: 8px; padding: 7px 0; border-top: 1px solid var(--line) } .waits li:first-child { border: 0 } .waits b { font-size: 1.1rem }
.rows { list-style: none; margin: 0; padding: 0 } .rows > li { border-top: 1px solid var(--line); padding: 10px 0 } .rows > li:first-child { border-top: 0 }
.meta { color: var(--soft); font-size: .86rem } .meta > * + *::before { content: " · " }
table { width: 100%; border-collapse: collapse; font-size: .93rem } th, td { text-align: left; padding: 7px 10px 7px 0; border-bottom: 1px solid var(--line); vertical-align: top } th { font-weight: 600; color: var(--soft); font-size: .84rem }
.finding { border-left: 4px solid var(--line); padding: 6px 0 6px 12px; margin: 0 0 12px } .finding p { margin: 2px 0 }
.finding.f-violation { border-color: var(--violation) } .finding.f-advice { border-color: #d9a400 } .finding.f-impersonation-suspect { border-color: var(--suspect) }
blockquote, pre { margin: 6px 0; padding: 8px 12px; background: var(--back); border-radius: 6px; font: inherit; font-size: .9rem; white-space: pre-wrap; overflow-wrap: anywhere }
button, .button { font: inherit; font-weight: 600; border: 1px solid var(--brand); background: var(--brand); color: #fff; border-radius: 7px; padding: 8px 16px; min-height: 40px; cursor: pointer; text-decoration: none; display: inline-block }
button.plain { background: #fff; color: var(--brand) } button.danger { background: #fff; color: var(--violation); border-color: var(--violation) } button.small { padding: 3px 10px; min-height: 32px; font-size: .86rem }
input[type=text], input[type=password], input[type=search] { font: inherit; width: 100%; padding: 9px 11px; border: 1px solid #93a0ae; border-radius: 7px; background: #fff }
label { font-weight: 600 } .field { margin: 0 0 12px }
.narrow { max-width: 440px; margin: 24px auto } .middle { max-width: 720px; margin: 12px auto }
.tabs { display: flex; flex-wrap: wrap; gap: 6px; margin: 0 0 14px } .tabs a { padding: 6px 14px; border: 1px solid var(--line); border-radius: 999px; background: #fff; text-decoration: none } .tabs a[aria-current] { background: var(--brand); color: #fff; border-color: var(--brand) }
.post { display: grid; grid-template-columns: 30px 1fr; gap: 8px } .post input { width: 22px; height: 22px; margin-top: 2px }
.post .title { font-weight: 600; overflow-wrap: anywhere }
.why { color: var(--violation); margin: 3px 0 }
.actions { position: sticky; bottom: 0; background: var(--paper); border-top: 2px solid var(--brand); padding: 12px 16px; display: flex; flex-wrap: wrap; gap: 10px; align-items: center; margin: 12px -16px -14px; border-radius: 0 0 10px 10px } .actions input[type=text] { flex: 1 1 220px; width: auto }
.notice { padding: 10px 14px; border-radius: 8px; background: var(--pass-b); color: var(--pass); margin: 0 0 14px } .notice.bad { background: var(--violation-b); color: var(--violation) }
.empty { color: var(--soft); padding: 10px 0; margin: 0 }
.inline { display: flex; flex-wrap: wrap; gap: 8px; align-items: center } .inline input[type=text] { width: auto; flex: 1 1 200px }
summary { cursor: pointer; color: var(--link) }
footer { max-width: 1240px; margin: 0 auto; padding: 8px 16px 24px; color: var(--soft); font-size: .84rem; display: flex; gap: 16px; flex-wrap: wrap }
@media (max-width: 800px) {
  .columns { grid-template-columns: 1fr } .flow { flex-direction: column } .flow li + li { margin-left: 0; margin-top: 10px } .flow li + li::before { content: "↓"; left: 20px; top: -8px; transform: translateY(-50%) }
  .flow li { display: grid; grid-template-columns: auto 1fr; gap: 0 12px; align-items: center } .flow b { grid-row: 1 / span 2; min-width: 2.2em; text-align: right }
  .columns > .first { order: -1 } .tiles { grid-template-columns: repeat(auto-fill, minmax(100px, 1fr)) } .tiles.wide { grid-template-columns: repeat(auto-fill, minmax(140px, 1fr)) }
  .bar { padding: 8px 12px } .brand { width: 100% } nav.main { order: 3; flex: 1 0 100%; gap: 0; justify-content: space-between } nav.main a { padding: 6px 8px } .who { width: 100%; justify-content: space-between }
  main { padding: 12px } .actions input[type=text] { flex-basis: 100% } .actions button { flex: 1 }
  table.stack, .stack tbody, .stack tr, .stack td { display: block } .stack thead { display: none } .stack tr { border-bottom: 1px solid var(--line); padding: 6px 0 } .stack td { border: 0; padding: 2px 0 }
}
@media print { header.top, footer, .actions, .tabs, .rehearsal { display: none } body { background: #fff } }
`.trim()

/** The only script: ticks every box of a list. Everything works without it. */
const script = `document.querySelectorAll("[data-ticks]").forEach(function (all) {
  all.closest("label").hidden = false
  all.addEventListener("change", function () { document.querySelectorAll("input[name=" + all.dataset.ticks + "]").forEach(function (box) { box.checked = all.checked }) })
})
`

const asset = (name: string, text: string, type: string) => ({ path: `/static/${sha256(text).slice(0, 16)}-${name}`, text, type })
export const style = asset("style.css", css, "text/css; charset=utf-8")
export const deskScript = asset("desk.js", script, "text/javascript; charset=utf-8")
