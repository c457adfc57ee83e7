/** Words of the mails (`templates/letters/mail-*.txt`): "@trích yếu" is the subject, the body is plain text. */
import { reportFilling, reportVocabulary } from "./compose.ts"
import type { Block } from "./document.ts"
import { points } from "./format.ts"
import { unitFilling, unitVocabulary } from "./letters.ts"
import type { Office } from "./office.ts"
import { scoringFilling, scoringVocabulary } from "./scoring.ts"
import type { MadeReport } from "./reports.ts"
import { fillLines, fillParts, loadTemplate, type Filling, type Template, type Vocabulary } from "./template.ts"

export interface MailText {
  subject: string
  text: string
}
type Made = Pick<MadeReport, "figures" | "scores">

/** A mail holds sentences and lists; tables are in the attachment. */
const plain = (vocabulary: Vocabulary, blocks: string[] = []): Vocabulary => ({ values: vocabulary.values, blocks })
export const mailVocabularies: Record<string, Vocabulary> = {
  "letters/mail-report.txt": plain(reportVocabulary),
  "letters/mail-branch.txt": plain(reportVocabulary),
  "letters/mail-scoring.txt": plain(scoringVocabulary),
  "letters/mail-unit.txt": plain(unitVocabulary, ["việc cần làm"]),
  "letters/mail-reminder.txt": plain(unitVocabulary, ["việc cần làm"]),
  "letters/mail-escalation.txt": plain(reportVocabulary),
}

/** The whole report, or the rows of a branch. */
export function composeMail(what: "report" | "branch" | "escalation", made: Made, office: Office, templatesDir: string): MailText {
  if (made.scores) return written("letters/mail-scoring.txt", scoringFilling(made.scores, office), templatesDir)
  return written(`letters/mail-${what}.txt`, reportFilling(made.figures!, office), templatesDir)
}

/** What one unit is told, of itself alone. `level` > 0: it is a reminder. */
export function unitMail(unitId: string, made: Made, office: Office, templatesDir: string, level = 0): MailText {
  if (made.scores) return written("letters/mail-scoring.txt", scoringFilling(made.scores, office, unitId), templatesDir)
  return written(level ? "letters/mail-reminder.txt" : "letters/mail-unit.txt", unitFilling(made.figures!, unitId, office, level), templatesDir)
}

function written(name: string, filling: Filling, templatesDir: string): MailText {
  const template: Template = loadTemplate(templatesDir, name, mailVocabularies[name]!)
  return {
    subject: fillParts(template.parts["trích yếu"], filling).join(" "),
    text: `${fillLines(template.body, filling).flatMap(linesOf).join("\n")}\n`,
  }
}

function linesOf(block: Block): string[] {
  if (block.kind === "heading") return ["", block.text]
  if (block.kind === "text") return [block.text]
  if (block.kind === "item") return [`- ${block.text}`]
  if (block.kind === "list")
    return block.items.length ? block.items.map((text, index) => `  ${points[index % points.length]}) ${text}`) : [block.empty]
  return []
}
