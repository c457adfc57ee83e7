import { afterEach, beforeEach, describe, expect, test } from "bun:test"
import { Audit } from "../../../src/audit/index.ts"
import { DAY, ManualClock } from "../../../src/base/clock.ts"
import { InvalidInputError } from "../../../src/base/errors.ts"
import { fromIsoDate } from "../../../src/base/time.ts"
import { Checks, refreshObservations, type SeenAccount } from "../../../src/checks/index.ts"
import { type OpenedDb } from "../../../src/db/index.ts"
import type { Unit } from "../../../src/model/index.ts"
import { goodAccount, image, makeUnit, profile } from "./units.ts"
import { testDb } from "../../support/db.ts"

const noon = fromIsoDate("2026-11-22") + DAY / 2
let opened: OpenedDb
let clock: ManualClock
let checks: Checks
let units: Unit[]
let version: number
const id = "kinh-bac-facebook"

beforeEach(async () => {
  opened = await testDb()
  clock = new ManualClock(noon)
  version = 1
  units = [makeUnit()]
  checks = new Checks({ clock, registryDir: "/nonexistent" })
  const audit = new Audit(clock)
  checks.watch({
    db: opened.db,
    audit,
    view: () => ({ version, units, unitById: (unitId) => units.find((unit) => unit.id === unitId), accountById: (accountId) => units.flatMap((unit) => unit.accounts).find((account) => account.id === accountId) }),
  })
})
afterEach(() => opened.close())

function list(...accounts: Parameters<typeof goodAccount>[0][]) {
  version += 1
  units = [makeUnit({ accounts: accounts.map((over) => goodAccount(over)) })]
}
const ruleOf = (accountId = id) => {
  const answer = checks.gate(accountId)
  return answer.open ? "open" : answer.rule
}
const saw = (over: Partial<SeenAccount> = {}): SeenAccount => ({ accountId: id, reachable: true, profile: profile(), avatarSha256: "a", image: image(), links: null, ...over })

describe("the gate", () => {
  test("opens for a listed, verified account with a good name, before anybody looked at the network", () => expect(ruleOf()).toBe("open"))
  test.each([
    ["VER-3", { identity: { status: "pending" } }],
    ["VER-3", { identity: { status: "verified", until: "2026-11-21" } }],
    ["ACC-6", { kind: "group" }],
    ["ACC-6", { kind: "profile" }],
    ["ACC-2", { network: "tiktok" }],
    ["publish", { publish: "off" }],
    ["paused", { paused: "đổi nhân sự" }],
    ["NAME-X", { name: "UBND phường Võ Cường" }],
    ["OBS-1", { name: "UBND phường Kinh Bắc, TP. Bắc Ninh" }],
    ["IMP-2", { name: "UBND phường Kinh Bắс" }],
    ["open", { name: "UBND P. Kinh Bắc" }],
    ["open", { identity: { status: "none" }, waiver: { reason: "Chờ nền tảng xác nhận", until: "2026-11-22" } }],
    ["VER-3", { identity: { status: "none" }, waiver: { reason: "Chờ nền tảng xác nhận", until: "2026-11-21" } }],
    ["NAME-X", { name: "UBND phường Võ Cường", waiver: { reason: "x", until: "2027-01-01", rules: ["IMG-3"] } }],
    ["open", { name: "UBND phường Võ Cường", waiver: { reason: "x", until: "2027-01-01", rules: ["NAME-X"] } }],
  ] as const)("%s: %o", (rule, over) => {
    list(over as never)
    expect(ruleOf()).toBe(rule)
  })
  test("an account nobody listed is refused", () => expect(ruleOf("stranger")).toBe("VER-3"))
  test("a unit that ended publishes no more", () => {
    units = [makeUnit({ ends: "2026-11-21" })]
    version += 1
    expect(ruleOf()).toBe("EFF-4")
  })
  test("follows the day: a waiver ends by itself", () => {
    list({ identity: { status: "none" }, waiver: { reason: "x", until: "2026-11-23" } })
    expect(ruleOf()).toBe("open")
    clock.advance(2 * DAY)
    expect(ruleOf()).toBe("VER-3")
  })
  test("a wrong picture stops it only once it was seen, and a person may waive it with a reason and an end", async () => {
    await checks.observe([saw({ image: image({ verdict: "other" }) })])
    expect(ruleOf()).toBe("IMG-3")
    const waiver = await checks.waive({ accountId: id, reason: "Chờ thay ảnh", until: "2026-12-01", rules: ["IMG-3"] }, "user:an")
    expect(ruleOf()).toBe("open")
    await checks.revokeWaiver(waiver, "user:binh")
    expect(ruleOf()).toBe("IMG-3")
    const log = await opened.db.selectFrom("audit_log").select(["actor", "action"]).execute()
    expect(log.map((row) => `${row.actor} ${row.action}`)).toEqual(["user:an waiver.granted", "user:binh waiver.revoked"])
  })
  test("a waiver needs a reason and a day to come", async () => {
    expect(checks.waive({ accountId: id, reason: " ", until: "2026-11-21" }, "user:an")).rejects.toBeInstanceOf(InvalidInputError)
  })
})

describe("findings as episodes", () => {
  test("an unchanged finding keeps its age, a mended one is closed, and the past can be read", async () => {
    list({ name: "UBND P. Kinh Bắc" })
    expect(await checks.refresh()).toEqual({ opened: 1, closed: 0 })
    clock.advance(DAY)
    expect(await checks.refresh()).toEqual({ opened: 0, closed: 0 })
    expect(await checks.findingsAt(clock.now())).toMatchObject([{ rule: "NAME-C3", since: noon, asOf: "2026-11-22" }])
    list({})
    clock.advance(DAY)
    expect(await checks.refresh()).toEqual({ opened: 0, closed: 1 })
    expect(await checks.findingsAt(clock.now())).toEqual([])
    expect(await checks.findingsAt(noon + 1)).toMatchObject([{ rule: "NAME-C3" }])
  })
  test("a past day is judged with what was known then", async () => {
    await checks.observe([saw()])
    clock.advance(3 * DAY)
    await checks.observe([saw({ profile: profile({ name: "Nổ hũ 88" }), avatarSha256: "b" })])
    const rulesOn = async (asOf?: string) => (await checks.check({ asOf })).units[0]!.findings.filter((finding) => finding.account).map((finding) => finding.rule)
    expect(await rulesOn("2026-11-22")).toEqual([])
    expect(await rulesOn()).toEqual(["IMP-3", "VER-4", "VER-4"])
    expect((await checks.check({ asOf: "2025-09-14" })).ruleset).toBe("A2024")
  })
  test("a look that fails keeps what was known; nothing changed keeps the row", async () => {
    await checks.observe([saw({ links: { portalLinksToAccount: true, accountLinksToPortal: true } })])
    clock.advance(DAY)
    await checks.observe([saw({ links: null, image: null, avatarSha256: null })])
    const rows = await opened.db.selectFrom("account_profiles").selectAll().execute()
    expect(rows.map((row) => [row.seen_at, row.last_seen_at, row.avatar_sha256, row.links !== null, row.image_verdict !== null])).toEqual([[noon, noon + DAY, "a", true, true]])
  })
})

test("one account that cannot be read does not spoil the others", async () => {
  list({}, { id: "second", remoteId: "2" }, { id: "third", remoteId: "3" })
  const failures: string[] = []
  const seen = await refreshObservations(units[0]!.accounts, {
    unitOf: () => units[0],
    readProfile: async (account) => {
      if (account.id === "second") throw new Error("reset")
      return account.id === "third" ? { kind: "gone", code: "100", reason: "gone" } : { kind: "read", profile: profile() }
    },
    judgeAvatar: async () => ({ sha256: "a", image: image() }),
    onFailure: (account, reason) => failures.push(`${account.id}: ${reason}`),
  })
  expect(seen.map((entry) => [entry.accountId, entry.reachable, entry.image?.verdict ?? null, entry.links])).toEqual([
    [id, true, "match", { portalLinksToAccount: null, accountLinksToPortal: true }],
    ["third", false, null, null],
  ])
  expect(failures).toEqual(["second: reset"])
})

test("238 accounts are asked in a few milliseconds", () => {
  list(...Array.from({ length: 238 }, (_, i) => ({ id: `account-${i}`, remoteId: String(i + 1) })).slice(0, 50))
  units = Array.from({ length: 119 }, (_, u) => makeUnit({ id: `unit-${u}`, accounts: [goodAccount({ id: `f-${u}`, remoteId: `1${u}` }), goodAccount({ id: `z-${u}`, remoteId: `2${u}`, network: "zalo", kind: "oa" })] }))
  checks.gate("f-0")
  const before = process.cpuUsage()
  for (let pass = 0; pass < 10; pass += 1) for (const unit of units) for (const account of unit.accounts) expect(checks.gate(account.id).open).toBe(true)
  expect(process.cpuUsage(before).user / 10_000).toBeLessThan(50)
})
