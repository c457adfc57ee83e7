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

  test("#9: what waits says why and until when: a full day, quiet hours, a stopped account; an emergency waits for none of the first two", async () => {
    const accounts = [
      anAccount("full", { pace: { everyMinutes: 0, perDay: 1 } }),
      anAccount("quiet", { pace: { everyMinutes: 0, perDay: 0 }, quietHours: "22:00-06:00" }),
      anAccount("stopped", { pace: { everyMinutes: 0, perDay: 0 } }),
    ]
    const t = (running = await testOutbox(accounts))
    t.clock.set(lateEvening)
    await t.outbox.pause("stopped", "trực ban", "thanh tra đang làm việc")
    await t.enqueue([anArticle(1), anArticle(2)])
    await t.publish()
    const told = (await t.outbox.list({ state: "waiting" })).map(({ account, reason, dueAt }) => [account, reason, dueAt === null ? null : vnDateTime(Date.parse(dueAt))])
    expect(told.sort()).toEqual([
      ["full", "Đã đủ 1 bài hôm nay, đăng từ 00:00 25/11/2026.", "00:00 25/11/2026"],
      ["quiet", "Giờ yên tĩnh 22:00-06:00, đăng từ 06:00 25/11/2026.", "06:00 25/11/2026"],
      ["quiet", "Giờ yên tĩnh 22:00-06:00, đăng từ 06:00 25/11/2026.", "06:00 25/11/2026"],
      ["stopped", "Tài khoản đang dừng đăng: thanh tra đang làm việc", null],
      ["stopped", "Tài khoản đang dừng đăng: thanh tra đang làm việc", null],
    ])
    await t.enqueue([{ ...anArticle(3), emergency: true }], [accounts[2]!, accounts[1]!])
    await t.publish()
    expect(t.network.posts.map((post) => post.account).sort()).toEqual(["full", "quiet"])
  })
})
