/** How the registry desk is shown. */
import { type Mistake } from "../../base/errors.ts"
import { vnDateTime } from "../../base/time.ts"
import { type DiffEntry, type RegistryUpdate } from "../../registry/index.ts"
import { Done, Problem } from "../layout.tsx"
import { can, type User } from "../people/index.ts"
import type { Say } from "../visit.ts"
import { actorWord } from "../words.ts"
import { type State, MISTAKES_SHOWN, DIFF_SHOWN } from "./registry.tsx"

export const RegistryPage = ({ state, user, bad, done, t }: { state: State; user: User; bad: string | null; done: string | null; t: Say }) => (
  <>
    <h1>{t("Sổ đăng ký", "Registry")}</h1>
    <p class="lead">
      {t(
        `${state.counts.units} đơn vị, ${state.counts.accounts} tài khoản, ${state.counts.feeds} nguồn tin; phiên bản ${state.counts.version}.`,
        `${state.counts.units} units, ${state.counts.accounts} accounts, ${state.counts.feeds} feeds; version ${state.counts.version}.`,
      )}
    </p>
    <Problem text={bad} />
    <Done text={done} />
    {state.mistakes.length ? (
      <Mistakes
        title={t(`Có ${state.mistakes.length} lỗi, chưa nhập gì`, `${state.mistakes.length} mistakes, nothing was taken over`)}
        list={state.mistakes}
        t={t}
      />
    ) : null}
    <div class="columns">
      <div>
        <section class="card">
          <header>
            <h2>{t(`Khác nhau giữa thư mục và dữ liệu đang dùng (${state.diff.length})`, `Folder and database differ (${state.diff.length})`)}</h2>
          </header>
          {state.folderMistakes.length ? (
            <Mistakes title={t("Thư mục có lỗi, chưa so được", "The folder has mistakes")} list={state.folderMistakes} t={t} />
          ) : state.diff.length ? (
            <>
              <Diff diff={state.diff} t={t} />
              {state.unapplied && can(user, "registry") ? (
                <form method="post" action="/registry/apply">
                  <button>{t("Áp dụng thư mục", "Apply the folder")}</button>
                  <p class="hint-text">
                    {t("Chỗ bàn làm việc và tệp cùng sửa được giữ theo bàn làm việc.", "Where both changed, the desk's value stays.")}
                  </p>
                </form>
              ) : null}
            </>
          ) : (
            <p class="empty">{t("Thư mục và dữ liệu đang dùng như nhau.", "They are the same.")}</p>
          )}
        </section>
        <section class="card">
          <h2>{t("Các phiên bản gần đây", "Latest versions")}</h2>
          <table class="stack">
            <thead>
              <tr>
                <th scope="col">{t("Phiên bản", "Version")}</th>
                <th scope="col">{t("Lúc", "At")}</th>
                <th scope="col">{t("Người thực hiện", "By")}</th>
                <th scope="col">{t("Nguồn", "From")}</th>
              </tr>
            </thead>
            <tbody>
              {state.versions.map((version) => (
                <tr>
                  <td data-label={t("Phiên bản", "Version")}>{version.version}</td>
                  <td data-label={t("Lúc", "At")}>{vnDateTime(version.at)}</td>
                  <td data-label={t("Người thực hiện", "By")}>{actorWord(version.actor)}</td>
                  <td data-label={t("Nguồn", "From")}>
                    {version.source === "files" ? t("thư mục", "folder") : t("bàn làm việc, dòng lệnh", "desk, console")}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      </div>
      <div>
        {can(user, "registry") ? (
          <>
            <form class="card" method="post" action="/registry/import" enctype="multipart/form-data">
              <h2>{t("Nhập từ Excel", "Import from Excel")}</h2>
              <p class="hint-text">
                {t("Mọi dòng được soát trước; một dòng sai thì không nhập gì.", "Every row is checked first; one wrong row changes nothing.")}
              </p>
              <div class="field">
                <label for="file">{t("Tệp .xlsx", "File .xlsx")}</label>
                <input type="file" id="file" name="file" accept=".xlsx" required />
              </div>
              <button>{t("Soát tệp", "Check the file")}</button>
              <p>
                <a href="/registry/mau-nhap.xlsx">{t("Tải tệp mẫu để điền", "Empty form")}</a>
              </p>
            </form>
            <section class="card">
              <h2>{t("Xuất ra tệp", "Export")}</h2>
              <p>
                <a href="/registry/so-dang-ky.xlsx">{t("Sổ đăng ký (Excel)", "Registry (Excel)")}</a>
              </p>
              <p>
                <a href="/registry/so-dang-ky.zip">{t("Sổ đăng ký (YAML, ZIP)", "Registry (YAML, ZIP)")}</a>
              </p>
            </section>
          </>
        ) : null}
      </div>
    </div>
  </>
)

const Mistakes = ({ title, list, t }: { title: string; list: Mistake[]; t: Say }) => (
  <section class="card" role="alert">
    <h2 class="why">{title}</h2>
    <table class="stack">
      <thead>
        <tr>
          <th scope="col">{t("Chỗ", "Place")}</th>
          <th scope="col">{t("Đang là", "Found")}</th>
          <th scope="col">{t("Cần là", "Expected")}</th>
        </tr>
      </thead>
      <tbody>
        {list.slice(0, MISTAKES_SHOWN).map((mistake) => (
          <tr>
            <td>{[mistake.entry, mistake.field].filter(Boolean).join(", ")}</td>
            <td data-label={t("Đang là", "Found")}>{mistake.found}</td>
            <td data-label={t("Cần là", "Expected")}>{mistake.expected}</td>
          </tr>
        ))}
      </tbody>
    </table>
  </section>
)

const valueText = (value: unknown) => (value === null || value === undefined ? "–" : typeof value === "string" ? value : JSON.stringify(value))
const originWord = (origin: DiffEntry["origin"], t: Say) =>
  ({
    file: t("tệp đã sửa, chưa áp dụng", "edited file"),
    desk: t("sửa trên bàn làm việc, chưa xuất ra tệp", "changed at the desk"),
    conflict: t("cả hai cùng sửa", "both changed"),
  })[origin]

const Diff = ({ diff, t }: { diff: DiffEntry[]; t: Say }) => (
  <table class="stack">
    <thead>
      <tr>
        <th scope="col">{t("Mục", "Entry")}</th>
        <th scope="col">{t("Trong tệp", "File")}</th>
        <th scope="col">{t("Đang dùng", "In use")}</th>
        <th scope="col">{t("Vì sao", "Why")}</th>
      </tr>
    </thead>
    <tbody>
      {diff.slice(0, DIFF_SHOWN).map((entry) => (
        <tr>
          <td>
            <a href={`/units/${entry.unit}`}>{entry.id}</a> {entry.field === "*" ? t("(cả mục)", "(whole)") : entry.field}
          </td>
          <td data-label={t("Trong tệp", "File")}>{valueText(entry.file).slice(0, 160)}</td>
          <td data-label={t("Đang dùng", "In use")}>{valueText(entry.database).slice(0, 160)}</td>
          <td>
            <span class={`tag ${entry.origin === "conflict" ? "violation" : "none"}`}>{originWord(entry.origin, t)}</span>
            {entry.actor && entry.at !== null ? <div class="meta">{`${actorWord(entry.actor)}, ${vnDateTime(entry.at)}`}</div> : null}
          </td>
        </tr>
      ))}
    </tbody>
  </table>
)

const setOf = (update: RegistryUpdate): [string, unknown][] =>
  update.kind === "account.register" ? Object.entries(update.account) : update.kind === "account.end" ? [] : Object.entries(update.set)
export const DraftPage = ({
  id,
  fileName,
  updates,
  bad,
  t,
}: {
  id: string
  fileName: string
  updates: RegistryUpdate[]
  bad: string | null
  t: Say
}) => (
  <div class="middle">
    <p class="crumbs">
      <a href="/registry">{t("Sổ đăng ký", "Registry")}</a> /
    </p>
    <h1>{t("Nhập từ Excel", "Import from Excel")}</h1>
    <Problem text={bad} />
    <p class="lead">
      {t(
        `${fileName}: ${updates.length} dòng đều đúng. Chưa thay đổi gì.`,
        `${fileName}: all ${updates.length} rows are right. Nothing is changed yet.`,
      )}
    </p>
    <section class="card">
      <ul class="rows">
        {updates.slice(0, DIFF_SHOWN).map((update) => (
          <li>
            <b>{update.kind === "unit.set" ? update.unit : update.kind === "account.register" ? update.account.id : update.account}</b>{" "}
            <span class="tag none">
              {update.kind === "unit.set"
                ? t("sửa đơn vị", "unit")
                : update.kind === "account.register"
                  ? t("tài khoản mới", "new account")
                  : t("sửa tài khoản", "account")}
            </span>
            <div class="meta">
              {setOf(update).map(([field, value]) => (
                <span>
                  {field}: {valueText(value).slice(0, 120)}
                </span>
              ))}
            </div>
          </li>
        ))}
      </ul>
    </section>
    <form class="inline" method="post" action={`/registry/import/${id}`}>
      <button>{t(`Nhập ${updates.length} dòng`, `Take over ${updates.length} rows`)}</button>
      <a class="button plain" href="/registry">
        {t("Không nhập", "Leave it")}
      </a>
    </form>
  </div>
)
