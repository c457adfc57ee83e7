/** API keys: made, shown once, revoked. */
import { Hono } from "hono"
import { z } from "zod"
import { InvalidInputError } from "../../base/errors.ts"
import { vnDate, vnDateTime } from "../../base/time.ts"
import type { Unit } from "../../model/index.ts"
import { page } from "../layout.tsx"
import { scopes, type ApiKey, type Scope } from "../people/index.ts"
import { actorOf, allowed, proved, say, signedIn, type Desk, type Say, type Visit, type WebEnv } from "../visit.ts"
import { mistakeWords } from "./login.tsx"

const many = z
  .union([z.string().max(40), z.array(z.string().max(40)).max(40)])
  .optional()
  .transform((list) => (list === undefined ? [] : [list].flat()))
const fresh = z.object({
  name: z.string().trim().max(200).catch(""),
  scope: many,
  unit: z.string().trim().max(100).catch(""),
  days: z.coerce.number().catch(0),
})

export function keys({ rooms, people }: Desk): Hono<WebEnv> {
  const show = async (c: Visit, note: { bad?: string; secret?: string } = {}) =>
    page(
      c,
      rooms,
      say(c)("Khóa API", "API keys"),
      <KeysPage keys={await people.listKeys()} now={rooms.clock.now()} units={rooms.view().livingUnits} note={note} t={say(c)} />,
      note.bad ? 400 : 200,
    )
  return new Hono<WebEnv>()
    .get("/keys", signedIn, allowed("manage_keys"), (c) => show(c))
    .post("/keys", signedIn, allowed("manage_keys"), proved, async (c) => {
      const read = fresh.safeParse(await c.req.parseBody({ all: true }))
      if (!read.success) return show(c, { bad: say(c)("Biểu mẫu không đúng.", "The form is wrong.") })
      const { name, scope, unit, days } = read.data
      try {
        const { secret } = await people.makeKey({ name, scopes: scope, unitId: unit || null, days }, actorOf(c))
        return show(c, { secret })
      } catch (error) {
        if (error instanceof InvalidInputError) return show(c, { bad: mistakeWords(error.mistakes) })
        throw error
      }
    })
    .post("/keys/:id/revoke", signedIn, allowed("manage_keys"), async (c) => {
      await people.revokeKey(c.req.param("id"), actorOf(c))
      return c.redirect("/keys", 303)
    })
}

const scopeWords: Record<Scope, [string, string]> = {
  "units:read": ["xem đơn vị, tài khoản", "units and accounts"],
  "articles:read": ["xem tin", "articles"],
  "deliveries:read": ["xem lượt gửi", "deliveries"],
  "deliveries:write": ["duyệt, từ chối, gửi lại, hủy", "approve, reject, retry, cancel"],
  "alerts:read": ["xem cảnh báo", "alerts"],
  "alerts:write": ["tiếp nhận, đóng cảnh báo", "acknowledge and close alerts"],
  "findings:read": ["xem nội dung chưa đạt", "findings"],
  "reach:read": ["xem lượt tiếp cận", "reach"],
  "reports:read": ["tải báo cáo", "reports"],
  "cases:read": ["xem hồ sơ tài khoản", "account cases"],
  "registry:read": ["xuất sổ đăng ký", "registry export"],
  "metrics:read": ["số liệu vận hành", "Prometheus metrics"],
}

const KeysPage = ({
  keys: list,
  now,
  units,
  note,
  t,
}: {
  keys: ApiKey[]
  now: number
  units: readonly Unit[]
  note: { bad?: string; secret?: string }
  t: Say
}) => (
  <>
    <h1>{t("Khóa API", "API keys")}</h1>
    <p class="lead">
      {t("Cho máy khác dùng /api/v1. ", "For machines that use /api/v1. ")}
      <a href="/api/docs">{t("Tài liệu API", "API documentation")}</a>
    </p>
    {note.bad ? (
      <p class="notice bad" role="alert">
        {note.bad}
      </p>
    ) : null}
    {note.secret ? (
      <div class="notice" role="status">
        <p>{t("Khóa mới, chỉ hiện lần này. Loa chỉ giữ mã băm của khóa.", "The new key, shown only now. Loa keeps nothing but its hash.")}</p>
        <pre>{note.secret}</pre>
      </div>
    ) : null}
    <div class="card">
      {list.length ? (
        <ul class="rows">
          {list.map((key) => {
            const dead = key.revokedAt !== null ? t("đã thu hồi", "revoked") : key.expiresAt <= now ? t("hết hạn", "expired") : null
            return (
              <li>
                <b>{key.name}</b> <span class="meta">{key.id}</span>{" "}
                {dead ? <span class="tag none">{dead}</span> : <span class="tag pass">{t("đang dùng được", "in force")}</span>}
                <div class="meta">
                  <span>{key.scopes.join(", ")}</span>
                  <span>{key.unitId ?? t("toàn tỉnh", "whole province")}</span>
                  <span>{t(`hết hạn ${vnDate(key.expiresAt)}`, `ends ${vnDate(key.expiresAt)}`)}</span>
                  <span>
                    {key.lastUsedAt === null
                      ? t("chưa dùng", "never used")
                      : t(
                          `dùng lần cuối ${vnDateTime(key.lastUsedAt)} từ ${key.lastUsedFrom}`,
                          `last used ${vnDateTime(key.lastUsedAt)} from ${key.lastUsedFrom}`,
                        )}
                  </span>
                </div>
                {dead ? null : (
                  <form method="post" action={`/keys/${key.id}/revoke`}>
                    <button class="small danger">{t("Thu hồi", "Revoke")}</button>
                  </form>
                )}
              </li>
            )
          })}
        </ul>
      ) : (
        <p class="empty">{t("Chưa có khóa nào.", "No keys yet.")}</p>
      )}
    </div>
    <form class="card middle" method="post" action="/keys">
      <h2>{t("Tạo khóa mới", "Make a key")}</h2>
      <div class="field">
        <label for="name">{t("Tên dễ nhận ra (hệ thống nào dùng)", "A telling name")}</label>
        <input type="text" id="name" name="name" required maxlength={100} />
      </div>
      <fieldset class="field">
        <legend>{t("Quyền", "Scopes")}</legend>
        {scopes.map((scope) => (
          <div>
            <label>
              <input type="checkbox" name="scope" value={scope} /> {t(...scopeWords[scope])} <span class="meta">{scope}</span>
            </label>
          </div>
        ))}
      </fieldset>
      <div class="field">
        <label for="unit">{t("Phạm vi", "Sees")}</label>
        <select id="unit" name="unit">
          <option value="">{t("– toàn tỉnh –", "– whole province –")}</option>
          {units.map((unit) => (
            <option value={unit.id}>{unit.name}</option>
          ))}
        </select>
      </div>
      <div class="field">
        <label for="days">{t("Số ngày có hiệu lực (1–366)", "Days in force (1–366)")}</label>
        <input type="text" id="days" name="days" inputmode="numeric" value="90" required maxlength={3} />
      </div>
      <button>{t("Tạo khóa", "Make the key")}</button>
    </form>
  </>
)
