/** Checks 12–16: sessions. */
import { ManualClock } from "../../src/base/clock.ts"
import { sha256 } from "../../src/base/hash.ts"
import { openDb } from "../../src/db/index.ts"
import { Audit } from "../../src/audit/index.ts"
import { People } from "../../src/web/people/index.ts"
import { verdict, type Check } from "./check.ts"
import { PASSWORD, type Own, type Visitor } from "./target.ts"

const FRESH = "một câu mật khẩu hoàn toàn mới"
const signedIn = async (who: Visitor) => (await who.get("/me")).status === 200
const shift = (own: Own, who: Visitor, set: { created_at?: number; seen_at?: number; confirmed_at?: number }) => own.rooms.db.updateTable("sessions").set(set).where("token_hash", "=", sha256(who.session)).execute()

export const sessionChecks: Check[] = [
  {
    n: 12, title: "session renewed at sign-in", anchor: "V7.2.4",
    run: async ({ own }) => {
      const who = await own!.person("doi-phien", "auditor")
      const first = who.session
      await who.post("/login", { id: "doi-phien", password: PASSWORD })
      const stays = await own!.people.visitor(first)
      return verdict([...(first === who.session ? ["the same id"] : []), ...(stays ? ["the old one lives"] : [])], "another id, the old one is dead")
    },
  },
  {
    n: 13, title: "session entropy", anchor: "V7.2.3",
    run: async () => {
      const opened = await openDb({ databaseUrl: null, dataDir: ":memory:" })
      const clock = new ManualClock(Date.now())
      const people = new People({ db: opened.db, clock, audit: new Audit(clock), mode: "rehearsal", unitExists: () => true, seal: () => { throw new Error("not needed") } })
      const ids = await Promise.all(Array.from({ length: 1_000 }, () => people.enterRehearsal({ address: "127.0.0.1", agent: "" }, null)))
      const kept = JSON.stringify(await opened.db.selectFrom("sessions").selectAll().execute())
      await opened.close()
      const bits = Math.min(...ids.map((id) => Buffer.from(id, "base64url").length * 8))
      const problems = [...(new Set(ids).size === 1_000 ? [] : ["repeats"]), ...(bits >= 128 ? [] : [`${bits} bit`]), ...(ids.some((id) => kept.includes(id)) ? ["stored as they are"] : [])]
      return verdict(problems, `1,000 ids of ${bits} random bits, no repeat, only hashes in the database`)
    },
  },
  {
    n: 14, title: "idle and absolute time-out", anchor: "V7.3.1-2",
    run: async ({ own }) => {
      const now = Date.now()
      const who = await own!.person("het-gio", "auditor")
      const problems: string[] = []
      await shift(own!, who, { seen_at: now - 29 * 60_000 })
      if (!(await signedIn(who))) problems.push("ended before 30 minutes")
      await shift(own!, who, { seen_at: now - 30 * 60_000 - 1_000 })
      if (await signedIn(who)) problems.push("idle for 30 minutes and still in")
      await shift(own!, who, { seen_at: now, created_at: now - 12 * 3_600_000 - 1_000 })
      if (await signedIn(who)) problems.push("older than 12 hours and still in")
      return verdict(problems, "30 minutes idle, 12 hours at most (rows of the session moved back in time)")
    },
  },
  {
    n: 15, title: "sessions end with password, role and lock", anchor: "V7.4.2-3",
    run: async ({ own }) => {
      const problems: string[] = []
      const admin = await own!.person("quan-tri", "province_admin")
      for (const [what, change] of [
        ["password", (first: Visitor) => first.post("/me/password", { old: PASSWORD, fresh: FRESH })],
        ["role", () => admin.post("/users/mat-phien-role", { do: "role", role: "watcher", unit: "" })],
        ["disable", () => admin.post("/users/mat-phien-disable", { do: "disable" })],
      ] as const) {
        const first = await own!.person(`mat-phien-${what}`, "auditor")
        const other = await own!.person(`mat-phien-${what}`, "auditor")
        if (!(await signedIn(other))) problems.push(`${what}: not signed in before`)
        await change(first)
        const from = performance.now()
        if (await signedIn(other)) problems.push(`${what}: the other browser is still in`)
        if (performance.now() - from > 1_000) problems.push(`${what}: slow`)
      }
      return verdict(problems, "password, role, disable: the other browser is out at once (people are disabled and never deleted, so that the log keeps its names)")
    },
  },
  {
    n: 16, title: "sessions are seen and ended", anchor: "V7.4.5, V7.5.2",
    run: async ({ own }) => {
      const problems: string[] = []
      const here = await own!.person("nhieu-may", "auditor")
      const there = await own!.person("nhieu-may", "auditor")
      const third = await own!.person("nhieu-may", "auditor")
      const html = await here.text("/me")
      const [one] = [...html.matchAll(/name="session" value="([0-9a-f]{16})"/g)].map(([, id]) => id!)
      if ([...html.matchAll(/Máy khác/g)].length !== 2) problems.push("the list is not complete")
      await here.post("/me/sessions/end", { session: one! })
      if ((await signedIn(there)) && (await signedIn(third))) problems.push("ending one ended none")
      await (await own!.person("quan-tri", "province_admin")).post("/users/nhieu-may", { do: "sessions" })
      if ((await signedIn(here)) || (await signedIn(there)) || (await signedIn(third))) problems.push("the administrator ended none")
      const log = (await own!.rooms.audit.of(own!.rooms.db, "user:nhieu-may")).filter((row) => row.action === "user.sessions_ended")
      if (log.length !== 2) problems.push(`${log.length} entries in the log`)
      return verdict(problems, "listed, one ended by its owner, the rest by the administrator, both logged")
    },
  },
]
