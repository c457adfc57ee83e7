/** People of the desk: who may enter, as what, and help for those who lost password or telephone. */
import { Hono } from "hono"
import { z } from "zod"
import { InvalidInputError, NotFoundError, UsageError } from "../../base/errors.ts"
import { vnDate, vnDateTime } from "../../base/time.ts"
import type { Unit } from "../../model/index.ts"
import { page } from "../layout.tsx"
import { roles, roleWords, type ListedUser, type OpenSession } from "../people/index.ts"
import { actorOf, allowed, proved, say, signedIn, userOf, type Desk, type Say, type Visit, type WebEnv } from "../visit.ts"
import { mistakeWords } from "./login.tsx"

const text = (max: number) => z.string().trim().max(max).catch("")
const fresh = z.object({ id: text(60), name: text(200), role: text(40), unit: text(100), email: text(200) })
const order = z.discriminatedUnion("do", [
  z.object({ do: z.literal("role"), role: text(40), unit: text(100) }),
  z.object({ do: z.literal("email"), email: text(200) }),
  z.object({ do: z.enum(["link", "disable", "enable", "sessions", "two-steps"]) }),
])

export function users({ rooms, people }: Desk): Hono<WebEnv> {
  const title = (c: Visit) => say(c)("Người dùng", "People")
  const units = () => rooms.view().livingUnits
  const nameOf = (id: string) => rooms.view().unitById(id)?.name ?? id
  const one = async (id: string): Promise<ListedUser> => {
    const user = (await people.list()).find((entry) => entry.id === id)
    if (!user) throw new NotFoundError("user", id)
    return user
  }
  const showOne = async (c: Visit, id: string, note: { bad?: string; link?: string } = {}) => {
    const user = await one(id)
    const sessions = await people.sessionsOf(id, null)
    return page(
      c,
      rooms,
      user.name,
      <UserPage user={user} sessions={sessions} units={units()} self={userOf(c).id === id} note={note} t={say(c)} />,
      note.bad ? 400 : 200,
    )
  }
  const showNew = (c: Visit, given: Partial<z.infer<typeof fresh>> = {}, bad?: string) =>
    page(c, rooms, say(c)("Thêm người dùng", "Add a person"), <NewPage given={given} units={units()} bad={bad} t={say(c)} />, bad ? 400 : 200)
  const linkOf = (token: string) => `${rooms.config.publicUrl}/set-password?k=${token}`

  return new Hono<WebEnv>()
    .get("/users", signedIn, allowed("manage_users"), async (c) =>
      page(c, rooms, title(c), <UsersPage users={await people.list()} nameOf={nameOf} t={say(c)} />),
    )
    .get("/users/new", signedIn, allowed("manage_users"), proved, (c) => showNew(c))
    .post("/users/new", signedIn, allowed("manage_users"), proved, async (c) => {
      const given = fresh.parse(await c.req.parseBody())
      try {
        const user = await people.add(
          { id: given.id.toLowerCase(), name: given.name, role: given.role, unitId: given.unit || null, email: given.email || null, password: null },
          actorOf(c),
        )
        return showOne(c, user.id, { link: linkOf(await people.makeResetLink(user.id, actorOf(c))) })
      } catch (error) {
        if (error instanceof InvalidInputError) return showNew(c, given, mistakeWords(error.mistakes))
        throw error
      }
    })
    .get("/users/:id", signedIn, allowed("manage_users"), (c) => showOne(c, c.req.param("id")))
    .post("/users/:id", signedIn, allowed("manage_users"), proved, async (c) => {
      const { id } = await one(c.req.param("id"))
      const t = say(c)
      const read = order.safeParse(await c.req.parseBody())
      if (!read.success) return showOne(c, id, { bad: t("Hãy chọn một việc cần làm.", "Choose what to do.") })
      if (id === userOf(c).id && read.data.do !== "email")
        return showOne(c, id, { bad: t("Không tự làm việc này cho chính mình.", "Nobody does this to oneself.") })
      try {
        const link = await obey(id, read.data, actorOf(c))
        return link ? showOne(c, id, { link: linkOf(link) }) : c.redirect(`/users/${encodeURIComponent(id)}`, 303)
      } catch (error) {
        if (error instanceof InvalidInputError) return showOne(c, id, { bad: mistakeWords(error.mistakes) })
        if (error instanceof UsageError) return showOne(c, id, { bad: error.message })
        throw error
      }
    })

  async function obey(id: string, what: z.infer<typeof order>, actor: string): Promise<string | null> {
    switch (what.do) {
      case "role":
        await people.setRole(id, what.role, what.unit || null, actor)
        return null
      case "email":
        await people.setEmail(id, what.email || null, actor)
        return null
      case "link":
        return people.makeResetLink(id, actor)
      case "disable":
        await people.disable(id, actor)
        return null
      case "enable":
        await people.enable(id, actor)
        return null
      case "sessions":
        await people.endSessions(id, { keep: null }, actor)
        return null
      case "two-steps":
        await people.dropTwoSteps(id, actor, true)
        return null
    }
  }
}

const Bad = ({ text: problem }: { text?: string | undefined }) =>
  problem ? (
    <p class="notice bad" role="alert">
      {problem}
    </p>
  ) : null

const UsersPage = ({ users: list, nameOf, t }: { users: ListedUser[]; nameOf: (id: string) => string; t: Say }) => (
  <>
    <h1>{t("Người dùng", "People")}</h1>
    <p>
      <a class="button" href="/users/new">
        {t("Thêm người dùng", "Add a person")}
      </a>
    </p>
    <div class="card">
      <table class="stack">
        <thead>
          <tr>
            <th>{t("Họ và tên", "Name")}</th>
            <th>{t("Vai trò", "Role")}</th>
            <th>{t("Đơn vị", "Unit")}</th>
            <th>{t("Xác thực hai lớp", "Two steps")}</th>
            <th>{t("Từ ngày", "Since")}</th>
          </tr>
        </thead>
        <tbody>
          {list.map((user) => (
            <tr>
              <td>
                <a href={`/users/${user.id}`}>{user.name}</a> <span class="meta">{user.id}</span>{" "}
                {user.disabled ? <span class="tag violation">{t("đã khóa", "disabled")}</span> : null}
              </td>
              <td>{t(roleWords[user.role].vi, roleWords[user.role].en)}</td>
              <td>{user.unitId ? nameOf(user.unitId) : t("toàn tỉnh", "whole province")}</td>
              <td>{user.twoSteps ? t("đã bật", "on") : t("chưa bật", "off")}</td>
              <td>{vnDate(user.createdAt)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  </>
)

const RoleFields = ({ role, unit, units, t }: { role: string; unit: string; units: readonly Unit[]; t: Say }) => (
  <>
    <div class="field">
      <label for="role">{t("Vai trò", "Role")}</label>
      <select id="role" name="role" required>
        {roles.map((one) => (
          <option value={one} selected={one === role}>
            {t(roleWords[one].vi, roleWords[one].en)}
          </option>
        ))}
      </select>
    </div>
    <div class="field">
      <label for="unit">{t("Đơn vị (chỉ cho cán bộ đơn vị)", "Unit (for unit officials only)")}</label>
      <select id="unit" name="unit">
        <option value="">{t("– toàn tỉnh –", "– whole province –")}</option>
        {units.map((one) => (
          <option value={one.id} selected={one.id === unit}>
            {one.name}
          </option>
        ))}
      </select>
    </div>
  </>
)

const NewPage = ({ given, units, bad, t }: { given: Partial<z.infer<typeof fresh>>; units: readonly Unit[]; bad?: string | undefined; t: Say }) => (
  <form class="card middle" method="post" action="/users/new">
    <h1>{t("Thêm người dùng", "Add a person")}</h1>
    <p class="lead">
      {t(
        "Loa tạo một liên kết dùng một lần; người dùng tự đặt mật khẩu trong 15 phút.",
        "Loa makes a link that works once; the person sets the password within 15 minutes.",
      )}
    </p>
    <Bad text={bad} />
    <div class="field">
      <label for="id">{t("Tên đăng nhập", "Name for signing in")}</label>
      <input type="text" id="id" name="id" value={given.id ?? ""} required maxlength={40} autocapitalize="none" />
    </div>
    <div class="field">
      <label for="name">{t("Họ và tên", "Full name")}</label>
      <input type="text" id="name" name="name" value={given.name ?? ""} required maxlength={100} />
    </div>
    <div class="field">
      <label for="email">{t("Thư điện tử công vụ", "Office e-mail")}</label>
      <input type="text" id="email" name="email" value={given.email ?? ""} maxlength={200} inputmode="email" />
    </div>
    <RoleFields role={given.role ?? "unit_official"} unit={given.unit ?? ""} units={units} t={t} />
    <button>{t("Thêm", "Add")}</button>
  </form>
)

const UserPage = ({
  user,
  sessions,
  units,
  self,
  note,
  t,
}: {
  user: ListedUser
  sessions: OpenSession[]
  units: readonly Unit[]
  self: boolean
  note: { bad?: string; link?: string }
  t: Say
}) => {
  const action = `/users/${user.id}`
  const Do = ({ what, label, danger }: { what: string; label: string; danger?: boolean }) => (
    <form method="post" action={action}>
      <button class={danger ? "danger" : "plain"} name="do" value={what}>
        {label}
      </button>
    </form>
  )
  return (
    <div class="middle">
      <h1>{user.name}</h1>
      <p class="lead meta">
        <span>{user.id}</span>
        <span>{t(roleWords[user.role].vi, roleWords[user.role].en)}</span>
        <span>{user.twoSteps ? t("đã bật xác thực hai lớp", "two steps on") : t("chưa bật xác thực hai lớp", "two steps off")}</span>
        {user.disabled ? <span>{t("đã khóa", "disabled")}</span> : null}
      </p>
      <Bad text={note.bad} />
      {note.link ? (
        <div class="notice" role="status">
          <p>
            {t(
              "Liên kết đặt mật khẩu, dùng một lần trong 15 phút, chỉ hiện lần này. Hãy chuyển cho đúng người.",
              "Link for setting the password: once, within 15 minutes, shown only now.",
            )}
          </p>
          <pre>{note.link}</pre>
        </div>
      ) : null}
      <form class="card" method="post" action={action}>
        <h2>{t("Vai trò", "Role")}</h2>
        <input type="hidden" name="do" value="role" />
        <RoleFields role={user.role} unit={user.unitId ?? ""} units={units} t={t} />
        <button disabled={self}>{t("Lưu vai trò", "Save")}</button>
      </form>
      <form class="card" method="post" action={action}>
        <h2>{t("Thư điện tử", "E-mail")}</h2>
        <input type="hidden" name="do" value="email" />
        <div class="field">
          <label for="email">{t("Thư điện tử công vụ", "Office e-mail")}</label>
          <input type="text" id="email" name="email" value={user.email ?? ""} maxlength={200} inputmode="email" />
        </div>
        <button>{t("Lưu", "Save")}</button>
      </form>
      {self ? null : (
        <section class="card">
          <h2>{t("Hỗ trợ và khóa", "Help and locks")}</h2>
          <div class="inline">
            {user.disabled ? null : <Do what="link" label={t("Tạo liên kết đặt mật khẩu", "Make a password link")} />}
            {user.twoSteps ? <Do what="two-steps" label={t("Mất điện thoại: đặt lại xác thực hai lớp", "Lost telephone: reset two steps")} /> : null}
            {sessions.length ? (
              <Do what="sessions" label={t(`Kết thúc ${sessions.length} phiên đăng nhập`, `End ${sessions.length} sessions`)} />
            ) : null}
            {user.disabled ? (
              <Do what="enable" label={t("Mở khóa", "Enable")} />
            ) : (
              <Do what="disable" label={t("Khóa người dùng", "Disable")} danger />
            )}
          </div>
          <ul class="rows">
            {sessions.map((session) => (
              <li class="meta">
                <span>{session.address}</span>
                <span>{t(`vào lúc ${vnDateTime(session.createdAt)}`, `since ${vnDateTime(session.createdAt)}`)}</span>
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  )
}

