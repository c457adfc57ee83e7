import { Hono } from "hono"
import type { Rooms } from "../../app.ts"
import { InvalidInputError, NotFoundError, UsageError, type Mistake } from "../../base/errors.ts"
import { caseKinds, identityTasks, mayAct, nest, type Case, type Party } from "../../cases/index.ts"
import { checkPoints } from "../../jobs/cases-checks.ts"
import { letterOf } from "../../jobs/cases-letter.ts"
import { proposeNames } from "../../jobs/cases-names.ts"
import { circlePreview, expectationsOf, judgePicture, picturesFor, pictureSizes, renderPicture } from "../../jobs/cases-pictures.ts"
import { sendTestPost, takeTestPostDown, testPostOf } from "../../jobs/cases-test-post.ts"
import { cancelCase, casesOf, listCases, openCase, returnCase, saveIdentity, seeCase, submitCase, unitOf, type CasePerson } from "../../jobs/cases.ts"
import { isPublishing } from "../../registry/index.ts"
import { contentTypes } from "../../reports/index.ts"
import { page } from "../layout.tsx"
import { can, type User } from "../people/index.ts"
import { ForbiddenError, say, signedIn, userOf, type Desk, type Visit, type WebEnv } from "../visit.ts"
import { flatten, type Values } from "./cases-form.tsx"
import { CaseList, caseViews, NewCasePage, type CaseListView, type NewCase } from "./cases-list.tsx"
import { CasePage, type CaseView } from "./cases-page.tsx"

/** The side a person acts for; null = only reads. */
export const partyOf = (user: User): Party | null =>
  user.role === "unit_official" ? "unit" : ["province_admin", "approver", "editor"].includes(user.role) ? "centre" : null
export function personOf(c: Visit): CasePerson {
  const user = userOf(c)
  const party = partyOf(user)
  if (!party) throw new ForbiddenError("cases")
  return { actor: `user:${user.id}`, name: user.name, party, unitId: user.unitId }
}
/** A test post and the entry let an account speak: for those who may approve. */
const needApprover = (c: Visit, found: Case, what: string) => {
  if ((what === "test" || (found.step === "activate" && what === "submit")) && !can(userOf(c), "approve")) throw new ForbiddenError("approve")
}

export function casePages({ rooms }: Desk): Hono<WebEnv> {
  const names = (id: string) => rooms.view().unitById(id)?.name ?? id
  const see = (c: Visit) => seeCase(rooms, c.req.param("id") ?? "", userOf(c))

  return new Hono<WebEnv>()
    .get("/cases", signedIn, async (c) => {
      const t = say(c)
      const user = userOf(c)
      const view = caseViews.find((one) => one === c.req.query("view")) ?? "open"
      const lists = await listsOf(rooms, user)
      return page(
        c,
        rooms,
        t("Hồ sơ tài khoản", "Account cases"),
        <CaseList
          cases={lists[view]}
          counts={countsOf(lists)}
          view={view}
          nameOf={names}
          now={rooms.clock.now()}
          mayOpen={partyOf(user) !== null}
          t={t}
        />,
      )
    })
    .get("/cases/new", signedIn, (c) => {
      personOf(c)
      const query = c.req.query()
      return showNew(c, rooms, {
        kind: query.kind ?? "",
        values: { unit: query.unit ?? "", account: query.account ?? "", network: query.network ?? "" },
      })
    })
    .post("/cases/new", signedIn, async (c) => {
      const person = personOf(c)
      const { kind = "", unit = "", ...flat } = (await c.req.parseBody()) as Record<string, string>
      const account = rooms.view().accountById(flat.account ?? "")
      const unitId = kind === "register" ? unit : (account?.unitId ?? "")
      try {
        const made = await openCase(rooms, kind, unitId, nest(flat), person)
        return c.redirect(`/cases/${made.id}`, 303)
      } catch (error) {
        return showNew(c, rooms, { kind, values: { ...flat, unit }, ...problemOf(error) })
      }
    })
    .get("/cases/:id", signedIn, async (c) => showCase(c, rooms, await see(c), { notice: noticeOf(c) }))
    .post("/cases/:id", signedIn, async (c) => {
      const person = personOf(c)
      const found = await see(c)
      const body = (await c.req.parseBody({ all: true })) as Record<string, string | string[]>
      const { do: what = "submit", version, ...fields } = body
      try {
        if (String(version) !== String(found.version))
          throw new UsageError("case_changed", "Hồ sơ vừa được người khác cập nhật. Hãy xem lại rồi thực hiện.")
        if (what === "look" && !mayAct(person.party, found)) throw new ForbiddenError("cases")
        if (what === "look") return showCase(c, rooms, found, { values: flat(fields), points: await checkPoints(rooms, found) })
        needApprover(c, found, String(what))
        const after = await obey(rooms, found, String(what), fields, person)
        return c.redirect(`/cases/${after.id}`, 303)
      } catch (error) {
        const { mistakes, problem } = problemOf(error)
        return showCase(c, rooms, await see(c), {
          values: flat(fields),
          mistakes,
          notice: problem ? { text: problem, bad: true } : null,
          status: 400,
        })
      }
    })
    .get("/cases/:id/:file{letter\\.(?:docx|pdf)}", signedIn, async (c) => {
      const format = c.req.param("file").endsWith("pdf") ? "pdf" : "docx"
      const letter = await letterOf(rooms, await see(c), format)
      const how = format === "pdf" ? "inline" : "attachment"
      return c.body(new Uint8Array(letter.content), 200, {
        "content-type": contentTypes[format],
        "content-disposition": `${how}; filename="${letter.name}"`,
      })
    })
    .get("/cases/:id/pictures/:picture/:file{(?:preview|180|320|720|800)\\.png}", signedIn, async (c) => {
      const unit = unitOf(rooms, await see(c))
      const offered = (await picturesFor(rooms, unit)).find((one) => one.id === c.req.param("picture"))
      if (!offered) throw new NotFoundError("picture", c.req.param("picture"))
      const file = c.req.param("file")
      const bytes = file === "preview.png" ? await circlePreview(offered, 320) : await renderPicture(offered, Number(file.split(".")[0]) as 180)
      return c.body(new Uint8Array(bytes), 200, { "content-type": "image/png", "cache-control": "private, max-age=3600" })
    })
}

function obey(rooms: Rooms, found: Case, what: string, fields: Record<string, string | string[]>, person: CasePerson): Promise<Case> {
  const text = (name: string) => String(fields[name] ?? "")
  switch (what) {
    case "save":
      return saveIdentity(rooms, found.id, fields, person)
    case "return":
      return returnCase(rooms, found.id, text("to"), text("reasons").slice(0, 1_000), person)
    case "cancel":
      return cancelCase(rooms, found.id, text("why").slice(0, 300), person)
    case "test":
      return sendTestPost(rooms, found, person)
    case "takedown":
      return takeTestPostDown(rooms, found, person)
    default:
      return submitCase(rooms, found.id, answerOf(found, fields), person, found.version)
  }
}

/** The form of names offers a choice and a free line; everything else is the answer as it is. */
function answerOf(found: Case, fields: Record<string, string | string[]>): Record<string, unknown> {
  if (found.step !== "name") return nest(fields)
  const { choice = "", own = "", exception } = fields
  return { name: String(own).trim() || String(choice), exception: String(exception ?? "") }
}

/** Several ticks of one name as words with spaces between. */
const flat = (fields: Record<string, string | string[]>): Values =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, [value].flat().join(" ")]))

function problemOf(error: unknown): { mistakes: Mistake[]; problem: string | null } {
  if (error instanceof InvalidInputError) return { mistakes: error.mistakes, problem: null }
  if (error instanceof UsageError) return { mistakes: [], problem: error.message }
  throw error
}

/** A message that a call-back left in the address; only our own words are shown. */
const notices: Record<string, string> = { connected: "Đã kết nối đúng tài khoản." }
const noticeOf = (c: Visit) => {
  const text = notices[c.req.query("notice") ?? ""]
  return text ? { text, bad: false } : null
}

interface Shown {
  values?: Values
  mistakes?: Mistake[]
  notice?: CaseView["notice"]
  points?: CaseView["facts"]["points"]
  status?: 200 | 400
}
export async function showCase(c: Visit, rooms: Rooms, found: Case, shown: Shown): Promise<Response> {
  const t = say(c)
  const party = partyOf(userOf(c))
  const stored = found.data[found.step as keyof Case["data"]]
  const values = shown.values ?? {
    ...flatten(found.step === "request" ? found.data.request : stored),
    ...(found.step === "identity" ? { done: (found.data.identity?.done ?? []).join(" ") } : {}),
    ...(found.step === "name" && found.data.name ? { name: found.data.name.name } : {}),
  }
  const view: CaseView = {
    found,
    unit: unitOf(rooms, found),
    events: await casesOf(rooms).events(found.id),
    facts: await factsOf(rooms, found, party !== null && mayAct(party, found), shown.points ?? null),
    values,
    mistakes: shown.mistakes ?? [],
    notice: shown.notice ?? null,
    party,
  }
  return page(c, rooms, `${found.id}`, <CasePage view={view} t={t} />, shown.status ?? 200)
}

async function factsOf(rooms: Rooms, found: Case, acting: boolean, points: CaseView["facts"]["points"]): Promise<CaseView["facts"]> {
  const unit = unitOf(rooms, found)
  const open = found.status === "open"
  const offered = open && acting && found.step === "picture" ? await picturesFor(rooms, unit) : []
  const sizes = pictureSizes[found.network]
  const { publishTo } = rooms.config
  return {
    names: open && found.step === "name" ? proposeNames(rooms, found) : null,
    pictures: await Promise.all(
      offered.map(async (one) => ({ offered: one, sizes, judged: (await judgePicture(rooms, unit, one, sizes[0]!)).explanation })),
    ),
    missingPictures:
      open && acting && found.step === "picture"
        ? expectationsOf(rooms, unit)
            .filter((id) => !offered.some((one) => one.id === id))
            .map((id) => (id === "logo:province" ? "biểu trưng của tỉnh" : id === "emblem" ? "Quốc huy" : "biểu trưng (logo) của đơn vị"))
        : [],
    points,
    testPost: await testPostOf(rooms, found),
    deadlines: Object.fromEntries(identityTasks[found.network].map((task) => [task.id, casesOf(rooms).deadline(found.stepSince, task.workdays)])),
    notNamed: found.accountId !== null && publishTo !== "*" && !publishTo.has(found.accountId),
    now: rooms.clock.now(),
  }
}

async function listsOf(rooms: Rooms, user: User): Promise<Record<CaseListView, Case[]>> {
  const [open, overdue, done, cancelled, centre, unit] = await Promise.all([
    listCases(rooms, { status: "open" }, user),
    listCases(rooms, { overdue: true }, user),
    listCases(rooms, { status: "done", limit: 200 }, user),
    listCases(rooms, { status: "cancelled", limit: 200 }, user),
    listCases(rooms, { waitsFor: "centre" }, user),
    listCases(rooms, { waitsFor: "unit" }, user),
  ])
  return { open, overdue, centre, unit, done: [...done, ...cancelled].sort((a, b) => b.closedAt! - a.closedAt!) }
}
const countsOf = (lists: Record<CaseListView, Case[]>) =>
  Object.fromEntries(caseViews.map((view) => [view, lists[view].length])) as Record<CaseListView, number>

function showNew(c: Visit, rooms: Rooms, given: { kind: string; values: Values; mistakes?: Mistake[]; problem?: string | null }): Promise<Response> {
  const t = say(c)
  const user = userOf(c)
  const view = rooms.view()
  const units = view.livingUnits.filter((unit) => user.unitId === null || unit.id === user.unitId)
  const accounts = view.accounts.filter(
    (account) =>
      isPublishing(account.network) &&
      (user.unitId === null || account.unitId === user.unitId) &&
      (user.unitId !== null || !given.values.unit || account.unitId === given.values.unit),
  )
  const made: NewCase = {
    kind: caseKinds.find((kind) => kind === given.kind) ?? null,
    units,
    accounts,
    receivers: partyOf(user) === "centre" ? view.livingUnits : [],
    values: { ...given.values, unit: given.values.unit || user.unitId || "" },
    mistakes: given.mistakes ?? [],
    problem: given.problem ?? null,
  }
  return page(c, rooms, t("Lập hồ sơ", "New case"), <NewCasePage made={made} t={t} />, made.mistakes.length || made.problem ? 400 : 200)
}

