/** The form of a post by hand: every mistake next to its field, nothing lost. */
import type { Rooms } from "../../app.ts"
import { type Mistake } from "../../base/errors.ts"
import { emergencyLimits } from "../../jobs/emergency.ts"
import { publishingNetworks, type Unit, type UnitKind } from "../../model/index.ts"
import { page } from "../layout.tsx"
import { say, type Say, type Visit } from "../visit.ts"
import { networkName } from "../words.ts"
import { type Typed } from "./emergency.tsx"

export function showForm(c: Visit, rooms: Rooms, id: string | null, values: Typed, mistakes: Mistake[] = []) {
  const t = say(c)
  return page(
    c,
    rooms,
    t("Soạn tin khẩn", "Write an emergency post"),
    <FormPage id={id} values={values} mistakes={mistakes} units={rooms.view().livingUnits} t={t} />,
    mistakes.length ? 400 : 200,
  )
}

const kinds = (t: Say): [UnitKind, string][] => [
  ["province_portal", t("Cổng tỉnh", "Province portal")],
  ["department", t("Sở, ban, ngành", "Departments")],
  ["ward", t("Phường", "Wards")],
  ["commune", t("Xã", "Communes")],
]
const fieldName = (field: string, t: Say) =>
  ({
    title: t("Tiêu đề", "Title"),
    body: t("Nội dung", "Text"),
    url: t("Địa chỉ nguồn", "Source"),
    unit: t("Đơn vị phát tin", "Speaking unit"),
    targets: t("Nơi nhận", "Targets"),
  })[field] ?? field

const FormPage = ({ id, values, mistakes, units, t }: { id: string | null; values: Typed; mistakes: Mistake[]; units: readonly Unit[]; t: Say }) => {
  const wrong = (field: string) => mistakes.filter((mistake) => mistake.field === field)
  const Wrong = ({ field }: { field: string }) =>
    wrong(field).length ? (
      <p class="error" id={`e-${field}`}>
        {wrong(field).map((mistake) => [mistake.found, mistake.expected].filter(Boolean).join("; ")).join(". ")}
      </p>
    ) : null
  const about = (field: string, counted: boolean) => ({
    "aria-describedby": [counted ? `n-${field}` : "", wrong(field).length ? `e-${field}` : ""].filter(Boolean).join(" ") || undefined,
    "aria-invalid": wrong(field).length ? ("true" as const) : undefined,
  })
  const count = (field: "title" | "body") => (
    <span class={values[field].length > emergencyLimits[field] ? "count over" : "count"} id={`n-${field}`}>
      {values[field].length.toLocaleString("vi-VN")}/{emergencyLimits[field].toLocaleString("vi-VN")}
    </span>
  )
  return (
    <form class="middle" method="post" action={id ? `/emergency/${id}/edit` : "/emergency/new"}>
      <h1>{id ? t("Sửa tin khẩn", "Change the post") : t("Soạn tin khẩn", "Write an emergency post")}</h1>
      <p class="lead">
        {t(
          "Chưa gửi gì ở bước này. Bước sau cho xem bài trên từng mạng rồi mới xác nhận.",
          "Nothing is sent here. The next step shows the post on each network before you confirm.",
        )}
      </p>
      {mistakes.length ? (
        <div class="notice bad" role="alert">
          {t(`Có ${mistakes.length} điều cần sửa, chưa lưu gì:`, `${mistakes.length} mistakes, nothing was saved:`)}
          <ul>
            {mistakes.map((mistake) => (
              <li>
                <a href={`#${mistake.field}`}>
                  {fieldName(mistake.field, t)}: {mistake.found}
                </a>
              </li>
            ))}
          </ul>
        </div>
      ) : null}
      <section class="card">
        <div class="field">
          <label for="unit">{t("Đơn vị phát tin", "Speaking unit")}</label>
          <select id="unit" name="unit" {...about("unit", false)}>
            {units.map((unit) => (
              <option value={unit.id} selected={unit.id === values.unit}>
                {unit.name}
              </option>
            ))}
          </select>
          <Wrong field="unit" />
        </div>
        <div class="field">
          <label for="title">{t("Tiêu đề", "Title")}</label> {count("title")}
          <input
            type="text"
            id="title"
            name="title"
            value={values.title}
            data-count="n-title"
            data-unit="utf16"
            data-max={emergencyLimits.title}
            {...about("title", true)}
          />
          <Wrong field="title" />
        </div>
        <div class="field">
          <label for="body">{t("Nội dung (mỗi đoạn cách nhau một dòng trống)", "Text (an empty line between paragraphs)")}</label> {count("body")}
          <textarea id="body" name="body" rows={10} data-count="n-body" data-unit="utf16" data-max={emergencyLimits.body} {...about("body", true)}>
            {values.body}
          </textarea>
          <Wrong field="body" />
        </div>
        <div class="field">
          <label for="url">{t("Địa chỉ nguồn trên cổng (có thể để trống)", "Source on a portal (may be empty)")}</label>
          <input type="text" inputmode="url" id="url" name="url" value={values.url} {...about("url", false)} />
          <Wrong field="url" />
        </div>
      </section>
      <section class="card" id="targets">
        <h2>{t("Nơi nhận", "To whom")}</h2>
        <fieldset>
          <legend class="unseen">{t("Phạm vi", "Range")}</legend>
          <label class="tick">
            <input type="radio" name="to" value="all" checked={values.to === "all"} />{" "}
            {t(`Mọi đơn vị (${units.length})`, `Every unit (${units.length})`)}
          </label>
          <label class="tick">
            <input type="radio" name="to" value="kinds" checked={values.to === "kinds"} /> {t("Theo loại đơn vị:", "By kind:")}
          </label>
          <div class="inline">
            {kinds(t).map(([kind, label]) => (
              <label class="tick">
                <input type="checkbox" name="kinds" value={kind} checked={values.kinds.includes(kind)} /> {label} (
                {units.filter((unit) => unit.kind === kind).length})
              </label>
            ))}
          </div>
          <label class="tick">
            <input type="radio" name="to" value="units" checked={values.to === "units"} /> {t("Chỉ những đơn vị này:", "Only these units:")}
          </label>
        </fieldset>
        <div class="field" hidden>
          <label for="narrow">{t("Tìm đơn vị trong danh sách", "Find a unit")}</label>
          <input type="search" id="narrow" data-narrows="units" />
        </div>
        <fieldset class="choices" id="units" tabindex={0} aria-label={t("Danh sách đơn vị", "Units")}>
          {units.map((unit) => (
            <label class="tick">
              <input type="checkbox" name="units" value={unit.id} checked={values.units.includes(unit.id)} /> {unit.name}
            </label>
          ))}
        </fieldset>
        <fieldset>
          <legend>{t("Mạng xã hội", "Networks")}</legend>
          <div class="inline">
            {publishingNetworks.map((network) => (
              <label class="tick">
                <input type="checkbox" name="networks" value={network} checked={values.networks.includes(network)} /> {networkName(network)}
              </label>
            ))}
          </div>
        </fieldset>
        <div class="field">
          <Wrong field="targets" />
        </div>
      </section>
      <button>{t("Xem trước và xác nhận", "Look and confirm")}</button>
    </form>
  )
}
