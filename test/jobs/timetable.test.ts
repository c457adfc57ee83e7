/** A long look at the province must not hold up the mail that tells of a stolen page. */
import { expect, test } from "bun:test"
import { MINUTE } from "../../src/base/clock.ts"
import { timetable, type Job } from "../../src/jobs/timetable.ts"
import { watchJobs } from "../../src/jobs/watch-jobs.ts"
import { watchWorld } from "../support/watch-world.ts"

test("prompt jobs go on while a long one is at work; the long ones take turns", async () => {
  const w = await watchWorld()
  const stop = new AbortController()
  const order: string[] = []
  let letGo = () => {}
  const released = new Promise<void>((resolve) => (letGo = resolve))
  const jobs: Job[] = [
    { name: "long", when: MINUTE, run: async () => (order.push("long begins"), await released, void order.push("long ends")) },
    { name: "also-long", when: MINUTE, run: async () => (order.push("also long"), stop.abort()) },
    { name: "mail", when: MINUTE, prompt: true, run: async () => (order.push("mail"), void (order.lastIndexOf("mail") > order.indexOf("long begins") + 1 && order.includes("long begins") && letGo())) },
  ]
  await timetable(w.rooms, jobs, stop.signal)
  expect(order.filter((word) => word !== "mail")).toEqual(["long begins", "long ends", "also long"])
  expect(order.slice(order.indexOf("long begins"), order.indexOf("long ends")).filter((word) => word === "mail").length).toBeGreaterThanOrEqual(1)
  await w.close()
}, 30_000)

test("what tells people and what hears the networks is prompt", () => {
  expect(watchJobs.filter((job) => job.prompt).map((job) => job.name)).toEqual(["logins", "webhook-events", "alert-messages"])
})
