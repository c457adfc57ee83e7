/** Connecting the account of a case. Tokens of networks are grave: this page wants a fresh proof of who asks. */
import { Hono } from "hono"
import { InvalidInputError, UsageError } from "../../base/errors.ts"
import { mayAct, type Case, type Party } from "../../cases/index.ts"
import { beginConsent, connectBySystemUser, connectByToken } from "../../jobs/cases-connect.ts"
import { seeCase, unitOf } from "../../jobs/cases.ts"
import { page } from "../layout.tsx"
import { proved, say, signedIn, userOf, type Desk, type Say, type Visit, type WebEnv } from "../visit.ts"
import { networkName } from "../words.ts"
import { partyOf, personOf } from "./cases.tsx"

export function caseConnectPages({ rooms }: Desk): Hono<WebEnv> {
  const show = (c: Visit, found: Case, shown: { link?: string; problem?: string } = {}) => {
    const t = say(c)
    return page(
      c,
      rooms,
      t("Kết nối tài khoản", "Connect the account"),
      <ConnectPage
        found={found}
        unit={unitOf(rooms, found).name}
        name={rooms.view().accountById(found.accountId ?? "")?.name ?? ""}
        party={partyOf(userOf(c))}
        {...shown}
        t={t}
      />,
      shown.problem ? 400 : 200,
    )
  }
  return new Hono<WebEnv>()
    .get("/cases/:id/connect", signedIn, proved, async (c) => {
      const found = await seeCase(rooms, c.req.param("id"), userOf(c))
      return found.step === "connect" && found.status === "open" ? show(c, found) : c.redirect(`/cases/${found.id}`, 302)
    })
    .post("/cases/:id/connect", signedIn, proved, async (c) => {
      const person = personOf(c)
      const found = await seeCase(rooms, c.req.param("id"), person)
      const body = (await c.req.parseBody()) as Record<string, string>
      const token = (name: string) => (body[name] ?? "").trim()
      try {
        if (body.do === "system") {
          await connectBySystemUser(rooms, found, person)
          return c.redirect(`/cases/${found.id}?notice=connected`, 303)
        }
        if (body.do === "consent") return show(c, found, { link: await beginConsent(rooms, found, person, c.get("session")!.id) })
        const credential =
          found.network === "zalo"
            ? { access_token: token("access_token"), refresh_token: token("refresh_token"), expires_in: token("expires_in") || "90000" }
            : token("system_user_token") ? { system_user_token: token("system_user_token") } : { page_access_token: token("page_access_token") }
        await connectByToken(rooms, found, credential, person)
        return c.redirect(`/cases/${found.id}?notice=connected`, 303)
      } catch (error) {
        if (error instanceof UsageError && !(error instanceof InvalidInputError)) return show(c, found, { problem: error.message })
        throw error
      }
    })
}

const ConnectPage = ({
  found,
  unit,
  name,
  party,
  link,
  problem,
  t,
}: {
  found: Case
  unit: string
  name: string
  party: Party | null
  link?: string
  problem?: string
  t: Say
}) => (
  <div class="middle">
    <p class="crumbs">
      <a href={`/cases/${found.id}`}>{found.id}</a>
    </p>
    <h1>{t(`Kết nối ${networkName(found.network)}`, `Connect ${networkName(found.network)}`)}</h1>
    <p class="lead">{`${unit} – “${name}” (${found.data.identity?.remoteId ?? found.accountId})`}</p>
    {problem ? (
      <p class="notice bad" role="alert">
        {problem}
      </p>
    ) : null}
    {party && mayAct(party, found) ? (
      <>
        <section class="card">
          <h2>{t("Quản trị viên cấp quyền", "The administrator grants access")}</h2>
          {link ? (
            <>
              <p>
                {t(
                  `Mở trang của ${networkName(found.network)}, đăng nhập bằng tài khoản quản trị, chọn đúng tài khoản của đơn vị. Liên kết dùng một lần, trong 10 phút, trên trình duyệt này.`,
                  `Open ${networkName(found.network)}'s page and choose the unit's account. The link is good once, for ten minutes, in this browser.`,
                )}
              </p>
              <p>
                <a class="button" href={link} rel="noreferrer">
                  {t(`Mở trang cấp quyền của ${networkName(found.network)}`, `Open ${networkName(found.network)}'s page`)}
                </a>
              </p>
            </>
          ) : (
            <form method="post" action={`/cases/${found.id}/connect`}>
              <p>
                {t("Tạo liên kết cấp quyền dùng một lần cho quản trị viên của tài khoản.", "Makes a one-time link for the account's administrator.")}
              </p>
              <button name="do" value="consent">
                {t("Tạo liên kết cấp quyền", "Make the link")}
              </button>
            </form>
          )}
        </section>
        {found.network === "facebook" && party === "centre" ? (
          <section class="card">
            <h2>{t("Người dùng hệ thống của tỉnh", "The province's system user")}</h2>
            <p>
              {t(
                "Khi Trang đã được giao cho người dùng hệ thống (bước trước), Loa tự lấy mã của Trang; không ai phải nhập mã.",
                "Once the Page is assigned to the system user, its token is derived; nobody types one.",
              )}
            </p>
            <form method="post" action={`/cases/${found.id}/connect`}>
              <button class="plain" name="do" value="system">
                {t("Kết nối bằng người dùng hệ thống", "Connect by the system user")}
              </button>
            </form>
          </section>
        ) : null}
        <details class="card">
          <summary>
            {found.network === "zalo"
              ? t("Nhập cặp mã truy cập", "Enter a token pair")
              : t("Dùng người dùng hệ thống hoặc mã của Trang", "Use a system user or a Page token")}
          </summary>
          <form method="post" action={`/cases/${found.id}/connect`} autocomplete="off">
            {(found.network === "zalo" ? (["access_token", "refresh_token"] as const) : (["system_user_token", "page_access_token"] as const)).map(
              (field) => (
                <div class="field">
                  <label for={field}>{tokenWord(field, t)}</label>
                  <input type="password" id={field} name={field} maxlength={8192} autocomplete="off" />
                </div>
              ),
            )}
            <p class="hint-text">
              {t(
                "Mã được kiểm tra với nền tảng, niêm phong khi lưu và không hiển thị lại.",
                "The token is proved against the network, sealed, and never shown again.",
              )}
            </p>
            <button name="do" value="token">
              {t("Kiểm tra và lưu", "Prove and keep")}
            </button>
          </form>
        </details>
      </>
    ) : (
      <p class="empty">{t("Bước này không do bạn thực hiện.", "This step is not yours.")}</p>
    )}
  </div>
)

const tokenWord = (field: string, t: Say) =>
  ({
    access_token: t("Mã truy cập (access token)", "Access token"),
    refresh_token: t("Mã gia hạn (refresh token)", "Refresh token"),
    system_user_token: t("Mã người dùng hệ thống (system user token)", "System user token"),
    page_access_token: t("hoặc mã truy cập của Trang (Page access token)", "or the Page access token"),
  })[field] ?? field

export const NoCase = ({ message, t }: { message: string; t: Say }) => (
  <div class="card narrow">
    <h1>{t("Chưa kết nối", "Not connected")}</h1>
    <p>{message}</p>
    <p>
      <a href="/cases">{t("Về danh sách hồ sơ", "To the cases")}</a>
    </p>
  </div>
)
