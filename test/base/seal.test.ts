import { describe, expect, test } from "bun:test"
import { mkdtempSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import fc from "fast-check"
import { createSeal, loadOrCreateKey } from "../../src/base/seal.ts"
import { parseJsonIds, quoteLongIntegers } from "../../src/base/json-ids.ts"

const key = (fill: number) => new Uint8Array(32).fill(fill)
const folder = () => join(mkdtempSync(join(tmpdir(), "loa-seal-")), "data")

describe("seal", () => {
  test("opens what it sealed, in its place only", () => {
    const seal = createSeal([key(1)])
    fc.assert(
      fc.property(fc.string(), fc.string(), (plain, aad) => {
        const envelope = seal.seal(plain, aad)
        expect(seal.open(envelope, aad)).toBe(plain)
        expect(() => seal.open(envelope, `${aad}x`)).toThrow("does not open")
      }),
      { numRuns: 50 },
    )
  })

  test("an altered envelope does not open, and the same text never looks the same", () => {
    const seal = createSeal([key(1)])
    const envelope = seal.seal("EAAGsecret", "account:a:v1")
    expect(envelope).not.toContain("EAAG")
    expect(seal.seal("EAAGsecret", "account:a:v1")).not.toBe(envelope)
    const at = envelope.length - 5
    const altered = envelope.slice(0, at) + (envelope[at] === "A" ? "B" : "A") + envelope.slice(at + 1)
    expect(() => seal.open(altered, "account:a:v1")).toThrow()
    expect(() => seal.open("", "account:a:v1")).toThrow()
    expect(() => seal.open("s1.00000000.AAAA", "account:a:v1")).toThrow("another key")
  })

  test("after a rotation old envelopes open and new ones carry the new key id", () => {
    const old = createSeal([key(1)])
    const rotated = createSeal([key(2), key(1)])
    const envelope = old.seal("token", "x")
    expect(rotated.open(envelope, "x")).toBe("token")
    expect(rotated.outdated(envelope)).toBe(true)
    expect(rotated.outdated(rotated.seal("token", "x"))).toBe(false)
    expect(rotated.keyId).not.toBe(old.keyId)
    expect(() => createSeal([key(2)]).open(envelope, "x")).toThrow("another key")
  })
})

describe("key file", () => {
  test("is made once, private, and read again", () => {
    const dir = folder()
    const [first] = loadOrCreateKey(dir, null)
    expect(first).toHaveLength(32)
    expect(statSync(join(dir, "secret.key")).mode & 0o777).toBe(0o600)
    expect(statSync(dir).mode & 0o777).toBe(0o700)
    expect(loadOrCreateKey(dir, null)).toEqual([first!])
  })

  test("a configured key seals, the file's keys still open", () => {
    const dir = folder()
    const [filed] = loadOrCreateKey(dir, null)
    expect(loadOrCreateKey(dir, key(7))).toEqual([key(7), filed!])
  })

  test("a configured key alone writes no file; a broken file stops with a sentence", () => {
    const dir = folder()
    expect(loadOrCreateKey(dir, key(7))).toEqual([key(7)])
    expect(() => readFileSync(join(dir, "secret.key"))).toThrow()
    const broken = mkdtempSync(join(tmpdir(), "loa-seal-"))
    writeFileSync(join(broken, "secret.key"), "AAAA\n")
    expect(() => loadOrCreateKey(broken, null)).toThrow("32 bytes")
  })
})

describe("ids in JSON", () => {
  test("19 digits stay 19 digits", () => {
    expect(parseJsonIds('{"oa_id":3870000000000000001,"list":[1234567890123456,-1234567890123456789],"n":12}')).toEqual({
      oa_id: "3870000000000000001",
      list: ["1234567890123456", "-1234567890123456789"],
      n: 12,
    })
  })
  test("texts, fractions and exponents are left alone", () => {
    const text = '{"a":"id 3870000000000000001 \\" 3870000000000000002","b":0.12345678901234567,"c":12345678901234567e1}'
    expect(quoteLongIntegers(text)).toBe(text)
  })
  test("what is no JSON is undefined", () => {
    for (const text of ["", "<html>502</html>", '{"a":', "3870000000000000001x"]) expect(parseJsonIds(text)).toBeUndefined()
  })
  test("JSON without long numbers reads as always", () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        if (!/\d{16}/.test(text)) expect(parseJsonIds(text)).toEqual(JSON.parse(text))
      }),
      { numRuns: 100 },
    )
  })
})
