/** The audit log: filters, the chain of hashes, export. */
import { Hono } from "hono"
import { z } from "zod"
import { auditFormats, exportAudit, listAudit, type AuditFilter, type AuditRow } from "../../audit/index.ts"
import { DAY } from "../../base/clock.ts"
import { fromIsoDate, isoDate, vnDateTime } from "../../base/time.ts"
import { page } from "../layout.tsx"
import { factName } from "../parts/evidence.tsx"
import { actorOf, allowed, say, signedIn, type Desk, type Say, type WebEnv } from "../visit.ts"
import { stepWord } from "../words.ts"

const ROWS = 100
const text = z.string().trim().max(120).catch("")
const question = z.object({
  actor: text,
  action: text,
  subject: text,
  from: text,
  to: text,
  before: z.coerce.number().int().positive().optional().catch(undefined),
})
type Question = z.infer<typeof question>
const format = z.enum(auditFormats).catch("csv")

export function auditPages({ rooms }: Desk): Hono<WebEnv> {
  const { db, audit, clock } = rooms
  return (
    new Hono<WebEnv>()
      .get("/audit", signedIn, allowed("read_audit"), async (c) => {
        const asked = question.parse(c.req.query())
        const rows = await listAudit(db, filterOf(asked), ROWS + 1, asked.before)
        return page(
          c,
          rooms,
          say(c)("Nhật ký", "Audit log"),
          <AuditPage asked={asked} rows={rows.slice(0, ROWS)} more={rows.length > ROWS} chain={null} t={say(c)} />,
        )
      })
      .post("/audit/check", signedIn, allowed("read_audit"), async (c) => {
        const asked = question.parse({})
        const [rows, chain] = await Promise.all([listAudit(db, {}, ROWS + 1), audit.check(db)])
        return page(
          c,
          rooms,
          say(c)("Nhật ký", "Audit log"),
          <AuditPage asked={asked} rows={rows.slice(0, ROWS)} more={rows.length > ROWS} chain={chain} t={say(c)} />,
        )
      })
      // Taking the log out of the house is itself an entry of the log, so it is a form and not a link.
      .post("/audit/export", signedIn, allowed("read_audit"), async (c) => {
        const form = await c.req.parseBody()
        const asked = question.parse(form)
        const kind = format.parse(form.format)
        await db
          .transaction()
          .execute((tx) =>
            audit.write(tx, [{ actor: actorOf(c), action: "audit.exported", subject: "audit", detail: { format: kind, ...filterOf(asked) } }]),
          )
        const lines = exportAudit(db, filterOf(asked), kind)
        const body = new ReadableStream<Uint8Array>({
          async pull(controller) {
            const { done, value } = await lines.next()
            if (done) controller.close()
            else controller.enqueue(new TextEncoder().encode(value))
          },
          cancel: async () => void (await lines.return(undefined)),
        })
        return c.body(body, 200, {
          "content-type": kind === "csv" ? "text/csv; charset=utf-8" : "application/x-ndjson; charset=utf-8",
          "content-disposition": `attachment; filename="nhat-ky-${isoDate(clock.now())}.${kind}"`,
        })
      })
  )
}

function filterOf({ actor, action, subject, from, to }: Question): AuditFilter {
  const day = (iso: string) => {
    const at = fromIsoDate(iso)
    return iso && !Number.isNaN(at) ? at : undefined
  }
  const last = day(to)
  return {
    actor: actor || undefined,
    action: action || undefined,
    subject: subject || undefined,
    from: day(from),
    to: last === undefined ? undefined : last + DAY,
  }
}

interface Chain {
  broken: number | null
  rows: number
  head: { seq: number; hash: string } | null
}
const AuditPage = ({ asked, rows, more, chain, t }: { asked: Question; rows: AuditRow[]; more: boolean; chain: Chain | null; t: Say }) => (
  <>
    <h1>{t("Nhật ký", "Audit log")}</h1>
    <p class="lead">
      {t(
        "Ai làm gì, lúc nào, trước và sau ra sao. Không ai sửa hay xóa được; mỗi dòng niêm phong dòng trước.",
        "Who did what and when, before and after. Nobody can change or delete a row; each seals the one before it.",
      )}
    </p>
    {chain ? <ChainNote chain={chain} t={t} /> : null}
    <form class="card inline" method="get" action="/audit" role="search">
      <Field name="actor" label={t("Người làm", "Actor")} value={asked.actor} placeholder="user:lan" />
      <Field name="action" label={t("Việc", "Action")} value={asked.action} placeholder="user.role_set" />
      <Field name="subject" label={t("Đối tượng", "Subject")} value={asked.subject} placeholder="account:…" />
      <Field name="from" label={t("Từ ngày", "From")} value={asked.from} placeholder="2026-11-01" type="date" />
      <Field name="to" label={t("Đến ngày", "To")} value={asked.to} placeholder="2026-11-30" type="date" />
      <button>{t("Lọc", "Filter")}</button>
    </form>
    <div class="inline">
      <form method="post" action="/audit/check">
        <button class="plain">{t("Kiểm tra chuỗi băm", "Check the chain")}</button>
      </form>
      {auditFormats.map((kind) => (
        <form method="post" action="/audit/export">
          {(["actor", "action", "subject", "from", "to"] as const).map((name) => (
            <input type="hidden" name={name} value={asked[name]} />
          ))}
          <button class="plain" name="format" value={kind}>
            {t(`Xuất ${kind.toUpperCase()}`, `Export ${kind.toUpperCase()}`)}
          </button>
        </form>
      ))}
    </div>
    <div class="card">
      {rows.length ? (
        <table class="stack">
          <thead>
            <tr>
              <th>{t("Số", "No.")}</th>
              <th>{t("Lúc", "When")}</th>
              <th>{t("Người làm", "Actor")}</th>
              <th>{t("Việc", "Action")}</th>
              <th>{t("Đối tượng", "Subject")}</th>
              <th>{t("Chi tiết", "Detail")}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr>
                <td class="number">{row.seq}</td>
                <td class="when">{vnDateTime(row.at)}</td>
                <td>
                  <span class="whole">{row.actor}</span>
                </td>
                <td title={row.action}>{stepWord(row.action, t)}</td>
                <td>
                  <span class="whole">{row.subject}</span>
                </td>
                <td>
                  <Detail detail={row.detail} t={t} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : (
        <p class="empty">{t("Không có dòng nào.", "No rows.")}</p>
      )}
    </div>
    {more ? <a href={`/audit?${nextQuery(asked, rows.at(-1)!.seq)}`}>{t("Cũ hơn →", "Older →")}</a> : null}
  </>
)

const nextQuery = ({ before: _, ...rest }: Question, before: number) => new URLSearchParams({ ...rest, before: String(before) }).toString()

const Field = ({
  name,
  label,
  value,
  placeholder,
  type = "text",
}: {
  name: string
  label: string
  value: string
  placeholder: string
  type?: string
}) => (
  <label>
    {label} <input type={type} name={name} value={value} placeholder={placeholder} maxlength={120} />
  </label>
)

const ChainNote = ({ chain, t }: { chain: Chain; t: Say }) =>
  chain.broken === null ? (
    <div class="notice" role="status">
      <p>{t(`Chuỗi băm nguyên vẹn: ${chain.rows} dòng.`, `The chain holds: ${chain.rows} rows.`)}</p>
      {chain.head ? (
        <p class="meta">{t("Dòng cuối, nên ghi lại ở nơi khác: ", "Head, to be kept elsewhere: ") + `${chain.head.seq}:${chain.head.hash}`}</p>
      ) : null}
    </div>
  ) : (
    <p class="notice bad" role="alert">
      {t(`Nhật ký đã bị sửa, xóa hoặc đảo thứ tự tại dòng ${chain.broken}.`, `The log was edited, cut or reordered at row ${chain.broken}.`)}
    </p>
  )

/** Nested facts as "role = editor, unit = –"; long lists stay JSON. */
function shown(value: unknown): string {
  if (typeof value === "string") return value
  if (value === null || value === undefined) return "–"
  if (typeof value !== "object" || Array.isArray(value)) return JSON.stringify(value)
  return Object.entries(value)
    .map(([key, inner]) => `${key} = ${typeof inner === "object" && inner !== null ? JSON.stringify(inner) : shown(inner)}`)
    .join(", ")
}
const Detail = ({ detail, t }: { detail: Record<string, unknown>; t: Say }) => {
  const word = (key: string) =>
    key === "to" ? t("thành", "to") : key === "after" ? t("sau", "after") : key === "why" ? t("lý do", "why") : factName(key, t)
  const entries = Object.entries(detail).filter(([, value]) => value !== undefined && value !== null)
  const line = entries.map(([key, value]) => `${word(key)}: ${shown(value)}`).join("; ")
  return line.length > 160 ? (
    <details>
      <summary>{`${line.slice(0, 120)}…`}</summary>
      <pre>
        {entries.map(([key, value]) => `${word(key)}: ${typeof value === "string" ? value : JSON.stringify(value, null, 1)}`).join("\n")}
      </pre>
    </details>
  ) : (
    <>{line}</>
  )
}
