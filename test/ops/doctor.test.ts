/** `loa doctor` finds each fault that was prepared, and says nothing bad about a machine in order. */
import { afterAll, beforeAll, expect, test } from "bun:test"
import { chmodSync, cpSync, mkdirSync, renameSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { createApp } from "../../src/app.ts"
import { DAY, HOUR } from "../../src/base/clock.ts"
import { checkout, readConfig } from "../../src/base/config.ts"
import { silentLog } from "../../src/base/log.ts"
import { doctorCommand } from "../../src/cli/doctor.ts"
import { engine, intoDatabase } from "../support/db.ts"
import { world, type World } from "../support/world.ts"

let w: World
beforeAll(async () => {
  w = await world({ units: 2, articlesPerPortal: 2 })
  expect((await w.loa(["run", "--all", "--json"])).code).toBe(0)
})
afterAll(() => w?.close())

interface Report {
  ok: boolean
  checks: { name: string; state: "ok" | "warn" | "fail"; detail: string }[]
}
async function examine(env: Record<string, string> = {}): Promise<Report> {
  const app = createApp(readConfig({ ...w.env, ...env }, w.home), { log: silentLog })
  try {
    const context = { app, lang: "vi", json: true, values: {}, positionals: [], cwd: w.home, stdin: async () => "", progress: () => undefined, signal: new AbortController().signal } as const
    return (await doctorCommand.run({ ...context, positionals: [] })).json as Report
  } finally {
    await app.close()
  }
}
const bad = (report: Report) => report.checks.filter((check) => check.state !== "ok" && check.name !== "alerts").map((check) => `${check.state} ${check.name}: ${check.detail}`)
const inDatabase = (...statements: string[]) => intoDatabase(w.env, ...statements)

test("a machine in order", async () => {
  expect(bad(await examine())).toEqual([])
}, 20_000)

const database = () => join(w.home, "data", "loa.sqlite")
const key = () => join(w.home, "data", "secret.key")
const page = () => w.units[0]!.accounts.find((account) => account.network === "facebook")!.id

const faults: { name: string; on?: typeof engine; line: RegExp; env?: () => Record<string, string>; begin?: () => unknown; end?: () => unknown }[] = [
  { name: "a key that does not open the tokens", line: /fail secret key: khóa không đúng: 4\/4 mã truy cập/, begin: () => (renameSync(key(), `${key()}.away`), writeFileSync(key(), Buffer.alloc(32, 9).toString("base64"), { mode: 0o600 })), end: () => renameSync(`${key()}.away`, key()) },
  { name: "a lost key", line: /fail secret key: mất khóa: 4 mã truy cập/, begin: () => renameSync(key(), `${key()}.away`), end: () => renameSync(`${key()}.away`, key()) },
  { name: "a key that others may read", line: /fail secret key: .*0600/, begin: () => chmodSync(key(), 0o644), end: () => chmodSync(key(), 0o600) },
  { name: "a SQLite database that others may read", on: "sqlite", line: /warn permission: .*loa\.sqlite: người dùng khác trên máy đọc được \(quyền 644/, begin: () => chmodSync(database(), 0o644), end: () => chmodSync(database(), 0o600) },
  { name: "a post that is being sent for a day", line: /fail work: .*kẹt 1/, begin: () => inDatabase(`update deliveries set state = 'sending', due_at = ${Date.now() - DAY} where id in (select id from deliveries where state = 'published' limit 1)`), end: () => inDatabase("update deliveries set state = 'published' where state = 'sending'") },
  { name: "a timetable nobody runs", line: /fail timetable: tokens: lẽ ra chạy lúc/, begin: () => inDatabase(`insert into schedules (name, next_run_at, last_run_at, last_error, owner, lease_until) values ('tokens', ${Date.now() - 3 * HOUR}, null, null, null, 0)`), end: () => inDatabase("delete from schedules") },
  { name: "a job that failed", line: /warn timetable: weekly: lần chạy cuối lỗi: no template/, begin: () => inDatabase(`insert into schedules (name, next_run_at, last_run_at, last_error, owner, lease_until) values ('weekly', ${Date.now() + HOUR}, 1, 'no template', null, 0)`), end: () => inDatabase("delete from schedules") },
  { name: "a clock that was put back", line: /fail clock: nhật ký đã có dòng lúc .* chậm (?:9\d|1[0-2]\d) phút/, begin: () => inDatabase(`update audit_log set at = ${Date.now() + 2 * HOUR} where seq = (select max(seq) from audit_log)`), end: () => inDatabase(`update audit_log set at = ${Date.now()} where seq = (select max(seq) from audit_log)`) },
  { name: "a network that is not there", line: /fail facebook: /, env: () => ({ FACEBOOK_GRAPH_URL: "http://127.0.0.1:1" }) },
  { name: "a network whose clock is not ours", line: /fail zalo: đồng hồ lệch \d+ phút/, env: () => ({ ZALO_API_URL: crooked.url.origin }) },
  { name: "an expired token", line: /fail token: .*-facebook: hết quyền/, begin: () => inDatabase(`update account_tokens set state = 'needs_reauth', reason = 'hết quyền' where account_id = '${page()}'`), end: () => inDatabase("update account_tokens set state = 'ok', reason = null") },
  { name: "a token that will expire", line: /warn token: .*-facebook: hết hạn ngày/, begin: () => inDatabase(`update account_tokens set refresh_expires_at = ${Date.now() + 3 * DAY} where account_id = '${page()}'`), end: () => inDatabase(`update account_tokens set refresh_expires_at = null where account_id = '${page()}'`) },
  { name: "a disk that is nearly full", line: /fail disk: còn \d+ MB \(cần ít nhất 900000000 MB\)/, env: () => ({ LOA_DISK_FREE_MB_MIN: "900000000" }) },
  { name: "missing fonts", line: /fail fonts: thiếu LiberationSerif-Bold\.ttf/, env: () => ({ LOA_TEMPLATES: join(w.home, "templates") }), begin: () => (mkdirSync(join(w.home, "templates/fonts"), { recursive: true }), ["Regular", "Italic", "BoldItalic"].forEach((style) => cpSync(join(checkout, "templates/fonts", `LiberationSerif-${style}.ttf`), join(w.home, "templates/fonts", `LiberationSerif-${style}.ttf`)))) },
  { name: "a mistake in the registry", line: /fail registry: 1 lỗi/, begin: () => writeFileSync(join(w.registryDir, "units", "wrong.yaml"), '- id: "x y"\n  kind: ward\n  name: X\n'), end: () => Bun.file(join(w.registryDir, "units", "wrong.yaml")).delete() },
  { name: "a database that a newer program changed", line: /fail database: 9999-later\.sql/, begin: () => inDatabase("insert into schema_version (name, applied_at) values ('9999-later.sql', 'x')"), end: () => inDatabase("delete from schema_version where name = '9999-later.sql'") },
]

const crooked = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response("{}", { headers: { date: new Date(Date.now() - 2 * HOUR).toUTCString() } }) })
afterAll(() => crooked.stop(true))

for (const fault of faults) {
  test.skipIf(Boolean(fault.on) && fault.on !== engine)(`doctor finds ${fault.name}`, async () => {
    await fault.begin?.()
    try {
      const report = await examine(fault.env?.())
      const lines = bad(report)
      expect(lines.filter((line) => fault.line.test(line))).toHaveLength(1)
      expect(report.ok).toBe(!lines.some((line) => line.startsWith("fail")))
    } finally {
      await fault.end?.()
    }
  }, 20_000)
}

test("once the faults are mended it is in order again", async () => {
  expect(bad(await examine()).filter((line) => !line.includes("audit log"))).toEqual([])
}, 20_000)
