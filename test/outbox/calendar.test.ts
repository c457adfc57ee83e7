/** Days and hours are Vietnam's, whatever TZ says: complaints #30 (calendar off by a day) and #11 (a time that is ignored). */
import { afterEach, describe, expect, test } from "bun:test"
import { HOUR, MINUTE } from "../../src/base/clock.ts"
import { vnDateTime } from "../../src/base/time.ts"
import { anAccount, anArticle } from "../support/factories.ts"
import { testOutbox } from "../support/outbox.ts"

let running: Awaited<ReturnType<typeof testOutbox>> | null = null
afterEach(async () => {
  await running?.close()
  running = null
})

/** 24/11/2026 23:50 in Hà Nội is still the 24th in London. */
const lateEvening = Date.parse("2026-11-24T16:50:00Z")

describe("the calendar of an account", () => {
  test("#30: the daily cap begins anew at midnight in Vietnam, not in the server's zone", async () => {
    const t = (running = await testOutbox([anAccount("kinh-bac-facebook", { pace: { everyMinutes: 0, perDay: 2 } })]))
    t.clock.set(lateEvening)
    await t.enqueue([1, 2, 3, 4, 5].map((n) => anArticle(n)))
    await t.publish()
    expect(t.network.posts).toHaveLength(2)
    t.clock.advance(9 * MINUTE)
    await t.publish()
    expect(t.network.posts).toHaveLength(2)
    expect(vnDateTime((await t.outbox.nextDueAt())!)).toContain("25/11/2026")
    t.clock.advance(2 * MINUTE)
    await t.publish()
    expect(t.network.posts).toHaveLength(4)
  })

  test("#11: quiet hours end when the registry says, and what waited goes out then and not before", async () => {
    const t = (running = await testOutbox([anAccount("kinh-bac-facebook", { pace: { everyMinutes: 0, perDay: 0 }, quietHours: "22:00-06:00" })]))
    t.clock.set(lateEvening)
    await t.enqueue([anArticle(1)])
    await t.publish()
    expect(t.network.posts).toHaveLength(0)
    expect(vnDateTime((await t.outbox.nextDueAt())!)).toContain("06:00")
    t.clock.advance(6 * HOUR)
    await t.publish()
    expect(t.network.posts).toHaveLength(0)
    t.clock.advance(HOUR)
    await t.publish()
    expect(t.network.posts).toHaveLength(1)
  })
})
