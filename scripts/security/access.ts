/** Checks 26–30: roles, other people's things, fields, approval, races. */
import { roles } from "../../src/web/people/index.ts"
import { matrix } from "../../src/web/people/matrix.ts"
import { addressOf, away, refused, requestOf } from "../../test/support/walk.ts"
import { stampOf } from "../../src/outbox/index.ts"
import { fail, ok, verdict, type Check } from "./check.ts"
import type { Own, Visitor } from "./target.ts"

const go = (who: Visitor, row: Parameters<typeof requestOf>[0], things: Own["things"]) => {
  const { method, path, form } = requestOf(row, things)
  return method === "GET" ? who.get(path) : who.post(path, form)
}
const official = (own: Own) => own.person("can-bo", "unit_official", own.things.unit)

async function foreignThings({ rooms, foreign }: Own) {
  const { db } = rooms
  return JSON.stringify([
    await db.selectFrom("deliveries").selectAll().where("unit_id", "=", foreign.unit).orderBy("id").execute(),
    await db.selectFrom("alerts").selectAll().where("unit_id", "=", foreign.unit).orderBy("id").execute(),
    await db.selectFrom("lanes").select(["account_id", "paused_reason"]).where("account_id", "=", foreign.account).execute(),
  ])
}

export const accessChecks: Check[] = [
  {
    n: 26, title: "role matrix", anchor: "V8.2.1, API5",
    run: async ({ own, visitor }) => {
      const differences: string[] = []
      let walked = 0
      for (const role of ["anonymous", "auditor", "watcher", "unit_official", "editor", "approver", "province_admin"] as const) {
        const who = role === "anonymous" ? visitor() : role === "unit_official" ? await official(own!) : await own!.person(`vai-${role.replace("_", "-")}`, role)
        const things = { ...own!.things, delivery: await own!.review() }
        for (const row of matrix) {
          if (row.who === "anyone" || row.route.startsWith("POST /me/") || row.route.includes("/webhooks/")) continue
          const answer = await go(who, row, things)
          await answer.arrayBuffer()
          walked += 1
          const may = row.who !== "machine" && role !== "anonymous" && row.who.includes(role)
          if (may ? refused(answer) : !away(answer)) differences.push(`${role} ${row.route} ${JSON.stringify(row.form ?? {})}: ${answer.status}`)
        }
      }
      return verdict(differences, `${walked} requests: ${matrix.length} rows × anonymous and ${roles.length} roles, 0 differences`)
    },
  },
  {
    n: 27, title: "object access", anchor: "V8.2.2, V8.4.1, API1",
    run: async ({ own }) => {
      const who = await official(own!)
      const before = await foreignThings(own!)
      const problems: string[] = []
      let asked = 0
      for (const row of matrix) {
        if (row.who === "anyone" || row.who === "machine" || !row.who.includes("unit_official")) continue
        const path = row.route.split(" ")[1]!
        if (addressOf(path, own!.foreign) === addressOf(path, own!.things) && !row.form?.do) continue
        const answer = await go(who, row, own!.foreign)
        asked += 1
        if (answer.status !== 404) problems.push(`${row.route}: ${answer.status}`)
      }
      const { secret } = await own!.people.makeKey({ name: "một đơn vị", scopes: ["units:read", "deliveries:read", "deliveries:write", "alerts:read", "alerts:write", "findings:read", "reach:read", "articles:read"], unitId: own!.things.unit, days: 1 }, "cli:security")
      own!.secrets.set("api key", secret)
      const { foreign } = own!
      const paths = [`units/${foreign.unit}`, `accounts/${foreign.account}`, `deliveries/${foreign.delivery}`, `alerts/${foreign.alert}`, `deliveries?unit=${foreign.unit}`, `findings?unit=${foreign.unit}`, `reach?account=${foreign.account}`, `articles?unit=${foreign.unit}`]
      const ask = (path: string, method = "GET") => who.ask(`/api/v1/${path}`, { method, headers: { authorization: `Bearer ${secret}`, ...(method === "POST" ? { "content-type": "application/json" } : {}) }, ...(method === "POST" ? { body: '{"why":"x"}' } : {}) })
      for (const path of paths) if ((await ask(path)).status !== 404) problems.push(`API ${path}`)
      for (const path of [`deliveries/${foreign.delivery}/reject`, `deliveries/${foreign.delivery}/cancel`, `alerts/${foreign.alert}/close`]) if ((await ask(path, "POST")).status !== 404) problems.push(`API POST ${path}`)
      for (const path of ["units", "accounts", "deliveries", "alerts", "articles", "findings", "reach"]) if ((await (await ask(path)).text()).includes(foreign.unit)) problems.push(`API ${path} shows ${foreign.unit}`)
      if (before !== (await foreignThings(own!))) problems.push("something of the other unit changed")
      return verdict(problems, `${asked} pages and ${paths.length + 10} API calls with another unit's ids: 404, nothing changed, nothing shown`)
    },
  },
  {
    n: 28, title: "field access", anchor: "V8.2.3, V15.3.3, API3",
    run: async ({ own }) => {
      const who = await official(own!)
      const extra = { role: "province_admin", unit_id: own!.foreign.unit, unitId: own!.foreign.unit, agency_id: "x", state: "published", remote_id: "1", remoteId: "1", approved_by: "x", actor: "user:root", totp_secret: "x", password_hash: "x", disabled_at: "0" }
      const problems: string[] = []
      const delivery = await own!.review()
      for (const row of matrix) {
        if (row.who === "anyone" || row.who === "machine" || !row.route.startsWith("POST ") || !row.who.includes("unit_official") || /logout|pause|two-steps/.test(row.route)) continue
        const { path, form } = requestOf(row, { ...own!.things, delivery })
        const answer = await who.post(path, { ...extra, ...form })
        if (answer.status >= 500) problems.push(`${row.route}: ${answer.status}`)
        await answer.arrayBuffer()
      }
      const row = await own!.rooms.outbox.find(delivery)
      if (row.remote_id !== null || row.state === "published" || row.unit_id !== own!.things.unit || row.approved_by !== null) problems.push(`delivery: ${row.state} ${row.remote_id}`)
      const user = (await own!.people.list()).find((one) => one.id === "can-bo")!
      if (user.role !== "unit_official" || user.unitId !== own!.things.unit) problems.push(`user: ${user.role} ${user.unitId}`)
      const { secret } = await own!.people.makeKey({ name: "ghi", scopes: ["deliveries:write"], unitId: null, days: 1 }, "cli:security")
      own!.secrets.set("api key 2", secret)
      const answer = await who.ask(`/api/v1/deliveries/${await own!.review()}/reject`, { method: "POST", headers: { authorization: `Bearer ${secret}`, "content-type": "application/json" }, body: JSON.stringify({ why: "x", ...extra }) })
      if (answer.status !== 400) problems.push(`API: ${answer.status}`)
      return verdict(problems, `${Object.keys(extra).length} forbidden fields in every form ignored, in the API refused (400)`)
    },
  },
  {
    n: 29, title: "approval cannot be skipped", anchor: "V2.3.1",
    run: async ({ own }) => {
      const problems: string[] = []
      const editor = await own!.person("bien-tap", "editor")
      const one = await own!.review()
      for (const what of ["approve", "retry"]) await editor.post("/queue", { id: one, do: what, looked: "yes" })
      if ((await own!.rooms.outbox.find(one)).state !== "review") problems.push("an editor let it through")
      await own!.w.loa(["run"])
      if ((await own!.rooms.outbox.find(one)).state !== "review") problems.push("published without approval")
      await own!.rooms.outbox.setFourEyes(null, true, "cli:security")
      const approver = await own!.person("tu-duyet", "approver")
      const stamp = stampOf((await own!.rooms.outbox.posts([one])).get(one)!)
      await approver.post(`/queue/${one}/words`, { do: "save", stamp, message: "Lời bài đã sửa." })
      const words = (await own!.rooms.audit.of(own!.rooms.db, `delivery:${one}`)).some((row) => row.actor === "user:tu-duyet")
      await approver.post("/queue", { id: one, do: "approve" })
      if (words && (await own!.rooms.outbox.find(one)).state !== "review") problems.push("own words approved by oneself")
      await (await own!.person("nguoi-hai", "approver")).post("/queue", { id: one, do: "approve" })
      if ((await own!.rooms.outbox.find(one)).state !== "waiting") problems.push("a second person cannot approve either")
      if (!words) problems.push("the edit was not accepted: four eyes were not tried")
      return verdict(problems, "an editor's approve and retry change nothing, a pass publishes nothing unapproved; own words need a second person")
    },
  },
  {
    n: 30, title: "fifty clicks at once", anchor: "V2.3.4",
    run: async ({ own }) => {
      const who = await own!.person("bam-nhanh", "approver")
      const one = await own!.review()
      const answers = await Promise.all(Array.from({ length: 50 }, () => who.post("/queue", { id: one, do: "approve", state: "review" })))
      const done = answers.filter((answer) => answer.status === 303).length
      const rows = (await own!.rooms.audit.of(own!.rooms.db, `delivery:${one}`)).filter((row) => row.action === "delivery.approved").length
      const copies = await own!.rooms.db.selectFrom("deliveries").select("id").where("id", "=", one).execute()
      return done === 1 && rows === 1 && copies.length === 1 ? ok("50 parallel approvals: 1 done, 49 told so, 1 delivery, 1 log entry") : fail(`${done} done, ${rows} log entries, ${copies.length} deliveries`)
    },
  },
]
