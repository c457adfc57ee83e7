/** Signed snapshots: what anybody can find out about one without asking us. */
import { expect, test } from "bun:test"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DAY } from "../../src/base/clock.ts"
import { UsageError } from "../../src/base/errors.ts"
import { readPublicKeys, Snapshots, verifyChain, verifySnapshot } from "../../src/registry/index.ts"
import { newSigningKey, signText } from "../../src/registry/snapshot.ts"
import { snapshotCommands, verifySnapshotFiles } from "../../src/cli/snapshot.ts"
import { folder, room, small } from "./folder.ts"

async function days(count: number) {
  using place = folder({ "units/a.yaml": small.replace("  portal:", '  owner: { name: "Nguyễn Văn A", phone: "0222999888", email: "a@example.vn" }\n  portal:') })
  const { registry, db, clock, audit } = await room()
  await registry.applyFolder(place.dir, "cli")
  const snapshots = new Snapshots({ db, clock, audit, keys: () => [Buffer.alloc(32, 5)] })
  const input = async () => ({ view: await registry.current(), ended: await registry.endedAccounts(), issuer: "Trung tâm Thông tin tỉnh", publicUrl: "https://loa.example", statusOf: (id: string) => (id.endsWith("zalo") ? ("suspended" as const) : ("official" as const)) })
  const made = []
  for (let i = 0; i < count; i++) {
    await snapshots.make(await input(), "job:test")
    made.push((await snapshots.read("latest"))!)
    clock.advance(DAY)
  }
  return { snapshots, made, input, clock, db, registry }
}

test("one a day, chained and signed; running it twice changes nothing; a missed day leaves no gap in the chain", async () => {
  const { snapshots, input, clock, made } = await days(2)
  await snapshots.make(await input(), "job:test")
  expect(await snapshots.make(await input(), "job:test")).toBeNull()
  clock.advance(3 * DAY)
  await snapshots.make(await input(), "job:test")
  const list = await snapshots.list()
  expect(list.map((row) => [row.sequence, row.day])).toEqual([[4, "2026-11-27"], [3, "2026-11-24"], [2, "2026-11-23"], [1, "2026-11-22"]])
  const texts = await Promise.all(list.map(async (row) => (await snapshots.read(row.day))!))
  expect(verifyChain(texts, await snapshots.verifyingKeys()).map((verdict) => verdict.outcome)).toEqual(["valid", "valid", "valid", "valid"])
  expect(made[0]!.sha256).toBe(list[3]!.sha256)
})

test("only public facts are in it", async () => {
  const { made } = await days(1)
  const { content } = made[0]!
  for (const secret of ["0222999888", "a@example.vn", "Nguyễn Văn A", "owner", "admins", "PRIVATE"]) expect(content).not.toContain(secret)
  const document = JSON.parse(content)
  expect(document.accounts.map((account: { id: string; status: string; verify: string }) => [account.id, account.status, account.verify])).toEqual([
    ["kinh-bac-facebook", "official", "https://loa.example/verify/kinh-bac-facebook"], ["kinh-bac-zalo", "suspended", "https://loa.example/verify/kinh-bac-zalo"],
  ])
  expect(document.units.map((unit: { id: string }) => unit.id)).toEqual(["phuong-kinh-bac"])
})

test("tampered, mischained, wrong key, unsigned and malformed are told apart", async () => {
  const { made, snapshots } = await days(3)
  const keys = await snapshots.verifyingKeys()
  const [one, two, three] = made as [(typeof made)[0], (typeof made)[0], (typeof made)[0]]
  const outcome = (content: string, signature: string | null, given = keys) => verifySnapshot(content, signature, given).outcome
  expect(outcome(one.content, one.signature)).toBe("valid")
  expect(outcome(one.content.replace('"official"', '"suspended"'), one.signature)).toBe("tampered")
  // A byte of white space is a change, too.
  expect(outcome(`${one.content} `, one.signature)).toBe("tampered")
  expect(outcome(one.content, two.signature)).toBe("tampered")
  const stranger = newSigningKey()
  expect(outcome(one.content, one.signature, readPublicKeys(stranger.publicKey)!)).toBe("wrong_key")
  // Signed anew by somebody else, who writes our key's id or his own into it.
  expect(outcome(one.content, signText(one.content, stranger.secretKey))).toBe("tampered")
  const own = one.content.replace(keys[0]!.id, stranger.id)
  expect(outcome(own, signText(own, stranger.secretKey))).toBe("wrong_key")
  expect([outcome(one.content, null), outcome(one.content, "no base64"), outcome(one.content, "")]).toEqual(["unsigned", "unsigned", "unsigned"])
  expect([outcome("{}", one.signature), outcome("not json", one.signature), outcome("", null)]).toEqual(["malformed", "malformed", "malformed"])
  // A day taken out of the middle, and days in any order.
  expect(verifyChain([three, one], keys).map((verdict) => verdict.outcome)).toEqual(["valid", "mischained"])
  expect(verifyChain([three, one, two], keys).map((verdict) => verdict.outcome)).toEqual(["valid", "valid", "valid"])
})

test("after a new key old snapshots stay checkable with the published list, and the chain goes on", async () => {
  const { made, snapshots, input, db } = await days(1)
  const [old] = await snapshots.publicKeys()
  const id = await snapshots.rotateKey("cli")
  await snapshots.make(await input(), "job:test")
  const latest = (await snapshots.read("latest"))!
  expect(JSON.parse(latest.content).key.id).toBe(id)
  const keys = await snapshots.verifyingKeys()
  expect(verifyChain([made[0]!, latest], keys).map((verdict) => verdict.outcome)).toEqual(["valid", "valid"])
  expect(verifySnapshot(latest.content, latest.signature, readPublicKeys(old!.publicKey)!).outcome).toBe("wrong_key")
  // The secret half is nowhere in clear.
  const rows = await db.selectFrom("registry_keys").select("secret").execute()
  for (const row of rows) expect(row.secret).toStartWith("s1.")
})

test("the console checks files and folders offline", async () => {
  const { made, snapshots } = await days(2)
  const dir = mkdtempSync(join(tmpdir(), "loa-snap-"))
  const write = (name: string, text: string) => writeFileSync(join(dir, name), text)
  for (const one of made) {
    write(`${one.day}.json`, one.content)
    write(`${one.day}.json.sig`, `${one.signature}\n`)
  }
  write("key.pem", (await snapshots.publicKeys())[0]!.publicKey)
  write("keys.json", JSON.stringify({ keys: (await snapshots.publicKeys()).map(({ id, publicKey }) => ({ id, publicKey })) }))
  const app = new Proxy({}, { get: () => () => { throw new Error("the database was opened") } }) as never
  const run = (values: Record<string, string>) => verifySnapshotFiles({ values, positionals: [], lang: "vi", json: true, cwd: dir, app, stdin: async () => "", progress: () => {}, signal: new AbortController().signal })
  expect(await run({ snapshot: ".", key: "key.pem" })).toMatchObject({ exit: 0, json: { outcome: "valid" } })
  expect(await run({ snapshot: "2026-11-22.json", key: "keys.json" })).toMatchObject({ exit: 0, text: "2026-11-22 #1: HỢP LỆ (2 tài khoản)" })
  expect(await run({ snapshot: "2026-11-23.json", previous: "2026-11-22.json", key: "key.pem" })).toMatchObject({ exit: 0 })
  write("2026-11-22.json", made[0]!.content.replace("Kinh Bắc", "Kinh Bác"))
  expect(await run({ snapshot: ".", key: "key.pem" })).toMatchObject({ exit: 1, json: { outcome: "tampered", snapshots: [{ outcome: "tampered" }, { outcome: "mischained" }] } })
  expect(run({ snapshot: "nowhere.json", key: "key.pem" })).rejects.toBeInstanceOf(UsageError)
  expect(run({ snapshot: ".", key: "2026-11-22.json" })).rejects.toThrow("Ed25519")
  expect(snapshotCommands.map((command) => command.name)).toEqual(["snapshot make", "snapshot list", "snapshot rotate-key"])
  // The same with nothing but openssl.
  const openssl = Bun.spawnSync(["sh", "-c", "base64 -d 2026-11-23.json.sig > sig.bin && openssl pkeyutl -verify -pubin -inkey key.pem -rawin -in 2026-11-23.json -sigfile sig.bin"], { cwd: dir })
  if (Bun.which("openssl")) expect(openssl.stdout.toString()).toContain("Signature Verified Successfully")
  rmSync(dir, { recursive: true })
})
