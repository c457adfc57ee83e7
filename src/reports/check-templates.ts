/** Checks every report and letter template at once, so that one start names every mistake the office made. */
import { InvalidInputError, type Mistake } from "../base/errors.ts"
import { caseLetterFile, caseLetterKinds, caseLetterVocabulary } from "./case-letters.ts"
import { reportVocabulary } from "./compose.ts"
import { registrationVocabulary, unitVocabulary } from "./letters.ts"
import { mailVocabularies } from "./mail-text.ts"
import { loadOffice } from "./office.ts"
import { loadScoring, scoringVocabulary } from "./scoring.ts"
import { loadTemplate, type Vocabulary } from "./template.ts"

const templates: [file: string, vocabulary: Vocabulary][] = [
  ["reports/weekly.txt", reportVocabulary],
  ["reports/monthly.txt", reportVocabulary],
  ["reports/quarterly.txt", reportVocabulary],
  ["reports/unit-page.txt", unitVocabulary],
  ["reports/scoring.txt", scoringVocabulary],
  ["letters/reminder.txt", unitVocabulary],
  ["letters/escalation.txt", reportVocabulary],
  ...Object.entries(mailVocabularies),
  ["letters/registration.txt", registrationVocabulary],
  ...caseLetterKinds.map((kind): [string, Vocabulary] => [caseLetterFile(kind), caseLetterVocabulary]),
]

/** Answers every mistake in the folder's report settings, tables and templates; an empty list means all is well. */
export function checkReportTemplates(templatesDir: string): Mistake[] {
  const checks: (() => unknown)[] = [
    () => loadOffice(templatesDir),
    () => loadScoring(templatesDir),
    ...templates.map(
      ([file, vocabulary]) =>
        () =>
          loadTemplate(templatesDir, file, vocabulary),
    ),
  ]
  return checks.flatMap((check) => {
    try {
      check()
      return []
    } catch (error) {
      if (error instanceof InvalidInputError) return error.mistakes
      throw error
    }
  })
}
