import { Hono } from "hono"
import { vnDate } from "../../base/time.ts"
import { snapshotsOf } from "../../jobs/snapshots.ts"
import type { SnapshotRow } from "../../registry/index.ts"
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
    .get("/snapshots", async (c) => {
      const t = say(c)
      const [list, keys] = [await snapshotsOf(rooms).list(31), await snapshotsOf(rooms).publicKeys()]
      return page(c, rooms, t("Danh mục có chữ ký", "The signed list"), <SnapshotPage list={list} keys={keys} t={t} />)
    })
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
      return page(
        c,
        rooms,
        t("Tra cứu kênh chính thức", "Verify an official channel"),
        <VerifyPage question="" found={found} t={t} />,
        found.status === "not_listed" ? 404 : 200,
      )
    })
}

const VerifyPage = ({ question, found, t }: { question: string; found: Verified | null; t: Say }) => (
  <div class="middle">
    <h1>{t("Trang này có phải kênh chính thức?", "Is this an official channel?")}</h1>
    <p class="lead">
      {t(
        "Dán đường dẫn Facebook, Zalo, mã tài khoản hoặc tên trang của cơ quan nhà nước tỉnh Bắc Ninh.",
        "Paste a Facebook or Zalo link, an account id or a page name of a government office of Bắc Ninh.",
      )}
    </p>
    <form class="card inline" method="get" action="/verify" role="search">
      <input
        type="text"
        name="q"
        value={question}
        maxlength={QUERY_CHARS_MAX}
        aria-label={t("Đường dẫn hoặc tên", "Link or name")}
        placeholder="https://www.facebook.com/…"
        required
      />
      <button>{t("Tra cứu", "Verify")}</button>
    </form>
    {found ? <Answer found={found} t={t} /> : null}
    <p class="meta">
      {t("Danh mục kênh chính thức được ký số hằng ngày: ", "The list of official channels is signed every day: ")}
      <a href="/snapshots">{t("tải và kiểm tra", "download and check")}</a>
    </p>
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
      {account ? <AccountLine account={account} open={status === "official"} t={t} /> : null}
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
      {status === "not_listed" ? (
        <p>
          {t(
            "Không có trong danh sách chưa chắc là giả mạo, nhưng không phải kênh thông tin chính thức. Hãy xem tin trên cổng thông tin điện tử của đơn vị.",
            "Not being listed is no proof of fraud, but this is no official channel. Read the unit's portal instead.",
          )}
        </p>
      ) : null}
      {found.similar.length ? (
        <>
          <h2>{t("Kênh chính thức liên quan", "Related official channels")}</h2>
          {found.similar.map((one) => (
            <AccountLine account={one} open t={t} />
          ))}
        </>
      ) : null}
    </section>
  )
}

/** The way to a page is shown while it is to be trusted: a printed QR code must not lead to what was taken over. */
const AccountLine = ({ account, open, t }: { account: VerifiedAccount; open: boolean; t: Say }) => (
  <div>
    <p>
      <b>{account.name}</b>
      <span class="meta">
        {" "}
        <span>{networkName(account.network)}</span>
        {account.remoteId ? <span>ID {account.remoteId}</span> : null}
      </span>
    </p>
    {open && account.url ? (
      <p>
        <Outward href={account.url}>
          {t(`Mở trang trên ${networkName(account.network)}: ${account.url}`, `Open on ${networkName(account.network)}: ${account.url}`)}
        </Outward>
      </p>
    ) : null}
  </div>
)

const howToCheck = (day: string) =>
  [
    `base64 -d ${day}.json.sig > sig.bin`,
    `openssl pkeyutl -verify -pubin -inkey key.pem -rawin -in ${day}.json -sigfile sig.bin`,
    "",
    `npx loa verify --snapshot ${day}.json --key key.pem`,
  ].join("\n")

const SnapshotPage = ({ list, keys, t }: { list: SnapshotRow[]; keys: { id: string; publicKey: string; createdAt: number }[]; t: Say }) => (
  <div class="middle">
    <h1>{t("Danh mục kênh chính thức có chữ ký số", "The signed list of official channels")}</h1>
    <p class="lead">
      {t(
        "Mỗi ngày danh mục được chụp lại, ký bằng khóa Ed25519 và nối với bản của ngày trước bằng mã băm. Ai cũng có thể tải về, kiểm tra mà không cần hỏi chúng tôi. Danh mục không có thông tin cá nhân.",
        "Every day the list is written down, signed with an Ed25519 key and chained to the day before. Anybody can check it offline. It holds no personal data.",
      )}
    </p>
    <section class="card">
      <h2>{t("Bản chụp", "Snapshots")}</h2>
      {list.length ? (
        <table class="stack">
          <thead>
            <tr>
              <th>{t("Ngày", "Day")}</th>
              <th>{t("Tệp", "Files")}</th>
              <th>SHA-256</th>
            </tr>
          </thead>
          <tbody>
            {list.map((row) => (
              <tr>
                <td>{row.day.split("-").reverse().join("/")}</td>
                <td>
                  <a href={`/snapshots/${row.day}.json`}>{t("danh mục", "list")}</a>,{" "}
                  <a href={`/snapshots/${row.day}.json.sig`}>{t("chữ ký", "signature")}</a>
                </td>
                <td class="meta">{`${row.sha256.slice(0, 16)}…`}</td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : (
        <p class="empty">{t("Chưa có bản chụp nào.", "None yet.")}</p>
      )}
    </section>
    <section class="card">
      <h2>{t("Khóa công khai", "Public key")}</h2>
      {keys.map((key) => (
        <>
          <p>{t(`Mã khóa ${key.id}, từ ngày ${vnDate(key.createdAt)}`, `Key ${key.id}, since ${vnDate(key.createdAt)}`)}</p>
          <pre class="data">{key.publicKey.trim()}</pre>
        </>
      ))}
      <h3>{t("Cách kiểm tra", "How to check")}</h3>
      <pre class="data">{howToCheck(list[0]?.day ?? "2026-11-24")}</pre>
    </section>
  </div>
)
