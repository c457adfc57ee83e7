/** What the desk does, from the console: the same functions, the same refusals. */
import { afterAll, beforeAll, expect, test } from "bun:test"
import { HOUR } from "../../src/base/clock.ts"
import { vnInput } from "../../src/base/time.ts"
import { actor } from "../../src/cli/words.ts"
import { runLoa, post, testDesk, type TestDesk } from "./support.ts"

let desk: TestDesk
beforeAll(async () => {
  desk = await testDesk()
})
afterAll(() => desk.close())

const loa = (words: string[], stdin = "") => runLoa(desk, words, stdin)

test("words are changed, and the console is bound by four eyes like everybody", async () => {
  const { id } = await post(desk.rooms, "kinh-bac", 1)
  expect((await loa(["deliveries", "edit", id], JSON.stringify({ message: "Lời mới." }))).json).toEqual({ deliveries: [id], changed: 1, toReview: 0 })
  const own = await loa(["approve", id])
  expect([own.code, own.json.error.code]).toEqual([2, "own_words"])
  expect((await loa(["deliveries", "edit", id], JSON.stringify({ message: "x".repeat(5_001) }))).json.error.mistakes).toHaveLength(1)
  expect((await loa(["deliveries", "edit", id], JSON.stringify({ sai: "ô" }))).code).toBe(2)
  expect((await loa(["four-eyes", "off", "--unit", "kinh-bac"])).json).toEqual({ unit: "kinh-bac", fourEyes: false })
  expect((await loa(["four-eyes"])).json.fourEyes).toBe(true)
  expect((await loa(["approve", id])).code).toBe(0)
  const at = desk.clock.now() + 2 * HOUR
  expect((await loa(["deliveries", "schedule", id, "--at", vnInput(at)])).json.at).toBe(new Date(at).toISOString())
  expect((await loa(["deliveries", "takedown", id, "--why", "sai"])).json).toEqual({ takenDown: [], notPublished: [id] })
})

test("an emergency post is a draft until somebody else says yes", async () => {
  const drafted = await loa(["emergency", "draft", "--title", "Cảnh báo lũ", "--to", "ward", "--unit", "kinh-bac"], "Nước sông lên nhanh.")
  expect([drafted.code, drafted.json.accounts, drafted.json.networks]).toEqual([0, 4, { facebook: 2, zalo: 2 }])
  const { id } = drafted.json.emergency
  expect((await loa(["emergency", "draft", "--title", "", "--to", "không-có"], "")).json.error.mistakes.length).toBeGreaterThanOrEqual(3)
  expect((await loa(["emergency", "send", id])).code).toBe(2)
  await desk.rooms.outbox.setFourEyes("kinh-bac", true, "test")
  expect((await loa(["emergency", "send", id, "--yes"])).json.error.code).toBe("own_words")
  await desk.rooms.db.updateTable("emergency_posts").set({ author: "user:lan" }).where("id", "=", id).execute()
  expect((await loa(["emergency", "send", id, "--yes"])).json).toEqual({ emergency: id, deliveries: { waiting: 4 } })
  expect((await loa(["emergency", "list"])).json.emergencies).toMatchObject([{ id, state: "sent", confirmedBy: actor() }])
  expect((await loa(["emergency", "drop", id])).json.error.code).toBe("wrong_state")
})

test("all publishing is stopped and begun again", async () => {
  expect((await loa(["account", "pause", "--all", "--why", "thử"])).json).toEqual({ all: true, paused: true, accounts: 2 })
  expect((await loa(["account", "pause", "--all", "kinh-bac-facebook"])).code).toBe(2)
  expect((await loa(["account", "resume", "--all"])).json).toEqual({ all: true, paused: false, accounts: 2 })
  expect((await loa(["account", "resume", "--all"])).json.error.code).toBe("not_stopped")
})

test("alerts go up, fall silent and become one", async () => {
  const raise = async (key: string) => {
    desk.rooms.alerts.note({ key, kind: "feed.silent", severity: "medium", unit: "kinh-bac", account: null, summary: key, evidence: {} })
    return (await desk.rooms.alerts.flush())[0]!.id
  }
  const [a, b] = [await raise("a"), await raise("b")]
  expect((await loa(["alerts", "escalate", a])).json.severity).toBe("high")
  expect((await loa(["alerts", "merge", a, b])).json).toEqual({ alert: a })
  expect((await loa(["alerts", "silence", a, "--days", "2"])).code).toBe(2)
  expect((await loa(["alerts", "silence", a, "--days", "2", "--why", "bảo trì"])).code).toBe(0)
})
