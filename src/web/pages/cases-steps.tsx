/** The form of each step, for the side whose turn it is. */
import { vnDate, vnDateTime } from "../../base/time.ts"
import { identityTasks, platformStates, type Case } from "../../cases/index.ts"
import type { CheckPoint } from "../../jobs/cases-checks.ts"
import type { OfferedPicture } from "../../jobs/cases-pictures.ts"
import { basisText } from "../../jobs/cases-registry.ts"
import { partyWord, partyWordEn, platformWord, taskWord } from "../../jobs/cases-words.ts"
import type { proposeNames } from "../../jobs/cases-names.ts"
import type { DeliveryView } from "../../outbox/index.ts"
import { Outward } from "../layout.tsx"
import type { Say } from "../visit.ts"
import { deliveryWord, networkName } from "../words.ts"
import { labelOf, PersonFields, Text, Tick, type Values } from "./cases-form.tsx"

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
interface Props {
  found: Case
  values: Values
  facts: StepFacts
  t: Say
}

export const Request = ({ found, values, t }: Props) => (
  <>
    {found.kind === "register" ? <input type="hidden" name="network" value={found.network} /> : <input type="hidden" name="account" value={found.data.request.account} />}
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

export const NameProposals = ({ found, names, t, pick, value }: { found: Case; names: NonNullable<StepFacts["names"]>; t: Say; pick: boolean; value?: string | undefined }) => (
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
        {t(`Không có tên nào đáp ứng mọi quy định trên ${networkName(clash.network)}: `, `No name fits every rule on ${networkName(clash.network)}: `)}
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

export const Name = ({ found, values, facts, t }: Props) => (
  <>
    <NameProposals found={found} names={facts.names!} t={t} pick value={values.name} />
    <div class="field">
      <label for="own">{t("Hoặc tên khác", "Or another name")}</label>
      <input type="text" id="own" name="own" value={values.own ?? ""} maxlength={200} />
    </div>
    <Text name="exception" values={values} t={t} max={500} hint={t("Chỉ ghi khi chọn tên còn khuyến nghị.", "Only for a name with advice.")} />
  </>
)

export const Picture = ({ found, values, facts, t }: Props) => (
  <>
    {facts.missingPictures.map((label) => (
      <p class="notice hint">{t(`Chưa có tệp ${label} đã được duyệt. Đề nghị gửi tệp PNG nền trong suốt cho Trung tâm Thông tin tỉnh, hoặc tự chuẩn bị ảnh.`, `No approved file of ${label} yet: send a transparent PNG to the centre, or prepare the picture yourself.`)}</p>
    ))}
    {facts.pictures.map(({ offered, judged, sizes }, index) => (
      <div class="account">
        <img class="avatar" src={`/cases/${found.id}/pictures/${encodeURIComponent(offered.id)}/preview.png`} alt={t(`${offered.label}, khung tròn`, `${offered.label}, cut to a circle`)} width="52" height="52" />
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
export const Dossier = ({ found, values, t }: Props) => (
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
            <input type="text" name={`admins.${index}.name`} value={values[`admins.${index}.name`] ?? ""} maxlength={100} aria-label={t(`Quản trị viên ${index + 1}: họ và tên`, `Administrator ${index + 1}: name`)} placeholder={t("Họ và tên", "Name")} />
            <input type="text" name={`admins.${index}.role`} value={values[`admins.${index}.role`] ?? ""} maxlength={100} aria-label={t(`Quản trị viên ${index + 1}: nhiệm vụ`, `Administrator ${index + 1}: task`)} placeholder={t("Nhiệm vụ", "Task")} />
          </div>
        ))}
      </>
    ) : null}
    <h3>{t("Công văn đã ký (nếu đã có)", "Signed letter (if there is one)")}</h3>
    <Text name="letterNumber" values={values} t={t} max={60} />
    <Text name="letterDate" values={values} t={t} type="date" />
  </>
)

export const Identity = ({ found, values, facts, t }: Props) => {
  const done = new Set((values.done ?? "").split(" "))
  return (
    <>
      <table class="stack">
        <thead>
          <tr>
            <th>{t("Việc", "Task")}</th>
            <th>{t("Ai làm", "Who")}</th>
            <th>{t("Hạn", "Until")}</th>
          </tr>
        </thead>
        <tbody>
          {identityTasks[found.network].map((task) => {
            const late = !done.has(task.id) && facts.deadlines[task.id]! < facts.now
            return (
              <tr>
                <td>
                  <Tick name="done" value={task.id} checked={done.has(task.id)}>
                    {taskWord[task.id]}
                    {task.required ? "" : <span class="meta"> {t("(không bắt buộc)", "(optional)")}</span>}
                  </Tick>
                </td>
                <td data-label={t("Ai làm", "Who")}>{t(partyWord[task.party], partyWordEn[task.party])}</td>
                <td class="number" data-label={t("Hạn", "Until")}>
                  {vnDate(facts.deadlines[task.id]!)}
                  {late ? <b class="why"> {t("quá hạn", "late")}</b> : null}
                </td>
              </tr>
            )
          })}
        </tbody>
      </table>
      <Text name="remoteId" values={values} t={t} max={25} hint={t("Mã số cố định, chỉ gồm chữ số; xem trong phần Giới thiệu của Trang hoặc trang quản trị OA.", "The permanent number, shown in the Page's About or the OA's administration.")} />
      <Text name="url" values={values} t={t} type="url" />
      <Text name="handle" values={values} t={t} max={100} />
      <div class="field">
        <label for="platform">{labelOf("platform", t)}</label>
        <select id="platform" name="platform">
          {platformStates.map((state) => (
            <option value={state} selected={(values.platform ?? "pending") === state}>
              {platformWord[state]}
            </option>
          ))}
        </select>
      </div>
      <Text name="platformDate" values={values} t={t} type="date" />
    </>
  )
}

export const Change = ({ found, values, t }: Props) => {
  const name = found.data.name?.name
  return (
    <>
      <p>
        {found.kind === "rename"
          ? t(`Đổi tên tài khoản trên ${networkName(found.network)} thành “${name}”. Lưu ý: nền tảng có thể thu hồi dấu xác minh khi đổi tên; hãy hỏi trước nếu tài khoản đang có dấu.`, `Rename the account on ${networkName(found.network)} to “${name}”. The network may withdraw a badge after a rename.`)
          : found.kind === "merge"
            ? t("Thông báo cho người theo dõi, rồi gộp hoặc đóng tài khoản cũ trên nền tảng.", "Tell the followers, then merge or close the old account on the network.")
            : t("Thông báo cho người theo dõi; gỡ liên kết trên Cổng và mã QR tại trụ sở; đóng tài khoản trên nền tảng.", "Tell the followers; remove links and QR codes; close the account on the network.")}
      </p>
      <Text name="on" values={values} t={t} type="date" required />
      <Text name="note" values={values} t={t} max={500} />
      <Tick name="done">{t("Đã thực hiện trên nền tảng", "Done on the network")}</Tick>
    </>
  )
}

export const Points = ({ points }: { points: { id: string; ok: boolean | null; text: string }[] }) => (
  <ul class="rows">
    {points.map((point) => (
      <li>
        <span class={`tag ${point.ok ? "pass" : point.ok === null ? "advice" : "violation"}`}>{point.ok ? "✓" : point.ok === null ? "?" : "✕"}</span> {point.text}
      </li>
    ))}
  </ul>
)

export const Checks = ({ values, facts, t }: Props) => (
  <>
    {facts.points ? <Points points={facts.points} /> : <p>{t("Bấm “Kiểm tra ngay” để đọc tài khoản và Cổng..", "“Check now” reads the account and the portal.")}</p>}
    <p>
      <button class="plain" name="do" value="look" formnovalidate>
        {t("Kiểm tra ngay", "Check now")}
      </button>
    </p>
    <Text name="exception" values={values} t={t} max={500} hint={t("Chỉ ghi khi có điểm chưa đạt mà vẫn chấp nhận.", "Only when a point that failed is accepted.")} />
    <Tick name="confirm">{t("Tôi đã đối chiếu, đây đúng là tài khoản của đơn vị", "I compared: this is the unit's account")}</Tick>
  </>
)

export const TestPost = ({ facts, t }: Props) => {
  const post = facts.testPost
  return (
    <>
      {facts.notNamed ? <p class="notice bad">{t("PUBLISH_TO chưa có tài khoản này nên bài thử chưa lên được. Quản trị hệ thống cần thêm mã tài khoản.", "PUBLISH_TO does not name this account: the test post will be held.")}</p> : null}
      {post ? (
        <p>
          {t("Bài đăng thử: ", "Test post: ")}
          <b>{deliveryWord(post.state, t)}</b>
          {post.publishedAt ? ` ${vnDateTime(Date.parse(post.publishedAt))}` : ""}
          {post.remoteUrl ? (
            <>
              {" – "}
              <Outward href={post.remoteUrl}>{t("xem bài trên mạng", "open the post")}</Outward>
            </>
          ) : null}
          {post.reason ? <span class="why"> {post.reason}</span> : null}
        </p>
      ) : (
        <p>{t("Đăng một bài thật, ngắn, giới thiệu trang kiểm tra tài khoản; gỡ được sau khi xem.", "Publishes one short real post that names the verify page; it can be taken down afterwards.")}</p>
      )}
      <p>
        <button class="plain" name="do" value="test" formnovalidate>
          {t("Đăng bài thử", "Publish the test post")}
        </button>{" "}
        {post?.state === "published" ? (
          <button class="danger" name="do" value="takedown" formnovalidate>
            {t("Gỡ bài thử", "Take it down")}
          </button>
        ) : null}
      </p>
      <Tick name="seen">{t("Đã nhìn thấy bài đăng trên tài khoản của đơn vị", "The post was seen on the unit's account")}</Tick>
    </>
  )
}

export const Activate = ({ found, values, facts, t }: Props) => {
  const { checks, dossier } = found.data
  const closing = found.kind === "merge" || found.kind === "close"
  return (
    <>
      <dl class="facts">
        <dt>{t("Tài khoản", "Account")}</dt>
        <dd>{found.accountId}</dd>
        <dt>{t("Căn cứ", "Basis")}</dt>
        <dd>{dossier ? basisText(dossier.basis) : ""}</dd>
        <dt>{t("Người kiểm tra", "Checked by")}</dt>
        <dd>{checks?.by}</dd>
      </dl>
      <p class="notice hint">{t("Người ghi vào sổ đăng ký phải khác người đã kiểm tra (quy định hai người).", "Who writes the entry must not be who checked (two persons).")}</p>
      {closing ? (
        <input type="hidden" name="publish" value="off" />
      ) : (
        <>
          <div class="field">
            <label for="publish">{labelOf("publish", t)}</label>
            <select id="publish" name="publish">
              {(["auto", "review", "off"] as const).map((way) => (
                <option value={way} selected={(values.publish ?? "auto") === way}>
                  {{ auto: t("tự động", "automatic"), review: t("duyệt từng bài", "each post approved"), off: t("chưa đăng", "not yet") }[way]}
                </option>
              ))}
            </select>
          </div>
          <Text name="until" values={values} t={t} type="date" />
          {facts.notNamed ? <p class="notice bad">{t("PUBLISH_TO chưa có tài khoản này: bài sẽ được giữ lại cho đến khi quản trị hệ thống thêm mã tài khoản.", "PUBLISH_TO does not name this account: posts are held until it does.")}</p> : null}
        </>
      )}
      <Tick name="confirm">{closing ? t("Đưa tài khoản ra khỏi danh mục chính thức", "Take the account off the official list") : t("Ghi tài khoản vào danh mục chính thức", "Enter the account in the official list")}</Tick>
    </>
  )
}
