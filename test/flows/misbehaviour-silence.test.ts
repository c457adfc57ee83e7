/**
 * A network takes the call and says nothing until the time-out is over. What happens to the post, to the other accounts meanwhile, and
 * afterwards: exactly once. The real program as a child; only its time-outs of 15 and 60 seconds are shortened (support/short-waits.ts).
 */
import { afterAll, beforeAll, expect, test } from "bun:test"
import { join } from "node:path"
import { serve, until, working } from "../support/serving.ts"
import { deliveriesByAccount, oasOf, pagesOf, story } from "../support/stories.ts"
import { standing, world, type Ran, type World } from "../support/world.ts"

const LONGER_THAN_THE_TEST = 300_000
let w: World
let pass: Ran
let deliveries: { account: string }[]
const { only, tell } = story(() => w)
const pages = () => pagesOf(w)
const oas = () => oasOf(w)
const shortened = { BUN_OPTIONS: `--preload=${join(import.meta.dir, "../support/short-waits.ts")}` }

/** What stood on the healthy accounts while the child still waited for the silent ones. */
let meanwhile: Record<string, number> = {}

beforeAll(async () => {
  w = await world({ units: 3, articlesPerPortal: 1, portPerPortal: true, env: { ...shortened, LOA_UNKNOWN_LOOK_SECONDS: "6,7" } })
  const silent = { delayMs: LONGER_THAN_THE_TEST }
  w.province.script({ on: "facebook.feed", account: pages()[0], what: "hang_and_create", ...silent })
  w.province.script({ on: "facebook.feed", account: pages()[1], what: "hang_before", ...silent })
  w.province.script({ on: "zalo.create", account: oas()[0], what: "hang_and_create", ...silent })
  w.province.script({ on: "zalo.create", account: oas()[1], what: "hang_before", ...silent })

  let ended = false
  const running = w.loa(["run", "--all", "--json"]).finally(() => (ended = true))
  const healthy = [pages()[2]!, oas()[2]!]
  while (!ended && healthy.some((account) => w.province.posts(account).length === 0)) await Bun.sleep(20)
  if (!ended) meanwhile = Object.fromEntries(healthy.map((account) => [account, w.province.posts(account).length]))
  pass = await running
  deliveries = (await w.loa(["deliveries", "list", "--json"])).json.deliveries
}, 60_000)
afterAll(() => w.close())

test("the other accounts get their posts while the network is silent", () => {
  expect(meanwhile).toEqual({ [pages()[2]!]: 1, [oas()[2]!]: 1 })
})

test("the pass ends with the silent ones unknown: nothing is repeated on a guess, nothing broke, nobody is called", () => {
  expect(pass).toMatchObject({ code: 0, json: { deliveries: { unknown: 4, held: 0, refused: 0 }, needsPerson: [] } })
  for (const account of [...pages().slice(0, 2), ...oas().slice(0, 2)]) expect(deliveries.filter((delivery) => delivery.account === account)).toMatchObject([{ state: "unknown", attempts: 1, code: "network" }])
  expect(pages().map((page) => w.province.counts()[`facebook.feed ${page}`])).toEqual([1, 1, 1])
  expect(oas().map((oa) => w.province.counts()[`zalo.create ${oa}`])).toEqual([1, 1, 1])
})

test("afterwards every article stands exactly once: what was done is found, what was not is done", async () => {
  await tell(12)
  for (const account of [...pages(), ...oas()]) expect([account, standing(w.province, account).length, w.province.posts(account).length]).toEqual([account, 1, 1])
  expect(w.province.duplicates()).toEqual([])
  expect([...pages(), ...oas()].map((account) => [only(account).state, only(account).attempts])).toEqual([
    ["published", 1],
    ["published", 2],
    ["published", 1],
    ["published", 1],
    ["published", 2],
    ["published", 1],
  ])
}, 60_000)

test("a stop does not wait for a network that is silent: exit 0 within ten seconds, the posts unknown, afterwards once", async () => {
  const own = await world({ units: 1, articlesPerPortal: 1, env: { LOA_UNKNOWN_LOOK_SECONDS: "1,2" } })
  const [page, oa] = [pagesOf(own)[0]!, oasOf(own)[0]!]
  own.province.script({ on: "facebook.feed", account: page, what: "hang_and_create", delayMs: LONGER_THAN_THE_TEST })
  own.province.script({ on: "zalo.create", account: oa, what: "hang_before", delayMs: LONGER_THAN_THE_TEST })
  const serving = serve(own)
  try {
    const asked = () => (own.province.counts()[`facebook.feed ${page}`] ?? 0) + (own.province.counts()[`zalo.create ${oa}`] ?? 0)
    await working([serving])
    expect([await until(() => asked() === 2, 30_000), serving.lines.filter((line) => line.includes(`"level":"error"`))]).toEqual([true, []])
    const began = performance.now()
    serving.child.kill("SIGTERM")
    expect(await serving.child.exited).toBe(0)
    expect(performance.now() - began).toBeLessThan(10_000)
    const then = await deliveriesByAccount(own)
    expect([page, oa].map((account) => then.get(account)!.map(({ state, code }) => [state, code]))).toEqual([[["unknown", "stopped"]], [["unknown", "stopped"]]])

    await own.settle()
    expect([page, oa].map((account) => standing(own.province, account).length)).toEqual([1, 1])
    expect(own.province.duplicates()).toEqual([])
    const end = await deliveriesByAccount(own)
    expect([page, oa].map((account) => end.get(account)!.map(({ state, attempts }) => [state, attempts]))).toEqual([[["published", 1]], [["published", 2]]])
  } finally {
    serving.kill()
    await own.close()
  }
}, 120_000)
