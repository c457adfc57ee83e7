/**
 * Makes the papers of a rehearsal week, lets LibreOffice open every DOCX and XLSX, and draws them as pictures to look at.
 * Run: `bun bench/report-look.ts DIR [all]` (`all` = the 119 units of the registry; needs soffice and pdftoppm). Exit 1: one could not be opened.
 */
import { mkdirSync, readdirSync } from "node:fs"
import { join, resolve } from "node:path"
import { writeFiles } from "../src/reports/index.ts"
import { reportWeek } from "../test/support/report-week.ts"

const [out = "look", size] = process.argv.slice(2)
const dir = resolve(out)
const pictures = join(dir, "pictures")
mkdirSync(pictures, { recursive: true })
const w = await reportWeek({ ...(size === "all" ? { units: () => true, everyNth: 5 } : {}), env: { LOA_DATA: join(dir, "data") } })
await w.live()
const { reports } = w.rooms
const unit = w.units.find((entry) => entry.kind === "commune" && entry.accounts.length > 0)!.id
const department = w.units.find((entry) => entry.kind === "department")!.id
for (const [kind, options] of [["weekly", {}], ["monthly", { period: "2026-11" }], ["quarterly", { period: "2026-Q4" }], ["scoring", { period: "2026-11" }], ["weekly", { unit }], ["scoring", { period: "2026-11", unit: department }]] as const) {
  await writeFiles((await reports.make(kind, options)).files, dir)
}
const [reminder] = await reports.reminders.make()
for (const format of ["docx", "pdf"] as const) {
  const letter = await reports.reminders.letter(reminder!.id, format)
  await Bun.write(join(dir, letter!.name), letter!.content)
}
const registered = await reports.registration(w.rooms.view().units.find((entry) => entry.id === unit)!)
await writeFiles(registered, dir)
await w.close()

let failed = 0
const run = (words: string[]) => Bun.spawnSync(words, { stdout: "pipe", stderr: "pipe", timeout: 180_000 })
for (const name of readdirSync(dir).filter((entry) => /\.(docx|xlsx)$/.test(entry))) {
  const target = `${name.replace(".", "-")}.pdf`
  const converted = run(["soffice", "--headless", "--norestore", "--convert-to", "pdf", "--outdir", pictures, join(dir, name)])
  const made = join(pictures, name.replace(/\.(docx|xlsx)$/, ".pdf"))
  const ok = converted.exitCode === 0 && (await Bun.file(made).exists())
  if (ok) run(["mv", made, join(pictures, target)])
  if (!ok) failed += 1
  console.log(`${ok ? "opened" : "FAILED"} ${name}`)
}
for (const name of readdirSync(dir).filter((entry) => entry.endsWith(".pdf"))) run(["pdftoppm", "-r", "60", "-png", join(dir, name), join(pictures, name.replace(/\.pdf$/, ""))])
for (const name of readdirSync(pictures).filter((entry) => entry.endsWith("docx.pdf"))) run(["pdftoppm", "-r", "60", "-png", join(pictures, name), join(pictures, name.replace(/\.pdf$/, ""))])
process.exit(failed ? 1 : 0)
