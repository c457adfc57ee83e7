/**
 * A post written by hand to many units (S30): draft → look at it as each network shows it → confirm → deliveries in the emergency lane. It is an
 * article with deliveries like every other, so that "exactly once", read-back and take-down hold for it too.
 */
import { z } from "zod"
import type { Rooms } from "../app.ts"
import { DESK_FEED, keepWritten } from "../articles/index.ts"
import { InvalidInputError, NotFoundError, UsageError, type Mistake } from "../base/errors.ts"
import { idOf, newId } from "../base/hash.ts"
import { HOUR } from "../base/clock.ts"
import { asNumber, inTransaction, type Db } from "../db/index.ts"
import type { DeskTables } from "../db/tables/desk.ts"
import { publishingNetworks, unitKinds, type Account, type Article, type NetworkName, type PostContent } from "../model/index.ts"
import { isPublishing } from "../registry/index.ts"
import { cleanText, foreignDomains, lengthOf, oneLine } from "../render/index.ts"

/** Below the networks' limits by what templates add: a title of Zalo ends at 140, a text of Facebook at 5,000. */
export const emergencyLimits = { title: 120, body: 4_000 } as const
const SAME_TITLE_MS = 48 * HOUR

export const emergencyTargets = z.object({
  all: z.boolean().default(false),
  kinds: z.array(z.enum(unitKinds)).default([]),
  units: z.array(z.string().max(100)).max(5_000).default([]),
  networks: z.array(z.enum(publishingNetworks)).default([...publishingNetworks]),
})
export type EmergencyTargets = z.infer<typeof emergencyTargets>
export interface EmergencyInput {
  /** The unit that speaks. */
  unit: string
  title: string
  body: string
  /** Where the full text stands; empty = the portal of the unit. */
  url: string
  targets: EmergencyTargets
}
export interface Emergency extends EmergencyInput {
  id: string
  state: DeskTables["emergency_posts"]["state"]
  /** The accounts it is for: those of the targets while it is a draft, then what was confirmed. */
  accounts: string[]
  author: string
  createdAt: number
  confirmedBy: string | null
  confirmedAt: number | null
  articleId: string | null
  reason: string | null
}

/** The accounts that the targets mean today; accounts that publish nothing are left out. */
export function emergencyAccounts(rooms: Pick<Rooms, "view">, targets: EmergencyTargets): Account[] {
  const view = rooms.view()
  const named = new Set(targets.units.map((id) => view.unitById(id)?.id ?? id))
  return view.livingUnits
    .filter((unit) => targets.all || targets.kinds.includes(unit.kind) || named.has(unit.id))
    .flatMap((unit) => unit.accounts)
    .filter(
      (account) =>
        isPublishing(account.network) && account.publish !== "off" && account.languages.includes("vi") && targets.networks.includes(account.network),
    )
}

/** Everything that is wrong, at once; nothing is written. */
export async function emergencyMistakes(rooms: Rooms, input: EmergencyInput, own: string | null = null): Promise<Mistake[]> {
  const view = rooms.view()
  const mistakes: Mistake[] = []
  const wrong = (field: string, found: string, expected: string) => void mistakes.push({ file: "tin khẩn", field, found, expected })
  if (!view.livingUnits.some((unit) => unit.id === input.unit)) wrong("unit", input.unit || "(trống)", "một đơn vị đang hoạt động")
  for (const field of ["title", "body"] as const) {
    const text = cleanText(input[field])
    const length = lengthOf(text, "utf16")
    if (!text) wrong(field, "đang để trống", "phải có nội dung")
    if (length > emergencyLimits[field])
      wrong(field, `dài ${length.toLocaleString("vi-VN")} ký tự`, `tối đa ${emergencyLimits[field].toLocaleString("vi-VN")} ký tự`)
    for (const domain of foreignDomains(text, view.isOwnHost)) wrong(field, `có địa chỉ “${domain}”`, "chỉ dẫn tới cổng của cơ quan nhà nước")
    if (/<\/?[a-z!][^<>]*>|@\[/i.test(text)) wrong(field, "có thẻ HTML hoặc gắn thẻ trang khác", "chỉ văn bản thường")
  }
  if (input.url && !(URL.canParse(input.url) && /^https?:$/.test(new URL(input.url).protocol) && view.isOwnHost(new URL(input.url).hostname)))
    wrong("url", input.url.slice(0, 200), "địa chỉ http(s) trên cổng của cơ quan nhà nước, hoặc để trống")
  const unknown = input.targets.units.filter((id) => !view.unitById(id))
  if (unknown.length) wrong("targets", unknown.slice(0, 5).join(", "), "mã đơn vị có trong sổ đăng ký")
  if (!emergencyAccounts(rooms, input.targets).length)
    wrong("targets", "không có tài khoản nào", "ít nhất một đơn vị có tài khoản và ít nhất một mạng")
  const same = await rooms.db
    .selectFrom("emergency_posts")
    .select("id")
    .where("title", "=", oneLine(input.title))
    .where("state", "=", "sent")
    .where("confirmed_at", ">", rooms.clock.now() - SAME_TITLE_MS)
    .execute()
  if (same.some(({ id }) => id !== own))
    wrong("title", "đã có tin khẩn cùng tiêu đề trong 48 giờ qua", "một tiêu đề khác, ví dụ thêm “cập nhật lần 2”")
  return mistakes
}

/** A new draft, or the same one with other words. */
export async function draftEmergency(rooms: Rooms, input: EmergencyInput, actor: string, id: string | null = null): Promise<string> {
  const mistakes = await emergencyMistakes(rooms, input, id)
  if (mistakes.length) throw new InvalidInputError("emergency post", mistakes)
  const now = rooms.clock.now()
  const words = {
    unit_id: input.unit,
    title: oneLine(input.title),
    body: cleanText(input.body),
    url: input.url.trim(),
    targets: JSON.stringify(input.targets),
    updated_at: now,
  }
  return inTransaction(rooms.db, async (tx) => {
    const draft = id ?? newId(now)
    if (id) {
      // New words are a new draft: who confirmed the old ones has not seen these.
      const changed = await tx
        .updateTable("emergency_posts")
        .set({ ...words, state: "draft", author: actor, accounts: "[]" })
        .where("id", "=", id)
        .where("state", "in", ["draft", "waiting"])
        .executeTakeFirst()
      if (!Number(changed.numUpdatedRows)) throw new UsageError("wrong_state", "tin khẩn này không sửa được nữa", { id })
    } else {
      await tx
        .insertInto("emergency_posts")
        .values({
          id: draft,
          state: "draft",
          ...words,
          accounts: "[]",
          author: actor,
          created_at: now,
          confirmed_by: null,
          confirmed_at: null,
          article_id: null,
          reason: null,
        })
        .execute()
    }
    await rooms.audit.write(tx, [
      {
        actor,
        action: id ? "emergency.changed" : "emergency.drafted",
        subject: `emergency:${draft}`,
        detail: { title: words.title, targets: input.targets },
      },
    ])
    return draft
  })
}

export async function findEmergency(rooms: Pick<Rooms, "db" | "view">, id: string): Promise<Emergency> {
  const row = await rooms.db.selectFrom("emergency_posts").selectAll().where("id", "=", id).executeTakeFirst()
  if (!row) throw new NotFoundError("emergency", id)
  return emergencyOf(rooms, row)
}
export async function listEmergencies(rooms: Pick<Rooms, "db" | "view">, limit = 50): Promise<Emergency[]> {
  const rows = await rooms.db.selectFrom("emergency_posts").selectAll().orderBy("created_at", "desc").limit(limit).execute()
  return rows.map((row) => emergencyOf(rooms, row))
}
export async function waitingEmergencies(db: Db): Promise<number> {
  const row = await db.selectFrom("emergency_posts").select((e) => e.fn.countAll().as("n")).where("state", "=", "waiting").executeTakeFirst()
  return asNumber(row?.n)
}

function emergencyOf(rooms: Pick<Rooms, "view">, row: DeskTables["emergency_posts"]): Emergency {
  const targets = emergencyTargets.parse(JSON.parse(row.targets))
  return {
    id: row.id,
    state: row.state,
    unit: row.unit_id,
    title: row.title,
    body: row.body,
    url: row.url,
    targets,
    accounts: row.state === "sent" ? (JSON.parse(row.accounts) as string[]) : emergencyAccounts(rooms, targets).map((account) => account.id),
    author: row.author,
    createdAt: Number(row.created_at),
    confirmedBy: row.confirmed_by,
    confirmedAt: row.confirmed_at === null ? null : Number(row.confirmed_at),
    articleId: row.article_id,
    reason: row.reason,
  }
}

/** The post of each account as it would go out. */
export async function emergencyPosts(rooms: Rooms, post: Emergency, accounts: readonly Account[]): Promise<Map<string, PostContent>> {
  const contentFor = await rooms.compose.prepare(articleOf(rooms, post), [...accounts], { pictures: false, leadership: false })
  return new Map(accounts.map((account) => [account.id, contentFor(account)]))
}

function articleOf(rooms: Rooms, post: Emergency): Article {
  const id = idOf("emergency", post.id)
  const now = rooms.clock.now()
  const portal = rooms.view().unitById(post.unit)?.portal?.url ?? rooms.config.publicUrl
  return {
    id,
    feedId: DESK_FEED,
    unitId: post.unit,
    title: post.title,
    html: "",
    links: [],
    pictures: [],
    author: null,
    categories: [],
    section: null,
    language: "vi",
    version: 1,
    reason: null,
    duplicateOf: null,
    // Without a page of its own the post is still one place: the portal, with a mark that nothing else carries.
    url: post.url || `${portal}#${id.slice(0, 12)}`,
    // The whole text is the summary, so that Facebook shows all of it and not a lead.
    summary: post.body,
    paragraphs: post.body.split(/\n{2,}/),
    publishedAt: now, firstSeenAt: now, state: "routed", emergency: true,
  }
}

/** Does somebody else have to confirm it? */
export const needsSecond = (rooms: Rooms, post: Pick<Emergency, "unit">) => rooms.outbox.fourEyes(post.unit)

/** Hands the draft to the second person. */
export async function askSecond(rooms: Rooms, id: string, actor: string): Promise<void> {
  await inTransaction(rooms.db, async (tx) => {
    const moved = await tx
      .updateTable("emergency_posts")
      .set({ state: "waiting", updated_at: rooms.clock.now() })
      .where("id", "=", id)
      .where("state", "=", "draft")
      .executeTakeFirst()
    if (!Number(moved.numUpdatedRows)) throw new UsageError("wrong_state", "tin khẩn này không còn là bản nháp", { id })
    await rooms.audit.write(tx, [{ actor, action: "emergency.asked", subject: `emergency:${id}` }])
  })
}

/**
 * The second confirmation, by the author or, with four eyes, by another person. `stamp` is `emergencyStamp` of what the person has read.
 * Answers the deliveries by state. Asked twice, the second is refused and nothing is posted twice.
 */
export async function sendEmergency(rooms: Rooms, id: string, actor: string, stamp?: string): Promise<Record<string, number>> {
  const post = await findEmergency(rooms, id)
  if (post.state !== "draft" && post.state !== "waiting") throw new UsageError("wrong_state", "tin khẩn này đã được gửi hoặc đã bỏ", { id })
  if (stamp !== undefined && stamp !== emergencyStamp(post))
    throw new UsageError("changed_meanwhile", "nội dung tin khẩn vừa thay đổi, hãy xem lại", { id })
  if (post.author === actor && (await needsSecond(rooms, post)))
    throw new UsageError("own_words", "tin khẩn do chính người này soạn, cần người khác xác nhận", { id })
  const mistakes = await emergencyMistakes(rooms, post, id)
  if (mistakes.length) throw new InvalidInputError("emergency post", mistakes)
  const accounts = emergencyAccounts(rooms, post.targets)
  const article = articleOf(rooms, post)
  const posts = await emergencyPosts(rooms, post, accounts)
  await inTransaction(rooms.db, async (tx) => {
    const now = rooms.clock.now()
    const moved = await tx
      .updateTable("emergency_posts")
      .set({
        state: "sent",
        confirmed_by: actor,
        confirmed_at: now,
        article_id: article.id,
        accounts: JSON.stringify(accounts.map((account) => account.id)),
      })
      .where("id", "=", id)
      .where("state", "in", ["draft", "waiting"])
      .executeTakeFirst()
    if (!Number(moved.numUpdatedRows)) throw new UsageError("wrong_state", "tin khẩn này vừa được người khác gửi", { id })
    await keepWritten(tx, article)
    await rooms.outbox.enqueue(tx, accounts.map((account) => ({ article, account, content: posts.get(account.id)! })))
    await rooms.outbox.confirmWritten(tx, article.id, actor)
    await rooms.audit.write(tx, [
      {
        actor,
        action: "emergency.sent",
        subject: `emergency:${id}`,
        detail: { author: post.author, accounts: accounts.length, article: article.id },
      },
    ])
  })
  const states: Record<string, number> = {}
  for (const { state } of await rooms.outbox.list({ articleId: article.id })) states[state] = (states[state] ?? 0) + 1
  return states
}

export const emergencyStamp = (post: Emergency) => idOf(post.unit, post.title, post.body, post.url, JSON.stringify(post.targets)).slice(0, 16)

export async function dropEmergency(rooms: Rooms, id: string, actor: string, why: string): Promise<void> {
  await inTransaction(rooms.db, async (tx) => {
    const moved = await tx
      .updateTable("emergency_posts")
      .set({ state: "dropped", reason: why, updated_at: rooms.clock.now() })
      .where("id", "=", id)
      .where("state", "in", ["draft", "waiting"])
      .executeTakeFirst()
    if (!Number(moved.numUpdatedRows)) throw new UsageError("wrong_state", "tin khẩn này đã được gửi hoặc đã bỏ", { id })
    await rooms.audit.write(tx, [{ actor, action: "emergency.dropped", subject: `emergency:${id}`, detail: { why } }])
  })
}

/** The networks a post reaches, with the number of accounts. */
export function perNetwork(rooms: Pick<Rooms, "view">, accounts: readonly string[]): Record<NetworkName, number> {
  const counts: Record<NetworkName, number> = { facebook: 0, zalo: 0 }
  for (const id of accounts) {
    const network = rooms.view().accountById(id)?.network
    if (network && isPublishing(network)) counts[network] += 1
  }
  return counts
}
