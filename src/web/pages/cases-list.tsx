/** All cases a person may see, and the form that opens a new one. */
import type { Mistake } from "../../base/errors.ts"
import { vnDate } from "../../base/time.ts"
import { caseKinds, ruleOf, type Case, type CaseKind } from "../../cases/index.ts"
import { kindWord, kindWordEn, partyWord, partyWordEn, stepWord, stepWordEn } from "../../jobs/cases-words.ts"
import type { Account, Unit } from "../../model/index.ts"
import type { Say } from "../visit.ts"
import { networkName } from "../words.ts"
import { labelOf, Mistakes, PersonFields, Text, type Values } from "./cases-form.tsx"
import { CaseTag } from "./cases-page.tsx"

export const caseViews = ["open", "centre", "unit", "overdue", "done"] as const
export type CaseListView = (typeof caseViews)[number]
const viewWord: Record<CaseListView, readonly [string, string]> = {
  open: ["Đang xử lý", "Open"],
  centre: ["Chờ Trung tâm", "Waiting for the centre"],
  unit: ["Chờ đơn vị", "Waiting for the unit"],
  overdue: ["Quá hạn", "Overdue"],
  done: ["Đã kết thúc", "Ended"],
}

export const CaseList = ({
  cases,
  counts,
  view,
  nameOf,
  now,
  mayOpen,
  t,
}: {
  cases: Case[]
  counts: Record<CaseListView, number>
  view: CaseListView
  nameOf: (id: string) => string
  now: number
  mayOpen: boolean
  t: Say
}) => (
  <>
    <h1>{t("Hồ sơ tài khoản", "Account cases")}</h1>
    <p class="lead">
      {t(
        "Đăng ký tài khoản mới, đổi tên, bàn giao, gộp, đóng tài khoản: từng bước, hai bên cùng theo dõi.",
        "New accounts, renames, hand-overs, merges and closings, step by step, seen by both sides.",
      )}
    </p>
    {mayOpen ? (
      <p>
        <a class="button" href="/cases/new">
          {t("Lập hồ sơ", "New case")}
        </a>
      </p>
    ) : null}
    <div class="tabs">
      {caseViews.map((one) => (
        <a href={`/cases?view=${one}`} aria-current={one === view ? "page" : undefined}>
          {`${t(...viewWord[one])} (${counts[one]})`}
        </a>
      ))}
    </div>
    <div class="card">
      {cases.length ? (
        <table class="stack">
          <thead>
            <tr>
              <th>{t("Hồ sơ", "Case")}</th>
              <th>{t("Đơn vị", "Unit")}</th>
              <th>{t("Bước", "Step")}</th>
              <th>{t("Chờ", "Waits for")}</th>
              <th>{t("Hạn", "Until")}</th>
            </tr>
          </thead>
          <tbody>
            {cases.map((found) => {
              const { party } = ruleOf(found.kind, found.step)
              return (
                <tr>
                  <td>
                    <a href={`/cases/${found.id}`}>{`${t(kindWord[found.kind], kindWordEn[found.kind])} ${networkName(found.network)}`}</a>{" "}
                    <span class="meta">{found.id}</span>
                  </td>
                  <td data-label={t("Đơn vị", "Unit")}>{nameOf(found.unitId)}</td>
                  <td data-label={t("Bước", "Step")}>
                    {found.status === "open" ? t(stepWord[found.step], stepWordEn[found.step]) : ""} <CaseTag found={found} now={now} t={t} />
                  </td>
                  <td data-label={t("Chờ", "Waits for")}>{found.status === "open" ? t(partyWord[party], partyWordEn[party]) : "–"}</td>
                  <td data-label={t("Hạn", "Until")}>{vnDate(found.status === "open" ? found.dueAt : found.closedAt!)}</td>
                </tr>
              )
            })}
          </tbody>
        </table>
      ) : (
        <p class="empty">{t("Không có hồ sơ nào.", "No cases.")}</p>
      )}
    </div>
    <p class="meta">
      <a href="/leadership">{t("Đồng bộ tin lãnh đạo tỉnh trên các Cổng", "Leadership news on the portals")}</a>
    </p>
  </>
)

export interface NewCase {
  kind: CaseKind | null
  /** Units the person may open a case for; one alone needs no choice. */
  units: readonly Unit[]
  accounts: readonly Account[]
  receivers: readonly Unit[]
  values: Values
  mistakes: Mistake[]
  problem: string | null
}

export const NewCasePage = ({ made, t }: { made: NewCase; t: Say }) => (
  <div class="middle">
    <p class="crumbs">
      <a href="/cases">{t("Hồ sơ tài khoản", "Account cases")}</a>
    </p>
    <h1>{made.kind ? t(kindWord[made.kind], kindWordEn[made.kind]) : t("Lập hồ sơ", "New case")}</h1>
    {made.kind ? (
      <NewForm made={made} kind={made.kind} t={t} />
    ) : (
      <div class="card">
        <ul class="rows">
          {caseKinds.map((kind) => (
            <li>
              <a href={`/cases/new?kind=${kind}${made.values.unit ? `&unit=${encodeURIComponent(made.values.unit)}` : ""}`}>
                {t(kindWord[kind], kindWordEn[kind])}
              </a>
            </li>
          ))}
        </ul>
      </div>
    )}
  </div>
)

const NewForm = ({ made: { units, accounts, receivers, values, mistakes, problem }, kind, t }: { made: NewCase; kind: CaseKind; t: Say }) => (
  <form class="card" method="post" action="/cases/new">
    <input type="hidden" name="kind" value={kind} />
    {problem ? (
      <p class="notice bad" role="alert">
        {problem}
      </p>
    ) : null}
    <Mistakes mistakes={mistakes} t={t} />
    {kind === "register" && units.length > 1 ? (
      <Choice name="unit" values={values} t={t} options={units.map((unit) => [unit.id, unit.name])} />
    ) : kind === "register" ? (
      <input type="hidden" name="unit" value={units[0]?.id ?? ""} />
    ) : null}
    {kind === "register" ? (
      <Choice name="network" values={values} t={t} options={[["facebook", "Facebook"], ["zalo", "Zalo Official Account"]]} />
    ) : (
      <Choice
        name="account"
        values={values}
        t={t}
        options={accounts.map((account) => [account.id, `${account.name} (${networkName(account.network)})`])}
      />
    )}
    {kind === "merge" ? (
      <Choice
        name="into"
        values={values}
        t={t}
        options={accounts.map((account) => [account.id, `${account.name} (${networkName(account.network)})`])}
      />
    ) : null}
    {kind === "hand_over" && receivers.length ? (
      <Choice
        name="toUnit"
        values={values}
        t={t}
        options={[
          ["", t("vẫn đơn vị này, chỉ đổi người", "the same unit, other people")],
          ...receivers.map((unit): [string, string] => [unit.id, unit.name]),
        ]}
      />
    ) : null}
    {kind === "register" || kind === "rename" ? (
      <Text name="wish" values={values} t={t} hint={t("Không bắt buộc; hệ thống gợi ý các tên phù hợp.", "Optional; fitting names are proposed.")} />
    ) : null}
    <Text name="purpose" values={values} t={t} max={500} required={kind !== "register"} />
    <PersonFields of="contact" values={values} t={t} contact />
    <button>{t("Gửi đề nghị", "Send the request")}</button>
  </form>
)

const Choice = ({ name, values, options, t }: { name: string; values: Values; options: readonly (readonly [string, string])[]; t: Say }) => (
  <div class="field">
    <label for={name}>{labelOf(name, t)}</label>
    <select id={name} name={name}>
      {options.map(([value, label]) => (
        <option value={value} selected={values[name] === value}>
          {label}
        </option>
      ))}
    </select>
  </div>
)
