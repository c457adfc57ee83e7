/** The rules desk: the plans with their words, and a judgement of any day by any of them. */
import { Hono } from "hono"
import { z } from "zod"
import type { Rooms } from "../../app.ts"
import { UsageError } from "../../base/errors.ts"
import { isoDate } from "../../base/time.ts"
import type { Level, Ruleset, UnitResult } from "../../checks/index.ts"
import { verdicts } from "../../model/index.ts"
import { page, Problem } from "../layout.tsx"
import { needSight, say, signedIn, userOf, type Desk, type Say, type Visit, type WebEnv } from "../visit.ts"
import { verdictSign, verdictWord } from "../words.ts"
import { FindingCard } from "./unit-page.tsx"

const UNITS_SHOWN = 150
const question = z.object({
  ruleset: z.string().max(40).optional(),
  on: z.string().max(20).optional(),
  unit: z.string().trim().max(200).optional(),
  judge: z.string().optional(),
})

export function rules({ rooms }: Desk): Hono<WebEnv> {
  return new Hono<WebEnv>().get("/rules", signedIn, (c) => showRules(c, rooms, question.parse(c.req.query())))
}

async function showRules(c: Visit, rooms: Rooms, asked: z.infer<typeof question>): Promise<Response> {
  const t = say(c)
  const user = userOf(c)
  const { rulesets } = rooms.checks.rules
  const view = rooms.view()
  // Names are what people know; ids are what links carry.
  const wanted = user.unitId ?? asked.unit ?? ""
  const unit = wanted ? (view.unitById(wanted) ?? view.livingUnits.find((one) => one.name.toLowerCase() === wanted.toLowerCase())) : undefined
  if (unit) needSight(c, unit.id)
  let bad = wanted && !unit ? t(`Không có đơn vị “${wanted}” trong sổ đăng ký.`, `There is no unit "${wanted}".`) : null
  let judged: Awaited<ReturnType<typeof rooms.checks.check>> | null = null
  if (asked.judge && !bad) {
    try {
      judged = await rooms.checks.check({ unit: unit?.id, ruleset: asked.ruleset || undefined, asOf: asked.on || undefined })
    } catch (error) {
      if (!(error instanceof UsageError)) throw error
      bad = t(`Không xét được: ${error.message}`, error.message)
    }
  }
  const today = isoDate(rooms.clock.now())
  return page(
    c,
    rooms,
    t("Quy tắc", "Rules"),
    <RulesPage
      rulesets={rulesets}
      asked={{ ...asked, unit: user.unitId ? undefined : wanted }}
      fixedUnit={user.unitId ? (unit?.name ?? "") : null}
      judged={judged}
      today={today}
      bad={bad}
      t={t}
    />,
    bad ? 400 : 200,
  )
}

interface RulesProps {
  rulesets: readonly Ruleset[]
  asked: z.infer<typeof question>
  fixedUnit: string | null
  judged: { ruleset: string; asOf: string; units: UnitResult[] } | null
  today: string
  bad: string | null
  t: Say
}
const RulesPage = ({ rulesets, asked, fixedUnit, judged, today, bad, t }: RulesProps) => (
  <>
    <h1>{t("Quy tắc", "Rules")}</h1>
    <p class="lead">
      {t(
        "Tên, ảnh và số tài khoản được xét theo kế hoạch có hiệu lực vào ngày xét; mỗi kết luận dẫn nguyên văn căn cứ.",
        "Names, pictures and numbers of accounts are judged by the plan in force on the day; every verdict quotes its clause.",
      )}
    </p>
    <Problem text={bad} />
    <form class="card" method="get" action="/rules">
      <h2>{t("Xét theo một ngày", "Judge as of a day")}</h2>
      <div class="filters">
        <div>
          <label for="on">{t("Ngày", "Day")}</label>
          <input type="date" id="on" name="on" value={asked.on || today} max="2100-12-31" />
        </div>
        <div>
          <label for="ruleset">{t("Bộ quy tắc", "Ruleset")}</label>
          <select id="ruleset" name="ruleset">
            <option value="">{t("theo ngày xét", "that of the day")}</option>
            {rulesets.map((ruleset) => (
              <option value={ruleset.id} selected={asked.ruleset === ruleset.id}>
                {ruleset.id}: {ruleset.cite}
              </option>
            ))}
          </select>
        </div>
        {fixedUnit === null ? (
          <div>
            <label for="unit">{t("Đơn vị (mã hoặc tên, trống: tất cả)", "Unit (empty: all)")}</label>
            <input type="text" id="unit" name="unit" value={asked.unit ?? ""} maxlength={200} />
          </div>
        ) : null}
        <button name="judge" value="1">
          {t("Xét", "Judge")}
        </button>
      </div>
    </form>
    {judged ? <Judged judged={judged} t={t} /> : null}
    {rulesets.toReversed().map((ruleset) => (
      <RulesetCard ruleset={ruleset} open={!judged && ruleset === rulesets.at(-1)} t={t} />
    ))}
  </>
)

const dayOf = (iso: string) => iso.split("-").reverse().join("/")

const Judged = ({ judged: { ruleset, asOf, units }, t }: { judged: NonNullable<RulesProps["judged"]>; t: Say }) => {
  const withFindings = units.filter((unit) => unit.findings.length)
  return (
    <section class="card" aria-labelledby="judged">
      <h2 id="judged">
        {t(`Kết quả ngày ${dayOf(asOf)} theo ${ruleset}: ${units.length} đơn vị`, `${dayOf(asOf)} by ${ruleset}: ${units.length} units`)}
      </h2>
      <ul class="legend">
        {verdicts.map((verdict) => (
          <li>
            <span class={`tag ${verdict}`}>
              {verdictSign[verdict]} {verdictWord(verdict, t)}: {units.filter((unit) => unit.verdict === verdict).length}
            </span>
          </li>
        ))}
      </ul>
      {withFindings.slice(0, UNITS_SHOWN).map((unit) => (
        <details open={units.length === 1}>
          <summary>
            {verdictSign[unit.verdict]} {unit.name}: {verdictWord(unit.verdict, t)} ({unit.findings.length})
          </summary>
          {unit.findings.map((finding) => (
            <FindingCard finding={finding} t={t} />
          ))}
        </details>
      ))}
      {withFindings.length > UNITS_SHOWN ? (
        <p class="hint-text">
          {t(`Còn ${withFindings.length - UNITS_SHOWN} đơn vị; hãy lọc theo đơn vị.`, `${withFindings.length - UNITS_SHOWN} more; filter by unit.`)}
        </p>
      ) : null}
    </section>
  )
}

const levelWord = (level: Level, t: Say) =>
  ({
    province_portal: t("Cổng tỉnh", "Province portal"),
    department: t("Sở, ban, ngành", "Departments"),
    commune: t("Xã, phường", "Communes and wards"),
    district: t("Cấp huyện (đã kết thúc)", "Districts (ended)"),
  })[level]
const clauseWords: Record<string, [string, string]> = {
  accounts: ["Số tài khoản", "Accounts"],
  portal: ["Cổng tỉnh", "Province portal"],
  department: ["Sở, ban, ngành", "Departments"],
  commune: ["Xã, phường", "Communes and wards"],
  district: ["Cấp huyện", "Districts"],
  identity: ["Chính danh", "Identity"],
  security: ["An toàn thông tin", "Security"],
  deadline: ["Thời hạn", "Deadline"],
  owner: ["Trách nhiệm", "Responsibility"],
}
const severityWord = (severity: string, t: Say) =>
  severity === "advice" ? t("nhắc", "advice") : severity === "violation" ? t("chưa đạt", "violation") : t("nghi giả mạo", "suspect")
const classWords = (t: Say): [string, string][] => [
  ["E1", t("khác cách viết", "spelling")],
  ["E2", t("thiếu, thừa chữ", "words missing or added")],
  ["E3", t("tên khác", "another name")],
  ["E4", t("tên cũ hoặc cơ quan khác", "obsolete or another body")],
  ["E5", t("mạo danh", "imitation")],
]

const RulesetCard = ({ ruleset, open, t }: { ruleset: Ruleset; open: boolean; t: Say }) => (
  <details class="card" open={open}>
    <summary>
      <b>
        {ruleset.id}: {ruleset.cite}
      </b>{" "}
      <span class={`tag ${ruleset.status === "in_force" ? "pass" : "none"}`}>
        {ruleset.status === "in_force" ? t("có hiệu lực", "in force") : t("dự thảo", "draft")}
      </span>
    </summary>
    <h2>{ruleset.title}</h2>
    <p class="meta">
      <span>{ruleset.issuer}</span>
      <span>
        {t(
          `từ ${dayOf(ruleset.from)}${ruleset.until ? ` đến ${dayOf(ruleset.until)}` : ""}`,
          `from ${dayOf(ruleset.from)}${ruleset.until ? ` to ${dayOf(ruleset.until)}` : ""}`,
        )}
      </span>
      <span>{t(`hạn ${dayOf(ruleset.deadline)}`, `deadline ${dayOf(ruleset.deadline)}`)}</span>
    </p>
    <h3>{t("Nguyên văn", "In its own words")}</h3>
    {Object.entries(ruleset.clauses).map(([key, clause]) => (
      <figure class="quote">
        <figcaption>
          <b>{clauseWords[key] ? t(...clauseWords[key]) : key}</b> <span class="meta">{clause.where}</span>
        </figcaption>
        <blockquote>{clause.quote}</blockquote>
      </figure>
    ))}
    <h3>{t("Mức độ khi tên khác tên phải có", "How grave another name is")}</h3>
    <div class="scroll" tabindex={0} role="region" aria-label={t(`Mức độ theo ${ruleset.id}`, `Severity by ${ruleset.id}`)}>
      <table>
        <thead>
          <tr>
            <th scope="col">{t("Loại đơn vị", "Kind")}</th>
            <th scope="col">{t("Quy tắc", "Rule")}</th>
            {classWords(t).map(([, word]) => (
              <th scope="col">{word}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {Object.entries(ruleset.names).map(([level, rule]) => (
            <tr>
              <th scope="row">{levelWord(level as Level, t)}</th>
              <td>{rule.rule}</td>
              {classWords(t).map(([key]) => (
                <td>{severityWord(rule.severity[key as keyof typeof rule.severity], t)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
    <h3>{t("Ảnh đại diện", "Pictures")}</h3>
    <ul>
      {Object.entries(ruleset.images).map(([level, rule]) => (
        <li>
          {levelWord(level as Level, t)} ({rule.rule}):{" "}
          {rule.allowed
            .map((one) =>
              one === "emblem" ? t("Quốc huy", "national emblem") : t("biểu tượng (logo) của ngành hoặc của tỉnh", "logo of the sector or province"),
            )
            .filter((one, i, all) => all.indexOf(one) === i)
            .join(", ")}
          ; {severityWord(rule.severity, t)}
        </li>
      ))}
    </ul>
  </details>
)
