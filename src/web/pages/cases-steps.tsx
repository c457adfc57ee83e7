/** The forms of the first steps, from the request to the dossier, for the side whose turn it is. */
import type { Case } from "../../cases/index.ts"
import type { CheckPoint } from "../../jobs/cases-checks.ts"
import type { OfferedPicture } from "../../jobs/cases-pictures.ts"
import type { proposeNames } from "../../jobs/cases-names.ts"
import type { DeliveryView } from "../../outbox/index.ts"
import type { Say } from "../visit.ts"
import { networkName } from "../words.ts"
import { PersonFields, Text, Tick, type Values } from "./cases-form.tsx"

/** What the forms need beside the case; filled in for the present step only. */
export interface StepFacts {
  names: ReturnType<typeof proposeNames> | null
  pictures: { offered: OfferedPicture; judged: string; sizes: readonly number[] }[]
  /** References that the plan allows and nobody filed. */
  missingPictures: string[]
  points: CheckPoint[] | null
  testPost: DeliveryView | null
  deadlines: Record<string, number>
  /** PUBLISH_TO leaves the account out. */
  notNamed: boolean
  now: number
}
export interface StepProps {
  found: Case
  values: Values
  facts: StepFacts
  t: Say
}

export const Request = ({ found, values, t }: StepProps) => (
  <>
    {found.kind === "register" ? (
      <input type="hidden" name="network" value={found.network} />
    ) : (
      <input type="hidden" name="account" value={found.data.request.account} />
    )}
    {found.kind === "merge" ? <input type="hidden" name="into" value={found.data.request.into} /> : null}
    {found.kind === "hand_over" && found.data.request.toUnit ? <input type="hidden" name="toUnit" value={found.data.request.toUnit} /> : null}
    {found.kind === "register" || found.kind === "rename" ? <Text name="wish" values={values} t={t} /> : null}
    <Text name="purpose" values={values} t={t} max={500} required={found.kind !== "register"} />
    <PersonFields of="contact" values={values} t={t} contact />
  </>
)

const Fallen = ({ names, t }: { names: NonNullable<StepFacts["names"]>; t: Say }) => (
  <details>
    <summary>{t("Vì sao không chọn các tên hay được nghĩ tới trước?", "Why not the names people think of first?")}</summary>
    <ul class="rows">
      {names.fallen.map((entry) => (
        <li>
          <b>{entry.name}</b>
          <p class="meta">{[...entry.reasons, ...entry.problems.map((problem) => `${problem.why} (${problem.rule})`)].join(" ")}</p>
        </li>
      ))}
    </ul>
  </details>
)

export const NameProposals = ({
  found,
  names,
  t,
  pick,
  value,
}: {
  found: Case
  names: NonNullable<StepFacts["names"]>
  t: Say
  pick: boolean
  value?: string | undefined
}) => (
  <>
    {names.wish ? (
      <p class={names.wish.networks.includes(found.network) && names.wish.verdict === "pass" ? "notice" : "notice bad"}>
        {t("Tên đơn vị mong muốn: ", "The unit's wish: ")}
        <b>{names.wish.name}</b>
        {" – "}
        {names.wish.networks.includes(found.network) && names.wish.verdict === "pass"
          ? t("đạt mọi quy định.", "fits every rule.")
          : [...names.wish.reasons, ...names.wish.problems.map((problem) => `${problem.why} (${problem.rule})`)].join(" ")}
      </p>
    ) : null}
    {names.clashes.map((clash) => (
      <p class="notice bad">
        {t(
          `Không có tên nào đáp ứng mọi quy định trên ${networkName(clash.network)}: `,
          `No name fits every rule on ${networkName(clash.network)}: `,
        )}
        {clash.explanation}. {clash.ask}
      </p>
    ))}
    <fieldset>
      <legend>{t("Tên phù hợp, tốt nhất trước", "Fitting names, best first")}</legend>
      {names.suggestions.slice(0, 8).map((suggestion, index) =>
        pick ? (
          <label class="tick">
            <input type="radio" name="choice" value={suggestion.name} checked={value === undefined ? index === 0 : value === suggestion.name} />
            <span>
              {suggestion.name}
              {suggestion.notes.length ? <span class="meta"> ({suggestion.notes.join(" ")})</span> : null}
            </span>
          </label>
        ) : (
          <p>
            {index + 1}. {suggestion.name}
            {suggestion.notes.length ? <span class="meta"> ({suggestion.notes.join(" ")})</span> : null}
          </p>
        ),
      )}
    </fieldset>
    <Fallen names={names} t={t} />
  </>
)

export const Name = ({ found, values, facts, t }: StepProps) => (
  <>
    <NameProposals found={found} names={facts.names!} t={t} pick value={values.name} />
    <div class="field">
      <label for="own">{t("Hoặc tên khác", "Or another name")}</label>
      <input type="text" id="own" name="own" value={values.own ?? ""} maxlength={200} />
    </div>
    <Text name="exception" values={values} t={t} max={500} hint={t("Chỉ ghi khi chọn tên còn khuyến nghị.", "Only for a name with advice.")} />
  </>
)

export const Picture = ({ found, values, facts, t }: StepProps) => (
  <>
    {facts.missingPictures.map((label) => (
      <p class="notice hint">
        {t(
          `Chưa có tệp ${label} đã được duyệt. Đề nghị gửi tệp PNG nền trong suốt cho Trung tâm Thông tin tỉnh, hoặc tự chuẩn bị ảnh.`,
          `No approved file of ${label} yet: send a transparent PNG to the centre, or prepare the picture yourself.`,
        )}
      </p>
    ))}
    {facts.pictures.map(({ offered, judged, sizes }, index) => (
      <div class="account">
        <img
          class="avatar"
          src={`/cases/${found.id}/pictures/${encodeURIComponent(offered.id)}/preview.png`}
          alt={t(`${offered.label}, khung tròn`, `${offered.label}, cut to a circle`)}
          width="52"
          height="52"
        />
        <div>
          <label class="tick">
            <input type="radio" name="picture" value={offered.id} checked={values.picture ? values.picture === offered.id : index === 0} />
            <span>{offered.label}</span>
          </label>
          <p class="meta">{judged}</p>
          <p>
            <img src={`/cases/${found.id}/pictures/${encodeURIComponent(offered.id)}/preview.png`} alt="" width="160" height="160" />
          </p>
          <p>
            {sizes.map((size) => (
              <>
                <a href={`/cases/${found.id}/pictures/${encodeURIComponent(offered.id)}/${size}.png`} download>
                  {t(`Tải ảnh ${size} × ${size}`, `Download ${size} × ${size}`)}
                </a>{" "}
              </>
            ))}
          </p>
        </div>
      </div>
    ))}
    <label class="tick">
      <input type="radio" name="picture" value="own" checked={values.picture === "own" || !facts.pictures.length} />
      <span>{t("Đơn vị tự chuẩn bị ảnh (được kiểm tra ở bước sau)", "The unit prepares the picture itself (checked later)")}</span>
    </label>
    <Tick name="agreed">{t("Đã tải ảnh và sẽ đặt làm ảnh đại diện, giữ nguyên hình và màu", "The picture was taken and will be set unchanged")}</Tick>
  </>
)

const ADMIN_LINES = 4
export const Dossier = ({ found, values, t }: StepProps) => (
  <>
    <h3>{t("Căn cứ", "Legal basis")}</h3>
    <Text name="basis.number" values={values} t={t} required max={60} hint={t("Ví dụ: 15/QĐ-UBND", "For example 15/QĐ-UBND")} />
    <Text name="basis.date" values={values} t={t} type="date" required />
    <Text name="basis.issuer" values={values} t={t} required max={200} />
    {found.kind === "register" || found.kind === "hand_over" ? (
      <>
        <h3>{t("Người phụ trách", "Owner")}</h3>
        <PersonFields of="owner" values={values} t={t} />
        <h3>{t("Người thay thế", "Deputy")}</h3>
        <PersonFields of="deputy" values={values} t={t} />
        <h3>{t("Quản trị viên (ít nhất hai người)", "Administrators (two at least)")}</h3>
        {Array.from({ length: ADMIN_LINES }, (_, index) => (
          <div class="inline field">
            <input
              type="text"
              name={`admins.${index}.name`}
              value={values[`admins.${index}.name`] ?? ""}
              maxlength={100}
              aria-label={t(`Quản trị viên ${index + 1}: họ và tên`, `Administrator ${index + 1}: name`)}
              placeholder={t("Họ và tên", "Name")}
            />
            <input
              type="text"
              name={`admins.${index}.role`}
              value={values[`admins.${index}.role`] ?? ""}
              maxlength={100}
              aria-label={t(`Quản trị viên ${index + 1}: nhiệm vụ`, `Administrator ${index + 1}: task`)}
              placeholder={t("Nhiệm vụ", "Task")}
            />
          </div>
        ))}
      </>
    ) : null}
    <h3>{t("Công văn đã ký (nếu đã có)", "Signed letter (if there is one)")}</h3>
    <Text name="letterNumber" values={values} t={t} max={60} />
    <Text name="letterDate" values={values} t={t} type="date" />
  </>
)
