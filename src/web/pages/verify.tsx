import { Hono } from "hono"
import { page, Outward } from "../layout.tsx"
import { rateLimit } from "../rate-limit.ts"
import { say, type Desk, type Say, type WebEnv } from "../visit.ts"
import { networkName } from "../words.ts"
import { verify, verifyAccount, type Verified, type VerifiedAccount } from "../verify/look-up.ts"
import { QUERY_CHARS_MAX } from "../verify/read-query.ts"

const ASKS_PER_MINUTE = 60

/** Public: anybody may ask. */
export function verifyPages({ rooms, https }: Desk): Hono<WebEnv> {
  return new Hono<WebEnv>()
    .use("/verify/*", rateLimit(rooms.clock, https, ASKS_PER_MINUTE))
    .get("/verify", async (c) => {
      const t = say(c)
      const question = (c.req.query("q") ?? "").slice(0, QUERY_CHARS_MAX)
      const found = question.trim() ? await verify(rooms, question) : null
      if (found && c.req.header("accept")?.startsWith("application/json")) return c.json(found)
      return page(c, rooms, t("Tra cứu kênh chính thức", "Verify an official channel"), <VerifyPage question={question} found={found} t={t} />)
    })
    .get("/verify/:account", async (c) => {
      const t = say(c)
      const found = await verifyAccount(rooms, c.req.param("account"))
      return page(c, rooms, t("Tra cứu kênh chính thức", "Verify an official channel"), <VerifyPage question="" found={found} t={t} />, found.status === "not_listed" ? 404 : 200)
    })
}

const VerifyPage = ({ question, found, t }: { question: string; found: Verified | null; t: Say }) => (
  <div class="middle">
    <h1>{t("Trang này có phải kênh chính thức?", "Is this an official channel?")}</h1>
    <p class="lead">{t("Dán đường dẫn Facebook, Zalo, mã tài khoản hoặc tên trang của cơ quan nhà nước tỉnh Bắc Ninh.", "Paste a Facebook or Zalo link, an account id or a page name of a government office of Bắc Ninh.")}</p>
    <form class="card inline" method="get" action="/verify" role="search">
      <input type="text" name="q" value={question} maxlength={QUERY_CHARS_MAX} aria-label={t("Đường dẫn hoặc tên", "Link or name")} placeholder="https://www.facebook.com/…" required />
      <button>{t("Tra cứu", "Verify")}</button>
    </form>
    {found ? <Answer found={found} t={t} /> : null}
  </div>
)

const Answer = ({ found, t }: { found: Verified; t: Say }) => {
  const { status, account, unit } = found
  const tone = status === "official" ? "pass" : status === "suspended" ? "advice" : "violation"
  const label = {
    official: found.matchedBy === "portal" ? t("✓ Cổng thông tin điện tử chính thức", "✓ Official portal") : t("✓ Chính thức", "✓ Official"),
    suspended: t("Tạm dừng – chưa nên tin", "Suspended – do not rely on it"),
    not_listed: t("✕ Không có trong danh sách chính thức", "✕ Not on the official list"),
  }[status]
  return (
    <section class="card" aria-live="polite" data-status={status}>
      <p>
        <span class={`tag big ${tone}`}>{label}</span>
      </p>
      {account ? <AccountLine account={account} /> : null}
      {unit ? (
        <p>
          {t("Đơn vị quản lý: ", "Run by: ")}
          <b>{unit.name}</b>
          {unit.portal ? (
            <>
              {" "}
              – <Outward href={unit.portal}>{unit.portal}</Outward>
            </>
          ) : null}
        </p>
      ) : null}
      {found.reason ? <p class="why">{found.reason}</p> : null}
      {found.warnings.map((warning) => (
        <p class={status === "official" ? "meta" : "notice bad"}>{warning}</p>
      ))}
      {status === "not_listed" ? <p>{t("Không có trong danh sách chưa chắc là giả mạo, nhưng không phải kênh thông tin chính thức. Hãy xem tin trên cổng thông tin điện tử của đơn vị.", "Not being listed is no proof of fraud, but this is no official channel. Read the unit's portal instead.")}</p> : null}
      {found.similar.length ? (
        <>
          <h2>{t("Kênh chính thức liên quan", "Related official channels")}</h2>
          {found.similar.map((one) => (
            <AccountLine account={one} />
          ))}
        </>
      ) : null}
    </section>
  )
}

const AccountLine = ({ account }: { account: VerifiedAccount }) => (
  <p>
    <b>{account.name}</b>
    <span class="meta">
      {" "}
      <span>{networkName(account.network)}</span>
      {account.remoteId ? <span>ID {account.remoteId}</span> : null}
      {account.url ? (
        <span>
          <Outward href={account.url}>{account.url}</Outward>
        </span>
      ) : null}
    </span>
  </p>
)
