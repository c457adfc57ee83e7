export { caseLetterFiles, type CaseLetter } from "./case-letters.ts"
export { composeReport, reportVocabulary } from "./compose.ts"
export { levels, type Figure, type Figures, type Laggard, type UnitRow, type WeeklyFigures } from "./figures.ts"
export { gather, type GatherOptions } from "./gather.ts"
export { registrationLetter, registrationVocabulary, tasksOf, unitPage, unitVocabulary } from "./letters.ts"
export { loadCalendar, loadOffice, type Office } from "./office.ts"
export {
  lastReadyPeriod,
  nextPeriod,
  parsePeriod,
  periodAt,
  periodsUntil,
  previousPeriod,
  reportKinds,
  type Cadence,
  type Period,
  type ReportKind,
} from "./period.ts"
export { contentTypes, type ReportFile } from "./render.ts"
export { renderFiles } from "./render-apart.ts"
export { writeFiles } from "./files.ts"
export type { Mailing } from "./mail-store.ts"
export type { MailMessage, MailSummary, SendMail } from "./mailer.ts"
export { readReminders, type Reminder } from "./reminder-rows.ts"
export { Reports, type MadeReport, type MakeOptions, type ReportsOptions } from "./reports.ts"
export { loadScoring, score, scoringVocabulary, type Scores } from "./scoring.ts"
export type {
  ArticleCount,
  DeliveryCount,
  FeedHealth,
  FollowerRow,
  LagRow,
  OpenFinding,
  ReachRow,
  RegistrationRow,
  ReminderRow,
  ReportAlert,
  ReportSources,
  ScoreEvidence,
} from "./sources.ts"
export { reportFormats, ReportStore, type ListFilter, type ReportFormat, type ReportRun } from "./store.ts"
export { checkReportTemplates } from "./check-templates.ts"
export { tracedFigures, traceFigure, type Trace } from "./trace.ts"
export { addWorkdays, isWorkday, nearestWorkday, type WorkCalendar } from "./workdays.ts"
export { pdfMake } from "./write-pdf.ts"
export { writeXlsx } from "./write-xlsx.ts"
export { writeZip, type ZipEntry } from "../base/zip.ts"
