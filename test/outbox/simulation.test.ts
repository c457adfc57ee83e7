/**
 * The outbox under a seeded storm: crashes around every commit, lost answers with and without a post behind them, late visibility,
 * throttling, unreadable pages. Whatever the seed, no article stands twice on an account and none is forgotten. The mutants show that the
 * storm is strong enough to catch an outbox that is not careful.
 */
import { expect, test } from "bun:test"
import { MINUTE } from "../../src/base/clock.ts"
import { LEASE_MS, type Result } from "../../src/outbox/index.ts"
import { randomOf } from "../../src/rehearsal/random.ts"
import { engine } from "../support/db.ts"
import { anAccount, anArticle } from "../support/factories.ts"
import type { Fault, MemoryNetwork } from "../support/memory-network.ts"
import { testOutbox } from "../support/outbox.ts"

class Crash extends Error {}

interface Mutant {
  lookMs?: number[]
  network?(network: MemoryNetwork): void
  recover?(t: Awaited<ReturnType<typeof testOutbox>>): Promise<void>
}

async function storm(seed: number, mutant: Mutant = {}) {
  const next = randomOf(seed)
  const accounts = [1, 2, 3].map((n) => anAccount(`a${n}`))
  const t = await testOutbox(accounts, { concurrency: 2 })
  if (mutant.lookMs) t.outbox.deps.lookMs = () => mutant.lookMs!
  const lookMs = t.outbox.deps.lookMs
  const faults: Fault[] = ["500_before", "500_and_created", "created_late", "throttle"]
  t.network.fault = () => (next() < 0.3 ? faults[Math.floor(next() * faults.length)]! : "none")
  t.network.readFault = () => next() < 0.2
  mutant.network?.(t.network)
  await t.enqueue([1, 2, 3, 4, 5].map((n) => anArticle(n)))

  let crashes = 0
  for (let round = 0; round < 2_000; round++) {
    const outbox = t.nextWorker()
    outbox.deps.lookMs = lookMs
    const turn = outbox.turn.bind(outbox)
    outbox.turn = async (results: Result[], want: number) => {
      const fate = next()
      if (fate < 0.06) throw new Crash("before commit: answers are lost")
      const answer = await turn(results, want)
      if (fate < 0.12) throw new Crash("after commit: nothing of the claim was asked")
      return answer
    }
    try {
      if (mutant.recover) await mutant.recover(t)
      await outbox.recover()
      await t.publisherOf(outbox).untilQuiet(new AbortController().signal)
      const due = await outbox.nextDueAt()
      if (due === null) break
      t.clock.set(Math.max(t.clock.now() + 1, due))
    } catch (error) {
      if (!(error instanceof Crash)) throw error
      crashes += 1
      t.clock.advance(LEASE_MS + 1)
    }
  }
  const deliveries = await t.outbox.list()
  const posts = new Map<string, number>()
  for (const post of t.network.posts) posts.set(`${post.account} ${post.url}`, (posts.get(`${post.account} ${post.url}`) ?? 0) + 1)
  const doubled = [...posts.values()].filter((n) => n > 1).length
  const open = deliveries.filter((d) => d.state !== "published" && d.code !== "needs_person").length
  const claimedWithoutPost = deliveries.filter((d) => d.state === "published" && !posts.has(`${d.account} ${d.articleUrl}`)).length
  const brokenChain = await t.audit.verify(t.db)
  await t.close()
  return { crashes, doubled, open, claimedWithoutPost, brokenChain, deliveries: deliveries.length }
}

// A commit of PostgreSQL costs more than one in memory: fewer storms there, the same code.
const seeds = Array.from({ length: engine === "postgres" ? 30 : 120 }, (_, i) => i + 1)

test(`${seeds.length} storms: nothing doubled, nothing lost, nothing claimed that is not there`, async () => {
  let crashes = 0
  for (const seed of seeds) {
    const result = await storm(seed)
    crashes += result.crashes
    expect({ seed, ...result, crashes: 0 }).toEqual({ seed, crashes: 0, doubled: 0, open: 0, claimedWithoutPost: 0, brokenChain: null, deliveries: 15 })
  }
  expect(crashes).toBeGreaterThan(seeds.length * 0.8)
}, 180_000)

const mutants: Record<string, Mutant> = {
  "no reading back": { network: (network) => void (network.look = async () => ({ kind: "read", found: new Map() })) },
  "reading back too early": { lookMs: [0, 1] },
  "a 5xx means failed": {
    network(network) {
      const publish = network.publish.bind(network)
      network.publish = async (...rest) => {
        const outcome = await publish(...rest)
        return outcome.kind === "unknown" ? { kind: "later", code: "500", reason: "retry", scope: "delivery", afterMs: MINUTE } : outcome
      }
    },
  },
  "no intent: interrupted work starts afresh": {
    async recover(t) {
      await t.db
        .updateTable("deliveries")
        .set({ state: "waiting" })
        .where("state", "=", "sending")
        .where((e) => e("account_id", "in", e.selectFrom("lanes").select("account_id").where("lease_until", "<=", t.clock.now())))
        .execute()
    },
  },
}
for (const [name, mutant] of Object.entries(mutants)) {
  test(`the storm catches a careless outbox: ${name}`, async () => {
    let doubled = 0
    for (const seed of seeds.slice(0, 50)) {
      doubled += (await storm(seed, mutant)).doubled
      if (doubled) break
    }
    expect(doubled).toBeGreaterThan(0)
  }, 30_000)
}

