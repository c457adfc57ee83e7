/** The first post of a new account: a real delivery through the outbox, that can be seen and taken down again. */
import type { Rooms } from "../app.ts"
import { DESK_FEED, keepWritten } from "../articles/index.ts"
import { NotFoundError, UsageError } from "../base/errors.ts"
import { idOf } from "../base/hash.ts"
import { isoDate } from "../base/time.ts"
import type { Case, CaseActor } from "../cases/index.ts"
import { inTransaction } from "../db/index.ts"
import type { Article } from "../model/index.ts"
import { viewOf, type DeliveryView } from "../outbox/index.ts"
import { casesOf } from "./cases.ts"

/** States in which another test post would be a second one. */
const alive = new Set(["waiting", "review", "sending", "unknown", "published"])

export async function testPostOf(rooms: Rooms, found: Case): Promise<DeliveryView | null> {
  const id = found.data.test_post?.delivery
  if (!id) return null
  try {
    return viewOf(await rooms.outbox.find(id))
  } catch (error) {
    if (error instanceof NotFoundError) return null
    throw error
  }
}

/**
 * Writes the test post into the outbox. An account that is not confirmed yet is opened for today by a written permission of its own (VER-3),
 * which ends when the case does; every other rule stays in force and may hold the post.
 */
export async function sendTestPost(rooms: Rooms, found: Case, by: CaseActor & { name: string }): Promise<Case> {
  if (found.step !== "test_post" || found.status !== "open") throw new UsageError("not_this_step", "Hồ sơ không ở bước đăng thử.")
  if (by.party !== "centre") throw new UsageError("not_your_turn", "Bước này do Trung tâm Thông tin tỉnh thực hiện.")
  const account = rooms.view().accountById(found.accountId ?? "")
  if (!account) throw new NotFoundError("account", found.accountId ?? "")
  const former = await testPostOf(rooms, found)
  if (former && alive.has(former.state)) throw new UsageError("test_post_there", "Đã có bài đăng thử; hãy gỡ bài đó trước khi đăng bài khác.")

  let waiver = found.data.test_post?.waiver
  const gate = rooms.checks.gate(account.id)
  if (!gate.open && gate.rule === "VER-3") {
    waiver = await rooms.checks.waive(
      { accountId: account.id, reason: `Đăng thử theo hồ sơ ${found.id}`, until: isoDate(rooms.clock.now()), rules: ["VER-3"], basis: found.id },
      by.actor,
    )
  }
  const round = (found.data.test_post?.round ?? 0) + 1
  const article = testArticle(rooms, found, round)
  const contentFor = await rooms.compose.prepare(article, [account], { pictures: false, leadership: false })
  await inTransaction(rooms.db, async (tx) => {
    await keepWritten(tx, article)
    await rooms.outbox.enqueue(tx, [{ article, account, content: contentFor(account) }])
  })
  const [delivery] = await rooms.outbox.list({ articleId: article.id })
  if (delivery!.state === "review") await rooms.outbox.approve([delivery!.id], by.actor)
  const kept = { delivery: delivery!.id, by: by.name, round, ...(waiver ? { waiver } : {}) }
  return casesOf(rooms).save(found, { data: { test_post: kept } }, by, "test_posted", { delivery: delivery!.id, round })
}

export async function takeTestPostDown(rooms: Rooms, found: Case, by: CaseActor): Promise<Case> {
  const post = await testPostOf(rooms, found)
  if (by.party !== "centre") throw new UsageError("not_your_turn", "Bài đăng thử do Trung tâm Thông tin tỉnh gỡ.")
  if (!post || !(await rooms.outbox.takeDown(post.id, by.actor, `Gỡ bài đăng thử của hồ sơ ${found.id}`)))
    throw new UsageError("not_published", "Không có bài đăng thử đang hiển thị.")
  // A case that is over is not changed any more; the take-down stands in the log of the delivery.
  return found.status === "open" ? casesOf(rooms).save(found, {}, by, "taken_down", { delivery: post.id }) : found
}

const networkWord = { facebook: "Facebook", zalo: "Zalo" }

function testArticle(rooms: Rooms, found: Case, round: number): Article {
  const unit = rooms.view().unitById(found.unitId)!
  const id = idOf("case", found.id, String(round))
  const now = rooms.clock.now()
  const base = unit.portal?.url ?? rooms.config.publicUrl
  const again = round > 1 ? ` (lần ${round})` : ""
  const text = `Đây là bài đăng thử khi đăng ký tài khoản chính thức của ${unit.name} trên ${networkWord[found.network]}.\n\nKiểm tra tài khoản chính thức tại: ${rooms.config.publicUrl}/verify/${found.accountId}`
  return {
    id,
    feedId: DESK_FEED,
    unitId: unit.id,
    url: `${base}#dang-thu-${id.slice(0, 8)}`,
    title: `${unit.name} thông báo tài khoản ${networkWord[found.network]} chính thức${again}`,
    summary: text,
    paragraphs: text.split("\n\n"),
    html: "",
    links: [],
    pictures: [],
    author: null,
    categories: [],
    section: null,
    language: "vi",
    publishedAt: now,
    firstSeenAt: now,
    version: 1,
    state: "routed",
    reason: null,
    duplicateOf: null,
    emergency: false,
  }
}
