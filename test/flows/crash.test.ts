/**
 * SIGKILL at every named place, then a restart: nothing lost, nothing doubled, no token lost. The child is Loa itself; the
 * networks live in this process and know the truth.
 */
import { afterEach, describe, expect, test } from "bun:test"
import { standing, world, type World } from "../support/world.ts"

let w: World
afterEach(() => w?.close())

const places = [
  "intake.before_keep_commit",
  "intake.after_keep_commit",
  "intake.before_route_commit",
  "intake.after_route_commit",
  "outbox.before_commit",
  "outbox.after_commit",
  "outbox.before_commit:3",
  "outbox.after_commit:2",
  "call.before_publish",
  "call.after_publish",
  "call.before_publish:4",
  "call.after_publish:3",
  "call.before_resume",
  "call.after_resume",
]

describe("killed at", () => {
  for (const place of places) {
    test(place, async () => {
      w = await world({ units: 2, articlesPerPortal: 2 })
      const died = await w.loa(["run", "--json"], { env: { LOA_FAILPOINT: place } })
      expect([died.signal, died.signal ? "" : died.stderr]).toEqual(["SIGKILL", ""])
      const last = await w.settle()
      expect(last.json.deliveries).toMatchObject({ waiting: 0, unknown: 0, sending: 0, held: 0 })
      expect(w.province.duplicates()).toEqual([])
      for (const unit of w.units) {
        const urls = w.province.articles(unit.id).map((article) => article.url).sort()
        for (const account of unit.accounts) expect(standing(w.province, account.id)).toEqual(urls)
      }
      const { deliveries } = (await w.loa(["deliveries", "list", "--json"])).json
      const ids = new Set(w.province.posts().map((post) => post.id))
      for (const d of deliveries) expect({ state: d.state, known: ids.has(d.remoteId) }).toEqual({ state: "published", known: true })
    }, 60_000)
  }
})

describe("a Zalo token pair survives a death", () => {
  for (const place of ["zalo.before_refresh", "zalo.after_write_ahead", "zalo.after_refresh"]) {
    test(place, async () => {
      w = await world({ units: 1, articlesPerPortal: 1 })
      const zalo = w.units[0]!.accounts.find((account) => account.network === "zalo")!
      // The access token is refused once, so that this pass has to refresh.
      w.province.script({ on: "zalo.create", account: zalo.id, what: "error", code: -216, message: "Access token is invalid" })
      const died = await w.loa(["run", "--json"], { env: { LOA_FAILPOINT: place } })
      expect([died.signal, died.signal ? "" : died.stderr]).toEqual(["SIGKILL", ""])
      w.province.clearScript()
      const last = await w.settle()
      expect(last.json.deliveries).toMatchObject({ waiting: 0, unknown: 0, sending: 0 })
      expect(standing(w.province, zalo.id)).toHaveLength(1)
      expect((await w.loa(["account", "show", zalo.id, "--json"])).json.account.token.state).toBe("ok")
    }, 60_000)
  }
})
