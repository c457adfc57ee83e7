/** Pages of one’s own account: password, sessions, second factor, proof. */
import { vnDateTime } from "../../base/time.ts"
import { can, needsTwoSteps, type Enrolment, type OpenSession, type SessionFacts, type User } from "../people/index.ts"
import {
  type Say,
} from "../visit.ts"

const Bad = ({ problem }: { problem: string | null }) =>
  problem ? (
    <p class="notice bad" role="alert">
      {problem}
    </p>
  ) : null
const CodeField = ({ t }: { t: Say }) => (
  <div class="field">
    <label for="code">{t("Mã 6 chữ số trên ứng dụng xác thực", "6 digits of the authenticator")}</label>
    <input type="text" id="code" name="code" inputmode="numeric" autocomplete="one-time-code" required maxlength={40} />
  </div>
)
/** Enough to recognise the machine; the whole line is long and looks like noise. */
const browserOf = (agent: string) =>
  [
    /Firefox|Edg|OPR|Chrome|Safari|curl|bun/i.exec(agent)?.[0].replace("Edg", "Edge").replace("OPR", "Opera"),
    /Android|iPhone|iPad|Windows|Macintosh|Linux/i.exec(agent)?.[0],
  ]
    .filter(Boolean)
    .join(", ")

export const MePage = ({
  user,
  sessions,
  twoSteps,
  codesLeft,
  problem,
  t,
}: {
  user: User
  sessions: OpenSession[]
  twoSteps: boolean
  codesLeft: number
  problem: string | null
  t: Say
}) => (
  <div class="middle">
    <h1>{t("Tài khoản của tôi", "My account")}</h1>
    <Bad problem={problem} />
    <Admin user={user} t={t} />
    <section class="card">
      <h2>{t("Đang đăng nhập", "Signed in")}</h2>
      <ul class="rows">
        {sessions.map((session) => (
          <li>
            {session.here ? <b>{t("Máy này", "This browser")}</b> : t("Máy khác", "Another browser")}
            <div class="meta">
              {browserOf(session.agent) ? <span>{browserOf(session.agent)}</span> : null}
              <span>{session.address}</span>
              <span>{t(`vào lúc ${vnDateTime(session.createdAt)}`, `since ${vnDateTime(session.createdAt)}`)}</span>
            </div>
            {session.here ? null : (
              <form method="post" action="/me/sessions/end">
                <input type="hidden" name="session" value={session.id} />
                <button class="small plain">{t("Kết thúc", "End")}</button>
              </form>
            )}
          </li>
        ))}
      </ul>
      {sessions.length > 1 ? (
        <form method="post" action="/me/sessions/end">
          <button class="plain">{t("Đăng xuất khỏi các máy khác", "Sign out elsewhere")}</button>
        </form>
      ) : null}
    </section>
    <section class="card">
      <h2>{t("Xác thực hai lớp", "Two steps")}</h2>
      {twoSteps ? (
        <>
          <p>{t(`Đang bật. Còn ${codesLeft} mã dự phòng chưa dùng.`, `On. ${codesLeft} recovery codes are left.`)}</p>
          <div class="inline">
            <a class="button" href="/me/two-steps">
              {t("Đổi điện thoại", "Another telephone")}
            </a>
            <form method="post" action="/me/recovery">
              <button class="plain">{t("Tạo mã dự phòng mới", "New recovery codes")}</button>
            </form>
            {needsTwoSteps(user.role) ? null : (
              <form method="post" action="/me/two-steps/off">
                <button class="plain">{t("Tắt", "Switch off")}</button>
              </form>
            )}
          </div>
        </>
      ) : (
        <>
          <p>
            {t(
              "Chưa bật. Ngoài mật khẩu, Loa sẽ hỏi thêm mã trên điện thoại của bạn.",
              "Off. Besides the password, Loa would ask for a code of your telephone.",
            )}
          </p>
          <a class="button" href="/me/two-steps">
            {t("Bật xác thực hai lớp", "Switch on")}
          </a>
        </>
      )}
    </section>
    <form class="card" method="post" action="/me/password">
      <h2>{t("Đổi mật khẩu", "New password")}</h2>
      <p class="lead">
        {t(
          "Ít nhất 12 ký tự, nên là một câu dễ nhớ. Sau khi đổi, hãy đăng nhập lại trên mọi máy.",
          "At least 12 characters. You sign in again everywhere afterwards.",
        )}
      </p>
      <div class="field">
        <label for="old">{t("Mật khẩu hiện tại", "Present password")}</label>
        <input type="password" id="old" name="old" autocomplete="current-password" required />
      </div>
      {twoSteps ? <CodeField t={t} /> : null}
      <div class="field">
        <label for="fresh">{t("Mật khẩu mới", "New password")}</label>
        <input type="password" id="fresh" name="fresh" autocomplete="new-password" required />
      </div>
      <button>{t("Đổi mật khẩu", "Change")}</button>
    </form>
  </div>
)

const Admin = ({ user, t }: { user: User; t: Say }) => {
  const links = [
    can(user, "manage_users") ? (["/users", t("Người dùng", "People")] as const) : null,
    can(user, "manage_keys") ? (["/keys", t("Khóa API", "API keys")] as const) : null,
    can(user, "read_audit") ? (["/audit", t("Nhật ký", "Audit log")] as const) : null,
  ].filter((entry) => entry !== null)
  return links.length ? (
    <section class="card">
      <h2>{t("Quản trị", "Administration")}</h2>
      <div class="inline">
        {links.map(([href, label]) => (
          <a class="button" href={href}>
            {label}
          </a>
        ))}
      </div>
    </section>
  ) : null
}

export const TwoSteps = ({ enrolment, forced, problem, t }: { enrolment: Enrolment; forced: boolean; problem: string | null; t: Say }) => (
  <form class="card narrow" method="post" action="/me/two-steps">
    <h1>{t("Bật xác thực hai lớp", "Two steps")}</h1>
    {forced ? (
      <p class="notice">
        {t(
          "Vai trò của bạn có quyền đăng bài hoặc quản trị nên bắt buộc có lớp thứ hai trước khi làm việc.",
          "Your role publishes or administers, so the second step comes first.",
        )}
      </p>
    ) : null}
    <Bad problem={problem} />
    <ol>
      <li>
        {t(
          "Mở ứng dụng xác thực trên điện thoại (Google Authenticator, Microsoft Authenticator, FreeOTP…).",
          "Open an authenticator on the telephone.",
        )}
      </li>
      <li>{t("Quét mã QR này.", "Scan this code.")}</li>
    </ol>
    <p>
      <img src={enrolment.picture} alt={t("Mã QR để quét bằng ứng dụng xác thực", "QR code for the authenticator")} width="220" height="220" />
    </p>
    <details>
      <summary>{t("Không quét được? Gõ khóa này", "Cannot scan? Type this key")}</summary>
      <pre>{enrolment.secret.match(/.{1,4}/g)!.join(" ")}</pre>
    </details>
    <CodeField t={t} />
    <button>{t("Bật", "Switch on")}</button>
  </form>
)

export const Codes = ({ codes, t }: { codes: string[]; t: Say }) => (
  <section class="card narrow">
    <h1>{t("Mã dự phòng", "Recovery codes")}</h1>
    <p class="lead">
      {t(
        "Khi mất điện thoại, mỗi mã thay cho mã 6 chữ số được một lần. Hãy in hoặc chép lại và cất giữ: Loa chỉ hiện các mã này lần này.",
        "Without the telephone each of these works once instead of the 6 digits. Print or copy them: they are shown only now.",
      )}
    </p>
    <pre>{codes.join("\n")}</pre>
    <a class="button" href="/me">
      {t("Tôi đã cất giữ", "I have kept them")}
    </a>
  </section>
)

export const Proof = ({ to, ask, problem, t }: { to: string; ask: SessionFacts; problem: string | null; t: Say }) => (
  <form class="card narrow" method="post" action="/me/confirm">
    <h1>{t("Xác nhận lại", "Confirm")}</h1>
    <p class="lead">
      {t(
        "Việc tiếp theo ảnh hưởng đến người dùng, khóa hoặc mã truy cập. Hãy chứng thực lại; có hiệu lực trong 10 phút.",
        "What comes next concerns people, keys or tokens. Prove again who you are; it holds for 10 minutes.",
      )}
    </p>
    <Bad problem={problem} />
    <input type="hidden" name="to" value={to} />
    {ask.hasPassword || !ask.twoSteps ? (
      <div class="field">
        <label for="password">{t("Mật khẩu", "Password")}</label>
        <input type="password" id="password" name="password" autocomplete="current-password" required maxlength={1000} />
      </div>
    ) : null}
    {ask.twoSteps ? <CodeField t={t} /> : null}
    <button>{t("Xác nhận", "Confirm")}</button>
  </form>
)
