import { vnDate, vnDateTime } from "../base/time.ts"
import { caseKinds, stepStates, type Case } from "../cases/index.ts"
import { checkPoints } from "../jobs/cases-checks.ts"
import { connectBySystemUser, connectByToken } from "../jobs/cases-connect.ts"
import { letterOf } from "../jobs/cases-letter.ts"
import { proposeNames } from "../jobs/cases-names.ts"
import { sendTestPost, takeTestPostDown, testPostOf } from "../jobs/cases-test-post.ts"
import { cancelCase, casesOf, listCases, openCase, returnCase, seeCase, submitCase, type CasePerson } from "../jobs/cases.ts"
import { actionWord, kindWord, partyWord, statusWord, stepWord } from "../jobs/cases-words.ts"
import type { Command, CommandContext, CommandResult, Option } from "./command.ts"
import { actor, iso, needIds, readJson, table, writeOut } from "./words.ts"

/** The console acts for the centre; `--person` names who answers for it, for the rule of two persons. */
const personOption: Option = {
  type: "string",
  value: "NAME",
  help: {
    vi: "người thực hiện (quy định hai người); mặc định người đăng nhập máy",
    en: "who answers for it (two persons); default: the person at the console",
  },
}
const personOf = (values: CommandContext["values"]): CasePerson => ({
  actor: actor(),
  name: String(values.person ?? actor()),
  party: "centre",
  unitId: null,
})
const dataOption: Option = {
  type: "string",
  value: "FILE",
  help: { vi: "câu trả lời của bước (JSON; '-' hoặc bỏ trống: đầu vào chuẩn)", en: "answer of the step (JSON; '-' or absent: standard input)" },
}

const viewOf = (found: Case) => ({
  id: found.id,
  kind: found.kind,
  unit: found.unitId,
  network: found.network,
  account: found.accountId,
  status: found.status,
  step: found.step,
  steps: stepStates(found),
  dueAt: iso(found.dueAt),
  returned: found.returned,
  openedAt: iso(found.openedAt),
  closedAt: iso(found.closedAt),
  reminders: found.reminders,
  data: found.data,
})
function standing(found: Case): string {
  if (found.status !== "open") return statusWord[found.status]
  const { party } = stepStates(found).find((step) => step.id === found.step)!
  return `bước “${stepWord[found.step]}”, chờ ${partyWord[party]}, hạn ${vnDate(found.dueAt)}`
}
const done = (found: Case): CommandResult => ({ json: { case: viewOf(found) }, text: `${found.id}: ${standing(found)}.` })

const list: Command = {
  name: "case list",
  summary: { vi: "Liệt kê hồ sơ tài khoản", en: "List account cases" },
  options: {
    unit: { type: "string", value: "ID", help: { vi: "chỉ đơn vị này", en: "only this unit" } },
    status: {
      type: "string",
      value: "S",
      choices: ["open", "done", "cancelled"],
      help: { vi: "open | done | cancelled", en: "open | done | cancelled" },
    },
    overdue: { type: "boolean", help: { vi: "chỉ hồ sơ quá hạn", en: "only overdue ones" } },
  },
  async run({ app, values }) {
    const rooms = await app.open()
    const text = (name: string) => (typeof values[name] === "string" ? (values[name] as string) : undefined)
    const cases = await listCases(
      rooms,
      {
        ...(text("unit") ? { unit: text("unit")! } : {}),
        ...(text("status") ? { status: text("status") as Case["status"] } : {}),
        ...(values.overdue ? { overdue: true } : {}),
      },
      { unitId: null },
    )
    const late = cases.filter((found) => found.status === "open" && found.dueAt < rooms.clock.now())
    const rows = cases.map((found) => [
      found.id,
      kindWord[found.kind],
      found.network,
      found.unitId,
      found.status === "open" ? stepWord[found.step] : statusWord[found.status],
      vnDate(found.dueAt),
      late.includes(found) ? "quá hạn" : "",
    ])
    return {
      exit: late.length ? 1 : 0,
      json: { cases: cases.map(viewOf), overdue: late.map((found) => found.id) },
      text: cases.length ? table(["Hồ sơ", "Loại", "Mạng", "Đơn vị", "Bước", "Hạn", ""], rows) : "Chưa có hồ sơ nào.",
    }
  },
}

const show: Command = {
  name: "case show",
  summary: { vi: "Một hồ sơ: các bước, việc cần làm, diễn biến", en: "One case: steps, what to do, history" },
  positionals: "ID",
  async run({ app, positionals }) {
    const rooms = await app.open()
    const [id] = needIds(positionals, 1)
    const found = await seeCase(rooms, id!, { unitId: null })
    const events = await casesOf(rooms).events(found.id)
    const names = found.status === "open" && found.step === "name" ? proposeNames(rooms, found) : null
    const post = await testPostOf(rooms, found)
    const unitName = rooms.view().unitById(found.unitId)?.name ?? found.unitId
    const marks = { done: "✓", current: "●", todo: "○" }
    const text = [
      `${found.id} – ${kindWord[found.kind]} ${found.network} – ${unitName} (${statusWord[found.status]})`,
      ...stepStates(found).map((step) => {
        const due = step.status === "current" && found.status === "open" ? `, hạn ${vnDate(found.dueAt)}` : ""
        return `  ${marks[step.status]} ${stepWord[step.id]} (${partyWord[step.party]})${due}`
      }),
      found.returned ? `Được trả lại: ${found.returned}` : "",
      ...(names?.suggestions.slice(0, 8).map((entry) => `  ${entry.rank}. ${entry.name}${entry.notes.length ? ` – ${entry.notes.join(" ")}` : ""}`) ??
        []),
      post ? `Bài thử: ${post.state}${post.remoteUrl ? ` ${post.remoteUrl}` : ""}${post.reason ? ` – ${post.reason}` : ""}` : "",
      ...events.map((event) => `  ${vnDateTime(event.at)}  ${event.actor}: ${actionWord[event.action] ?? event.action} (${stepWord[event.step]})`),
    ]
    return { json: { case: viewOf(found), events, names, testPost: post }, text: text.filter(Boolean).join("\n") }
  },
}

const start: Command = {
  name: "case start",
  summary: {
    vi: "Lập hồ sơ: đọc đề nghị (JSON) từ tệp hoặc đầu vào chuẩn",
    en: "Open a case: reads the request (JSON) from a file or standard input",
  },
  positionals: "KIND",
  choices: caseKinds,
  options: { unit: { type: "string", value: "ID", required: true, help: { vi: "đơn vị", en: "unit" } }, data: dataOption },
  async run({ app, positionals, values, cwd, stdin }) {
    const [kind] = needIds(positionals, 1)
    const input = await readJson(values.data as string | undefined, cwd, stdin)
    return done(await openCase(await app.open(), kind!, String(values.unit), input, personOf(values)))
  },
}

const submit: Command = {
  name: "case submit",
  summary: { vi: "Hoàn thành bước hiện tại bằng câu trả lời JSON", en: "Answer the present step with JSON" },
  positionals: "ID",
  options: { data: dataOption, person: personOption },
  async run({ app, positionals, values, cwd, stdin }) {
    const [id] = needIds(positionals, 1)
    return done(await submitCase(await app.open(), id!, await readJson(values.data as string | undefined, cwd, stdin), personOf(values)))
  },
}

const giveBack: Command = {
  name: "case return",
  summary: { vi: "Trả hồ sơ về một bước trước, kèm lý do", en: "Send a case back to an earlier step, with reasons" },
  positionals: "ID",
  options: {
    to: { type: "string", value: "STEP", help: { vi: "bước, ví dụ dossier", en: "step, e.g. dossier" } },
    why: { type: "string", value: "TEXT", help: { vi: "lý do", en: "reasons" } },
  },
  async run({ app, positionals, values }) {
    const [id] = needIds(positionals, 1)
    return done(await returnCase(await app.open(), id!, String(values.to ?? ""), String(values.why ?? ""), personOf(values)))
  },
}

const cancel: Command = {
  name: "case cancel",
  summary: { vi: "Hủy hồ sơ, kèm lý do", en: "Cancel a case, with a reason" },
  positionals: "ID",
  options: { why: { type: "string", value: "TEXT", help: { vi: "lý do", en: "reason" } } },
  async run({ app, positionals, values }) {
    const [id] = needIds(positionals, 1)
    return done(await cancelCase(await app.open(), id!, String(values.why ?? ""), personOf(values)))
  },
}

const connect: Command = {
  name: "case connect",
  summary: {
    vi: "Kết nối tài khoản của hồ sơ: đọc mã truy cập (JSON) từ đầu vào chuẩn",
    en: "Connect the case's account: reads its credential (JSON) from standard input",
  },
  positionals: "ID",
  options: {
    system: {
      type: "boolean",
      help: { vi: "dùng người dùng hệ thống Facebook đã lưu của tỉnh; không đọc đầu vào", en: "use the stored Facebook system user; reads no input" },
    },
    person: personOption,
  },
  async run({ app, positionals, values, cwd, stdin }) {
    const [id] = needIds(positionals, 1)
    const rooms = await app.open()
    const found = await seeCase(rooms, id!, { unitId: null })
    const message = values.system
      ? await connectBySystemUser(rooms, found, personOf(values))
      : await connectByToken(rooms, found, await readJson(undefined, cwd, stdin), personOf(values))
    return { ...done(await seeCase(rooms, id!, { unitId: null })), text: message }
  },
}

const check: Command = {
  name: "case check",
  summary: { vi: "Đọc tài khoản và Cổng, cho biết các điểm kiểm tra", en: "Look at the account and the portal: the points to be proved" },
  positionals: "ID",
  async run({ app, positionals }) {
    const [id] = needIds(positionals, 1)
    const rooms = await app.open()
    const points = await checkPoints(rooms, await seeCase(rooms, id!, { unitId: null }))
    return {
      exit: points.every((point) => point.ok) ? 0 : 1,
      json: { case: id, points },
      text: points.map((point) => `${point.ok ? "✓" : point.ok === null ? "?" : "✕"} ${point.text}`).join("\n"),
    }
  },
}

const testPost: Command = {
  name: "case test-post",
  summary: { vi: "Đăng bài thử của hồ sơ, hoặc gỡ (--take-down)", en: "Publish the case's test post, or take it down (--take-down)" },
  positionals: "ID",
  options: { "take-down": { type: "boolean", help: { vi: "gỡ bài thử", en: "take it down" } }, person: personOption },
  async run({ app, positionals, values }) {
    const [id] = needIds(positionals, 1)
    const rooms = await app.open()
    const found = await seeCase(rooms, id!, { unitId: null })
    const after = values["take-down"] ? await takeTestPostDown(rooms, found, personOf(values)) : await sendTestPost(rooms, found, personOf(values))
    const post = await testPostOf(rooms, after)
    return {
      json: { case: viewOf(after), testPost: post },
      text: values["take-down"] ? "Bài thử sẽ được gỡ ở lượt gửi tới." : `Bài thử: ${post?.state}${post?.reason ? ` – ${post.reason}` : ""}.`,
    }
  },
}

const letter: Command = {
  name: "case letter",
  summary: { vi: "Ghi công văn của hồ sơ ra tệp", en: "Write the letter of a case to a file" },
  positionals: "ID",
  options: {
    format: { type: "string", value: "F", choices: ["docx", "pdf"], help: { vi: "docx | pdf (mặc định docx)", en: "docx | pdf (default docx)" } },
    out: { type: "string", value: "FILE|DIR", help: { vi: "tệp hoặc thư mục; mặc định tại thư mục hiện tại", en: "file or folder; default here" } },
  },
  async run({ app, positionals, values, cwd }) {
    const [id] = needIds(positionals, 1)
    const rooms = await app.open()
    const made = await letterOf(rooms, await seeCase(rooms, id!, { unitId: null }), (values.format as "docx" | "pdf" | undefined) ?? "docx")
    const file = await writeOut(cwd, values.out, made.name, made.content)
    return { json: { case: id, file, bytes: made.content.length }, text: `Đã ghi ${file}.` }
  },
}

export const caseCommands: Command[] = [list, show, start, submit, giveBack, cancel, connect, check, testPost, letter]
