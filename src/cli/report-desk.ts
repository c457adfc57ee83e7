/** `loa report …` beside the making: what was made, who got it, reminders, where a number comes from, and checks of what the office writes. */
import { createMailer } from "../alerts/index.ts"
import { InvalidInputError, UsageError } from "../base/errors.ts"
import { fromIsoDate, vnDate, vnDateTime } from "../base/time.ts"
import { checkReportTemplates, reportKinds, type ReportKind, type SendMail } from "../reports/index.ts"
import type { Rooms } from "../app.ts"
import type { Command, CommandContext } from "./command.ts"
import { actor } from "./words.ts"

const textOf = ({ values }: CommandContext, name: string) => (typeof values[name] === "string" ? (values[name] as string) : undefined)
const need = ({ positionals }: CommandContext, what: string) => {
  if (!positionals[0]) throw new UsageError("missing_option", `expected ${what}`)
  return positionals[0]
}
function mailer({ config }: Rooms): SendMail {
  const sendMail = createMailer(config)
  if (!sendMail) throw new UsageError("no_mail", "SMTP_URL and LOA_MAIL_FROM are not set")
  return sendMail
}

const checkTemplates: Command = {
  name: "report check-templates",
  summary: { vi: "Kiểm tra mẫu báo cáo, công văn, thư trong LOA_TEMPLATES", en: "check the office's report, letter and mail templates" },
  async run({ app, lang }) {
    const mistakes = checkReportTemplates(app.config.templatesDir)
    if (mistakes.length) throw new InvalidInputError("templates", mistakes)
    return { json: { mistakes: [] }, text: lang === "en" ? "All templates are sound." : "Các mẫu đều đúng." }
  },
}

const list: Command = {
  name: "report list",
  summary: { vi: "Báo cáo đã lập và tình trạng gửi", en: "made reports and how their mail stands" },
  options: { kind: { type: "string", value: "KIND", choices: reportKinds, help: { vi: "loại báo cáo", en: "kind of report" } } },
  async run(context) {
    const { reports } = await context.app.open()
    const kind = textOf(context, "kind") as ReportKind | undefined
    const runs = await reports.list(kind ? { kind } : {})
    const state = { made: "chưa gửi", sent: "đã gửi", failed: "gửi chưa hết" }
    return {
      json: { reports: runs },
      text:
        runs
          .map(
            (run) =>
              `${run.id}  ${run.kind.padEnd(9)} ${run.period.padEnd(8)} ${vnDateTime(run.madeAt)}  ${context.lang === "en" ? run.state : state[run.state]}`,
          )
          .join("\n") || "Chưa lập báo cáo nào.",
    }
  },
}

const send: Command = {
  name: "report send",
  positionals: "ID",
  summary: { vi: "Gửi ngay phần còn nợ của một báo cáo đã lập", en: "send what is still owed of a made report, at once" },
  options: {
    again: { type: "boolean", help: { vi: "gửi lại cho mọi người nhận như bản đính chính", en: "send it anew to everybody as a corrected edition" } },
  },
  async run(context) {
    const rooms = await context.app.open()
    const { sent, failed } = await rooms.reports.sendNow(need(context, "the id of a report (loa report list)"), mailer(rooms), {
      actor: actor(),
      again: context.values.again === true,
      signal: context.signal,
    })
    const words = context.lang === "en" ? `sent ${sent}, failed ${failed.length}` : `đã gửi ${sent}, chưa gửi được ${failed.length}`
    return {
      exit: failed.length ? 1 : 0,
      json: { sent, failed },
      text: [words, ...failed.map((entry) => `  ${entry.recipient}: ${entry.reason}`)].join("\n"),
    }
  },
}

const trace: Command = {
  name: "report trace",
  positionals: "[FIGURE]",
  summary: { vi: "Một số liệu được đếm từ những dòng nào", en: "the rows a number was counted from" },
  options: {
    run: {
      type: "string",
      value: "ID",
      help: { vi: "báo cáo đã lập; mặc định là báo cáo tuần mới nhất", en: "a made report; default: the latest weekly one" },
    },
  },
  async run(context) {
    const { reports } = await context.app.open()
    const id = textOf(context, "run") ?? (await reports.list({ kind: "weekly", limit: 1 }))[0]?.id
    if (!id) throw new UsageError("report_not_found", "no weekly report was made yet")
    const traces = await reports.trace(id, context.positionals[0])
    return {
      json: { run: id, figures: traces },
      text: traces
        .map((entry) =>
          [
            `${entry.path} = ${entry.value ?? "không có số liệu"}  (${entry.query})`,
            ...(context.positionals[0] ? (entry.rows ?? []).map((row) => `  ${row}`) : []),
          ].join("\n"),
        )
        .join("\n"),
    }
  },
}

const reminders: Command = {
  name: "report reminders",
  summary: { vi: "Công văn đôn đốc: xem, lập, ghi nhận đã gửi", en: "reminder letters: list, make, note as sent" },
  options: {
    make: { type: "boolean", help: { vi: "lập các công văn đến hạn hôm nay", en: "make the letters that are due today" } },
    sent: { type: "string", value: "ID", help: { vi: "ghi nhận công văn đã gửi", en: "note a letter as sent" } },
    on: {
      type: "string",
      value: "YYYY-MM-DD",
      day: true,
      help: { vi: "ngày gửi (YYYY-MM-DD), mặc định hôm nay", en: "day it was sent, default today" },
    },
    withdraw: { type: "string", value: "ID", help: { vi: "không gửi công văn này", en: "this letter shall not go out" } },
    why: { type: "string", value: "TEXT", help: { vi: "lý do không gửi", en: "why it is withdrawn" } },
  },
  async run(context) {
    const { reports, clock } = await context.app.open()
    const [sent, withdrawn, on] = [textOf(context, "sent"), textOf(context, "withdraw"), textOf(context, "on")]
    if (on && !(fromIsoDate(on) <= clock.now())) throw new UsageError("bad_option", `--on ${on}: expected a day YYYY-MM-DD that is not in the future`)
    if (withdrawn && !textOf(context, "why")) throw new UsageError("missing_option", "--withdraw needs --why")
    if (sent) await reports.reminders.noteSent(sent, actor(), on ? fromIsoDate(on) : clock.now())
    if (withdrawn) await reports.reminders.withdraw(withdrawn, actor(), textOf(context, "why")!)
    if (context.values.make) await reports.reminders.make(context.progress)
    const all = await reports.reminders.list()
    const state = { made: "chờ gửi", sending: "đang gửi", sent: "đã gửi", withdrawn: "không gửi" }
    return {
      json: { reminders: all },
      text:
        all
          .map((row) => {
            const kind = `${row.unitId ? `lần ${row.level}` : "báo cáo"}${row.escalated ? ", cấp trên" : ""}`
            return [row.id, vnDate(row.madeAt), kind, row.unitId || `${row.tasks.length} đơn vị`, state[row.state], row.letter].join("  ")
          })
          .join("\n") || "Chưa có công văn đôn đốc nào.",
    }
  },
}

const evidence: Command = {
  name: "report evidence",
  summary: { vi: "Kiểm tra minh chứng chấm điểm trong accounts/evidence", en: "check the evidence handed in for the scoring tables" },
  async run({ app }) {
    const { reports } = await app.open()
    const entries = await reports.evidence()
    return {
      json: { evidence: entries },
      text:
        entries.map((entry) => `${entry.period}  ${entry.unit}  ${entry.criterion}  ${entry.option}  ${entry.proof}`).join("\n") ||
        "Chưa có minh chứng nào.",
    }
  },
}

export const reportDeskCommands: Command[] = [list, send, trace, reminders, evidence, checkTemplates]
