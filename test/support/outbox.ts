/** An outbox over its own in-memory database, a clock that tests move and a network in memory. */
import { Audit } from "../../src/audit/index.ts"
import { ManualClock, MINUTE } from "../../src/base/clock.ts"
import { silentLog } from "../../src/base/log.ts"
import { inTransaction, type OpenedDb } from "../../src/db/index.ts"
import { Publisher } from "../../src/jobs/publisher.ts"
import type { Account, AlertFact, Article } from "../../src/model/index.ts"
import { Outbox, type GateAnswer } from "../../src/outbox/index.ts"
import { MemoryNetwork } from "./memory-network.ts"
import { aPost, T0 } from "./factories.ts"
import { testDb } from "./db.ts"

export async function testOutbox(accounts: Account[], options: { publishTo?: "*" | Set<string>; concurrency?: number; opened?: OpenedDb } = {}) {
  const opened = options.opened ?? (await testDb())
  const clock = new ManualClock(T0)
  const audit = new Audit(clock)
  const facts: AlertFact[] = []
  const closed = new Map<string, GateAnswer>()
  const byId = new Map(accounts.map((account) => [account.id, account]))
  const network = new MemoryNetwork(clock)
  const outboxOf = (worker: string) =>
    new Outbox({
      db: opened.db,
      engine: opened.engine,
      clock,
      log: silentLog,
      audit,
      worker,
      account: (id) => byId.get(id) ?? null,
      gate: (id) => closed.get(id) ?? { open: true },
      publishTo: options.publishTo ?? "*",
      lookMs: () => [MINUTE, 5 * MINUTE],
      raise: (fact) => void facts.push(fact),
    })
  let outbox = outboxOf("worker-1")
  await inTransaction(opened.db, (tx) => outbox.syncLanes(tx, accounts))
  const publisherOf = (own: Outbox) =>
    new Publisher({
      outbox: own,
      network: () => network,
      account: (id) => ({ id, unitId: byId.get(id)!.unitId, network: "facebook", remoteId: byId.get(id)!.remoteId! }),
      clock,
      log: silentLog,
      concurrency: options.concurrency ?? 8,
    })

  const test = {
    db: opened.db,
    clock,
    audit,
    facts,
    closed,
    network,
    get outbox() {
      return outbox
    },
    enqueue: (articles: Article[], to: Account[] = accounts) =>
      inTransaction(opened.db, (tx) => outbox.enqueue(tx, articles.flatMap((article) => to.map((account) => ({ article, account, content: aPost(article) }))))),
    publish: async () => {
      const publisher = publisherOf(outbox)
      await publisher.untilQuiet(new AbortController().signal)
      return publisher.tally
    },
    /** Moves the clock from due moment to due moment until nothing is planned or `forMs` have passed. */
    settleAll: async (forMs = 40 * 24 * 3_600_000) => {
      const end = clock.now() + forMs
      for (let i = 0; i < 5_000; i++) {
        await outbox.recover()
        await test.publish()
        const next = await outbox.nextDueAt()
        if (next === null || next > end) return
        clock.set(Math.max(clock.now() + 1, next))
      }
      throw new Error("the outbox never came to rest")
    },
    /** Another process takes over after this one was lost between claim and settling. */
    nextWorker: () => {
      outbox = outboxOf(`worker-${Math.trunc(clock.now())}`)
      return outbox
    },
    publisherOf,
    close: () => opened.close(),
  }
  return test
}
