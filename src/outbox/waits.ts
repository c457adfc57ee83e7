/** Why a waiting post is not out yet and until when, for people: the queue itself only knows moments. */
import { DAY } from "../base/clock.ts"
import { afterQuietHours, isoDate, startOfDay, vnDateTime } from "../base/time.ts"
import type { OutboxTables } from "../db/tables/outbox.ts"
import type { OutboxDeps } from "./deps.ts"
import type { DeliveryView } from "./desk.ts"

type Lane = OutboxTables["lanes"]
interface Wait {
  until: number
  why: string
}

/** Fills `reason` and `dueAt` of what waits; whatever has a reason of its own keeps it. */
export async function explainWaits(deps: OutboxDeps, views: DeliveryView[]): Promise<DeliveryView[]> {
  if (!views.some((view) => view.state === "waiting")) return views
  const now = deps.clock.now()
  const lanes = new Map((await deps.db.selectFrom("lanes").selectAll().execute()).map((lane) => [lane.account_id, lane]))
  const urgent = new Set(
    (await deps.db.selectFrom("deliveries").select("id").where("state", "=", "waiting").where("priority", "=", 0).execute()).map((row) => row.id),
  )
  return views.map((view) => {
    const lane = lanes.get(view.account)
    if (view.state !== "waiting" || !lane) return view
    if (lane.paused_reason !== null) return { ...view, reason: `Tài khoản đang dừng đăng: ${lane.paused_reason}`, dueAt: null }
    const { until, why } = waitsOf(deps, view, lane, urgent.has(view.id), now).reduce((latest, wait) => (wait.until >= latest.until ? wait : latest))
    return {
      ...view,
      reason: view.reason ?? (until > now ? `${why} ${vnDateTime(until)}.` : why),
      dueAt: new Date(Math.max(until, view.dueAt === null ? 0 : Date.parse(view.dueAt))).toISOString(),
    }
  })
}

function waitsOf(deps: OutboxDeps, view: DeliveryView, lane: Lane, isUrgent: boolean, now: number): Wait[] {
  const account = deps.account(view.account)
  const waits: Wait[] = [
    { until: now, why: "Đăng ở lượt tới." },
    { until: view.dueAt === null ? 0 : Date.parse(view.dueAt), why: "Đăng vào" },
    { until: Number(lane.blocked_until), why: "Mạng yêu cầu chờ, đăng tiếp từ" },
  ]
  if (!account || isUrgent) return waits
  const { everyMinutes, perDay } = account.pace
  waits.push({ until: Number(lane.next_free_at), why: `Giãn cách ${everyMinutes} phút một bài, sớm nhất lúc` })
  // A full day and quiet hours move the lane's next turn: named after it, they explain the same moment better.
  const quietEnd = account.quietHours ? afterQuietHours(now, account.quietHours) : now
  if (quietEnd > now) waits.push({ until: quietEnd, why: `Giờ yên tĩnh ${account.quietHours}, đăng từ` })
  if (perDay > 0 && lane.day === isoDate(now) && lane.sent_today >= perDay)
    waits.push({ until: startOfDay(now) + DAY, why: `Đã đủ ${perDay} bài hôm nay, đăng từ` })
  return waits
}
