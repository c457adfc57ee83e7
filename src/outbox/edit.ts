/**
 * People change the words of a post, put it off, or look after somebody else's change. Four eyes: who has changed a text does not approve
 * it, in the web and on the console alike.
 */
import { DAY } from "../base/clock.ts"
import { InvalidInputError, NotFoundError, UsageError } from "../base/errors.ts"
import { idOf, sha256 } from "../base/hash.ts"
import { vnDateTime } from "../base/time.ts"
import { inTransaction, type Db, type Tx } from "../db/index.ts"
import type { PostContent } from "../model/index.ts"
import { editable, editMistakes, withText, type PostText } from "../render/index.ts"
import type { OutboxDeps } from "./deps.ts"
import { postsOf, rewritePost } from "./posts.ts"

const editableStates = new Set(["review", "held", "waiting"])
/** News that waits longer is no news. */
export const SCHEDULE_DAYS_MAX = 60

/** Changes whenever the words do: a form that began from other words is refused instead of overwriting them. */
export const stampOf = (content: PostContent) => sha256(JSON.stringify(content)).slice(0, 16)

export interface EditOrder {
  /** Deliveries of the same network with the same words; all or none are changed. */
  ids: string[]
  text: PostText
  /** `stampOf` the words the person began from; absent = whatever stands there. */
  stamp?: string | undefined
  isOwnHost(host: string): boolean
}

/**
 * Every mistake at once (InvalidInputError), else the new words. Where four eyes are wanted, a post that was already on its way goes back
 * to review.
 */
export async function editPosts(
  deps: OutboxDeps,
  { ids, text, stamp, isOwnHost }: EditOrder,
  actor: string,
): Promise<{ changed: number; toReview: number }> {
  return inTransaction(deps.db, async (tx) => {
    const rows = await tx
      .selectFrom("deliveries")
      .selectAll()
      .where("id", "in", ids)
      .orderBy("id")
      .$if(deps.engine === "postgres", (query) => query.forUpdate())
      .execute()
    const posts = await postsOf(tx, ids)
    const wrong = ids.flatMap((id) => {
      const row = rows.find((one) => one.id === id)
      if (!row) throw new NotFoundError("delivery", id)
      return editableStates.has(row.state) && posts.has(id) ? [] : [`${id}: đang ở trạng thái "${row.state}"`]
    })
    if (wrong.length) throw new UsageError("wrong_state", wrong.join("\n"), { ids })
    if (stamp !== undefined && [...posts.values()].some((post) => stampOf(post) !== stamp))
      throw new UsageError("changed_meanwhile", "the words were changed meanwhile", { ids })
    const mistakes = rows.flatMap((row) => editMistakes(posts.get(row.id)!, text, isOwnHost).map((mistake) => ({ ...mistake, entry: row.id })))
    if (mistakes.length) throw new InvalidInputError("post", mistakes)
    const now = deps.clock.now()
    let [changed, toReview] = [0, 0]
    for (const row of rows) {
      const before = posts.get(row.id)!
      const after = withText(before, text)
      if (stampOf(after) === stampOf(before)) continue
      changed += 1
      await rewritePost(tx, row.id, after)
      const edit = {
        delivery_id: row.id,
        at: now,
        actor,
        article_version: row.article_version,
        before: JSON.stringify(before),
        after: JSON.stringify(after),
      }
      await tx
        .insertInto("post_edits")
        .values({ id: idOf(row.id, String(now), stampOf(before), stampOf(after)), ...edit })
        .execute()
      const again = row.state === "waiting" && (await fourEyes(tx, deps, row.unit_id))
      if (again) toReview += 1
      await tx
        .updateTable("deliveries")
        .set({
          updated_at: now,
          ...(again ? { state: "review" as const, approved_by: null, code: null, reason: "Lời bài đã được sửa, chờ người khác duyệt." } : {}),
        })
        .where("id", "=", row.id)
        .execute()
      await deps.audit.write(tx, [
        {
          actor,
          action: "delivery.reworded",
          subject: `delivery:${row.id}`,
          detail: { before: wordsOf(before), after: wordsOf(after), from: row.state, to: again ? "review" : row.state },
        },
      ])
    }
    return { changed, toReview }
  })
}
const wordsOf = (content: PostContent) =>
  (content.network === "facebook" ? content.message : [content.title, content.description].join("\n")).slice(0, 1_000)

export interface PostEdit {
  at: number
  actor: string
  before: PostContent
  after: PostContent
}
export async function editsOf(db: Db, delivery: string): Promise<PostEdit[]> {
  const rows = await db.selectFrom("post_edits").selectAll().where("delivery_id", "=", delivery).orderBy("at").limit(200).execute()
  return rows.map((row) => ({
    at: Number(row.at),
    actor: row.actor,
    before: JSON.parse(row.before) as PostContent,
    after: JSON.parse(row.after) as PostContent,
  }))
}

/** Of these posts, the ones whose present words a person chose. */
export async function rewordedPosts(on: Db | Tx, posts: ReadonlyMap<string, PostContent>): Promise<Set<string>> {
  const chosen = new Map<string, string>()
  const ids = [...posts.keys()]
  for (let i = 0; i < ids.length; i += 200) {
    const rows = await on
      .selectFrom("post_edits")
      .select(["delivery_id", "after"])
      .where("delivery_id", "in", ids.slice(i, i + 200))
      .orderBy("at")
      .execute()
    for (const row of rows) chosen.set(row.delivery_id, row.after)
  }
  const words = (content: PostContent) => JSON.stringify(editable(content).text)
  return new Set([...chosen].flatMap(([id, after]) => (words(JSON.parse(after) as PostContent) === words(posts.get(id)!) ? [id] : [])))
}

/** Of these deliveries, the ones whose present words are (also) this person's and that want a second person. */
export async function ownWords(on: Db | Tx, deps: OutboxDeps, ids: readonly string[], actor: string): Promise<Set<string>> {
  const own = new Set<string>()
  for (let i = 0; i < ids.length; i += 200) {
    const rows = await on
      .selectFrom("post_edits as e")
      .innerJoin("deliveries as d", "d.id", "e.delivery_id")
      .select(["d.id", "d.unit_id"])
      .distinct()
      .where("e.delivery_id", "in", ids.slice(i, i + 200))
      .where("e.actor", "=", actor)
      .whereRef("e.article_version", "=", "d.article_version")
      .execute()
    for (const row of rows) if (await fourEyes(on, deps, row.unit_id)) own.add(row.id)
  }
  return own
}

/** Throws when somebody wants to let through words of their own. */
export async function refuseOwnWords(tx: Tx, deps: OutboxDeps, ids: readonly string[], actor: string): Promise<void> {
  const own = await ownWords(tx, deps, ids, actor)
  if (own.size)
    throw new UsageError("own_words", [...own].map((id) => `${id}: bài do chính người duyệt sửa, cần người khác duyệt`).join("\n"), { ids: [...own] })
}

const eyesKey = (unit: string | null) => (unit === null ? "four_eyes" : `four_eyes:${unit}`)
/** The unit's own setting, else the province's, else the default of this installation (on, in a rehearsal with its one visitor off). */
export async function fourEyes(on: Db | Tx, deps: Pick<OutboxDeps, "fourEyes">, unit: string | null): Promise<boolean> {
  const names = [eyesKey(null), ...(unit === null ? [] : [eyesKey(unit)])]
  const rows = await on.selectFrom("settings").select(["name", "value"]).where("name", "in", names).execute()
  const of = (name: string) => rows.find((row) => row.name === name)?.value
  const value = (unit === null ? undefined : of(eyesKey(unit))) ?? of(eyesKey(null))
  return value === undefined ? (deps.fourEyes ?? true) : value === "on"
}
/** `null` = as the province (or this installation) has it. */
export async function setFourEyes(deps: OutboxDeps, unit: string | null, value: boolean | null, actor: string): Promise<void> {
  await inTransaction(deps.db, async (tx) => {
    const name = eyesKey(unit)
    const before = (await tx.selectFrom("settings").select("value").where("name", "=", name).executeTakeFirst())?.value ?? "default"
    if (value === null) await tx.deleteFrom("settings").where("name", "=", name).execute()
    else {
      const set = { value: value ? "on" : "off", updated_at: deps.clock.now() }
      await tx.insertInto("settings").values({ name, ...set }).onConflict((conflict) => conflict.column("name").doUpdateSet(set)).execute()
    }
    await deps.audit.write(tx, [
      {
        actor,
        action: "settings.four_eyes",
        subject: unit ? `unit:${unit}` : "province",
        detail: { before, after: value === null ? "default" : value ? "on" : "off" },
      },
    ])
  })
}
export async function fourEyesOfUnits(db: Db): Promise<Map<string, boolean>> {
  const rows = await db.selectFrom("settings").select(["name", "value"]).where("name", "like", "four_eyes:%").execute()
  return new Map(rows.map((row) => [row.name.slice("four_eyes:".length), row.value === "on"]))
}

/** A moment for a post: from now on, not so late that the news is none. */
export function checkMoment(deps: Pick<OutboxDeps, "clock">, at: number): void {
  const now = deps.clock.now()
  if (at >= now && at <= now + SCHEDULE_DAYS_MAX * DAY) return
  const found = Number.isNaN(at) ? "không phải ngày giờ" : vnDateTime(at)
  throw new InvalidInputError("schedule", [{ file: "hẹn giờ", field: "at", found, expected: `từ bây giờ đến ${SCHEDULE_DAYS_MAX} ngày tới` }])
}

/** Waiting posts go out at `at` at the earliest. */
export async function reschedule(deps: OutboxDeps, ids: string[], at: number, actor: string): Promise<void> {
  checkMoment(deps, at)
  const now = deps.clock.now()
  await inTransaction(deps.db, async (tx) => {
    const rows = await tx
      .selectFrom("deliveries")
      .select(["id", "state", "due_at"])
      .where("id", "in", ids)
      .orderBy("id")
      .$if(deps.engine === "postgres", (query) => query.forUpdate())
      .execute()
    const wrong = ids.filter((id) => rows.find((row) => row.id === id)?.state !== "waiting")
    if (wrong.length) throw new UsageError("wrong_state", wrong.map((id) => `${id}: chỉ hẹn giờ được bài đang chờ`).join("\n"), { ids: wrong })
    await tx.updateTable("deliveries").set({ due_at: at, updated_at: now }).where("id", "in", ids).execute()
    await deps.audit.write(
      tx,
      rows.map((row) => ({ actor, action: "delivery.scheduled", subject: `delivery:${row.id}`, detail: { from: Number(row.due_at), to: at } })),
    )
  })
}

/** Posts that a person wrote and a person confirmed need no third one: what waits in review of this article goes on. */
export async function confirmWritten(tx: Tx, deps: OutboxDeps, articleId: string, actor: string): Promise<void> {
  const set = { state: "waiting" as const, approved_by: actor, updated_at: deps.clock.now() }
  await tx.updateTable("deliveries").set(set).where("article_id", "=", articleId).where("state", "=", "review").execute()
  await tx.updateTable("deliveries").set({ approved_by: actor }).where("article_id", "=", articleId).where("state", "=", "waiting").execute()
}
