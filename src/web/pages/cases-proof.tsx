/** The forms of the later steps, from the network's own procedures to the entry in the registry. */
import { vnDate, vnDateTime } from "../../base/time.ts"
import { identityTasks, platformStates } from "../../cases/index.ts"
import { basisText } from "../../jobs/cases-registry.ts"
import { partyWord, partyWordEn, platformWord, taskWord } from "../../jobs/cases-words.ts"
import { Outward } from "../layout.tsx"
import { deliveryWord, networkName } from "../words.ts"
import { labelOf, Text, Tick } from "./cases-form.tsx"
import type { StepProps } from "./cases-steps.tsx"

export const Identity = ({ found, values, facts, t }: StepProps) => {
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
      <Text
        name="remoteId"
        values={values}
        t={t}
        max={25}
        hint={t(
          "Mã số cố định, chỉ gồm chữ số; xem trong phần Giới thiệu của Trang hoặc trang quản trị OA.",
          "The permanent number, shown in the Page's About or the OA's administration.",
        )}
      />
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

export const Change = ({ found, values, t }: StepProps) => {
  const name = found.data.name?.name
  return (
    <>
      <p>
        {found.kind === "rename"
          ? t(
              `Đổi tên tài khoản trên ${networkName(found.network)} thành “${name}”. Lưu ý: nền tảng có thể thu hồi dấu xác minh khi đổi tên; hãy hỏi trước nếu tài khoản đang có dấu.`,
              `Rename the account on ${networkName(found.network)} to “${name}”. The network may withdraw a badge after a rename.`,
            )
          : found.kind === "merge"
            ? t(
                "Thông báo cho người theo dõi, rồi gộp hoặc đóng tài khoản cũ trên nền tảng.",
                "Tell the followers, then merge or close the old account on the network.",
              )
            : t(
                "Thông báo cho người theo dõi; gỡ liên kết trên Cổng và mã QR tại trụ sở; đóng tài khoản trên nền tảng.",
                "Tell the followers; remove links and QR codes; close the account on the network.",
              )}
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
        <span class={`tag ${point.ok ? "pass" : point.ok === null ? "advice" : "violation"}`}>{point.ok ? "✓" : point.ok === null ? "?" : "✕"}</span>{" "}
        {point.text}
      </li>
    ))}
  </ul>
)

export const Checks = ({ values, facts, t }: StepProps) => (
  <>
    {facts.points ? (
      <Points points={facts.points} />
    ) : (
      <p>{t("Bấm “Kiểm tra ngay” để đọc tài khoản và Cổng..", "“Check now” reads the account and the portal.")}</p>
    )}
    <p>
      <button class="plain" name="do" value="look" formnovalidate>
        {t("Kiểm tra ngay", "Check now")}
      </button>
    </p>
    <Text
      name="exception"
      values={values}
      t={t}
      max={500}
      hint={t("Chỉ ghi khi có điểm chưa đạt mà vẫn chấp nhận.", "Only when a point that failed is accepted.")}
    />
    <Tick name="confirm">{t("Tôi đã đối chiếu, đây đúng là tài khoản của đơn vị", "I compared: this is the unit's account")}</Tick>
  </>
)

export const TestPost = ({ facts, t }: StepProps) => {
  const post = facts.testPost
  return (
    <>
      {facts.notNamed ? (
        <p class="notice bad">
          {t(
            "PUBLISH_TO chưa có tài khoản này nên bài thử chưa lên được. Quản trị hệ thống cần thêm mã tài khoản.",
            "PUBLISH_TO does not name this account: the test post will be held.",
          )}
        </p>
      ) : null}
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
        <p>
          {t(
            "Đăng một bài thật, ngắn, giới thiệu trang kiểm tra tài khoản; gỡ được sau khi xem.",
            "Publishes one short real post that names the verify page; it can be taken down afterwards.",
          )}
        </p>
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

export const Activate = ({ found, values, facts, t }: StepProps) => {
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
      <p class="notice hint">
        {t(
          "Người ghi vào sổ đăng ký phải khác người đã kiểm tra (quy định hai người).",
          "Who writes the entry must not be who checked (two persons).",
        )}
      </p>
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
          {facts.notNamed ? (
            <p class="notice bad">
              {t(
                "PUBLISH_TO chưa có tài khoản này: bài sẽ được giữ lại cho đến khi quản trị hệ thống thêm mã tài khoản.",
                "PUBLISH_TO does not name this account: posts are held until it does.",
              )}
            </p>
          ) : null}
        </>
      )}
      <Tick name="confirm">
        {closing
          ? t("Đưa tài khoản ra khỏi danh mục chính thức", "Take the account off the official list")
          : t("Ghi tài khoản vào danh mục chính thức", "Enter the account in the official list")}
      </Tick>
    </>
  )
}
