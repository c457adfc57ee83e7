import { describe, expect, test } from "bun:test"
import { createHash } from "node:crypto"
import { facebookEvents, facebookHandshake, facebookSignatureFits, zaloEvent, zaloEventIsCurrent, zaloSignatureFits } from "../../src/networks/index.ts"

const bytes = (text: string) => new TextEncoder().encode(text)
const SECRET = "0123456789abcdef0123456789abcdef"
const RAW = String.raw`{"object":"page","entry":[{"id":"108824017345866","time":1795312800,"changes":[{"field":"name","value":"S\u1edf Y t\u1ebf B\u1eafc Ninh"}]}]}`

describe("Facebook", () => {
  test("the signature of the contract, over the bytes as received", () => {
    const header = "sha256=a6d7b6bba2a64a4d92bfb0d5454db1e5762476545035607846fe323bd132dee4"
    expect(facebookSignatureFits(bytes(RAW), header, SECRET)).toBe(true)
    expect(facebookSignatureFits(bytes(JSON.stringify(JSON.parse(RAW))), header, SECRET)).toBe(false)
    for (const wrong of [null, "", "sha256=", header.slice(0, -1), header.replace("sha256", "sha1"), header.replace("a6d7", "a6d8")]) expect(facebookSignatureFits(bytes(RAW), wrong, SECRET)).toBe(false)
    expect(facebookSignatureFits(bytes(RAW), header, null)).toBe(false)
  })

  test("the handshake answers the bare challenge to who knows our word", () => {
    const query = (set: Record<string, string>) => new URLSearchParams({ "hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": "word", ...set })
    expect(facebookHandshake(query({}), "word")).toBe("1158201444")
    expect(facebookHandshake(query({ "hub.verify_token": "other" }), "word")).toBeNull()
    expect(facebookHandshake(query({ "hub.mode": "unsubscribe" }), "word")).toBeNull()
    expect(facebookHandshake(query({}), null)).toBeNull()
  })

  const events = (entry: unknown) => facebookEvents(bytes(JSON.stringify({ object: "page", entry: [entry] })))!
  test("a changed name, a feed item, a live video, a proposal", () => {
    expect(facebookEvents(bytes(RAW))).toMatchObject([{ kind: "profile_changed", pageId: "108824017345866", field: "name", value: "Sở Y tế Bắc Ninh", at: 1795312800000 }])
    const value = { item: "status", verb: "add", post_id: "1_2", message: "Thông báo", from: { id: "1" }, created_time: 1795312804 }
    expect(events({ id: "1", time: 1795312805, changes: [{ field: "feed", value }] })).toMatchObject([{ kind: "feed", item: "status", verb: "add", postId: "1_2", fromId: "1", at: 1795312804000 }])
    expect(events({ id: "1", changes: [{ field: "live_videos", value: { id: 5, status: "live" } }] })).toMatchObject([{ kind: "live_video", status: "live", videoId: "5" }])
    const change = { field: "page_upcoming_change", action: "pending", value: { effective_time: "2026-12-01 12:00:00", proposal: { id: "9", category: "page_website", current_value: "https://a", proposed_value: "https://b" } } }
    expect(events({ id: "1", changes: [change] })).toMatchObject([{ kind: "proposal", action: "pending", id: "9", category: "page_website", proposed: "https://b", effectiveTime: "2026-12-01 12:00:00" }])
  })

  test("integrity in both shapes, times in seconds or milliseconds", () => {
    const restriction = { feature: "page_read_only", status: "RESTRICTED", applied_time: 1795312000, expiration_time: 1795398400 }
    const item = { status: "restricted", violations: [{ type: "SPAM", link: "https://transparency.meta.com/x" }], restrictions: [restriction], action_events: [{ type: "FILE_APPEAL", status: "OPEN" }] }
    const expected = { kind: "integrity", status: "restricted", violations: [{ type: "SPAM", url: "https://transparency.meta.com/x" }], restrictions: [{ feature: "page_read_only", status: "RESTRICTED", expiresAt: 1795398400000 }], actions: [{ type: "FILE_APPEAL" }], at: 1795312800000 }
    expect(events({ id: "1", time: 1795312800000, messaging: [item] })).toMatchObject([expected])
    const { restrictions, ...rest } = item
    expect(events({ id: "1", time: 1795312800000, restrictions, messaging: [rest] })).toMatchObject([expected])
  })

  test("what we do not know means: read this Page again", () => {
    expect(events({ id: "1", time: 1, changed_fields: ["picture"] })).toMatchObject([{ kind: "profile_changed", field: "picture", value: null }])
    expect(events({ id: "1", changes: [{ field: "brand_new" }] })).toMatchObject([{ kind: "reread", field: "brand_new" }])
    expect(events({ id: "1", something: [] })).toMatchObject([{ kind: "reread" }])
    for (const body of ["", "[]", '{"object":"user","entry":[]}', '{"object":"page"}', "null"]) expect(facebookEvents(bytes(body))).toBeNull()
  })

  test("a repeated delivery has the same keys, two changes have two", () => {
    const entry = { id: "1", time: 1795312800, changes: [{ field: "name", value: "A" }, { field: "website", value: "B" }] }
    const [first, second] = events(entry)
    expect(events(entry).map((event) => event.key)).toEqual([first!.key, second!.key])
    expect(first!.key).not.toBe(second!.key)
  })
})

describe("Zalo", () => {
  const APP = "1234567890123456789"
  const KEY = "oa-secret-key-for-tests"
  const FOLLOW = '{"oa_id":"3870000000000000001","follower":{"id":"2460000000000000001"},"user_id_by_app":"5520000000000000001","event_name":"follow","source":"oa_profile","app_id":"1234567890123456789","timestamp":"1795316400000"}'
  const MAC = "f9e876c391f4339559a86a2a0ad9a02a2f0973632240399d866de717286ab236"

  test("the signature of the contract, bare or behind mac=, in either case", () => {
    for (const header of [MAC, `mac=${MAC}`, MAC.toUpperCase()]) expect(zaloSignatureFits(bytes(FOLLOW), header, APP, KEY)).toBe(true)
    expect(zaloSignatureFits(bytes(FOLLOW), MAC, APP, "app-secret")).toBe(false)
    expect(zaloSignatureFits(bytes(`${FOLLOW} `), MAC, APP, KEY)).toBe(false)
    expect(zaloSignatureFits(bytes(FOLLOW), MAC, "999", KEY)).toBe(false)
    for (const header of [null, "", "mac=", "x"]) expect(zaloSignatureFits(bytes(FOLLOW), header, APP, KEY)).toBe(false)
    expect(zaloSignatureFits(bytes("<html>"), MAC, APP, KEY)).toBe(false)
    expect(zaloSignatureFits(bytes(FOLLOW), MAC, APP, null)).toBe(false)
  })

  test("unquoted 19-digit ids and times verify too", () => {
    const raw = '{"oa_id":3870000000000000001,"event_name":"follow","app_id":1234567890123456789,"timestamp":1795316400000}'
    const mac = createHash("sha256").update(`${APP}${raw}1795316400000${KEY}`).digest("hex")
    expect(zaloSignatureFits(bytes(raw), mac, APP, KEY)).toBe(true)
    expect(zaloEvent(bytes(raw))).toMatchObject({ kind: "follow", oaId: "3870000000000000001", at: 1795316400000 })
  })

  test("events name their OA and keep no text of citizens", () => {
    expect(zaloEvent(bytes(FOLLOW))).toMatchObject({ kind: "follow", oaId: "3870000000000000001", followerId: "2460000000000000001" })
    const message = (name: string, sender: object, recipient: object) => zaloEvent(bytes(JSON.stringify({ event_name: name, sender, recipient, message: { msg_id: "m1", text: "Xin chào" }, timestamp: "1" })))
    const incoming = message("user_send_text", { id: "u" }, { id: "oa" })
    expect(incoming).toMatchObject({ kind: "message", direction: "in", oaId: "oa" })
    expect(JSON.stringify(incoming)).not.toContain("Xin chào")
    expect(message("oa_send_text", { id: "oa", admin_id: "7" }, { id: "u" })).toMatchObject({ kind: "message", direction: "out", admin: true, oaId: "oa" })
    expect(message("user_seen_message", { id: "oa" }, { id: "u" })).toMatchObject({ kind: "receipt", oaId: "oa" })
    expect(message("brand_new", { id: "oa" }, {})).toMatchObject({ kind: "other", oaId: "oa" })
    expect(message("user_send_text", { id: "u" }, { id: "oa" })!.key).toBe(incoming!.key)
    for (const body of ["", "null", "{}", '{"event_name":"follow"}']) expect(zaloEvent(bytes(body))).toBeNull()
  })

  test("retries of almost two hours are current, older and future ones are not", () => {
    const at = 1795316400000
    expect(zaloEventIsCurrent({ at }, at + 110 * 60_000)).toBe(true)
    expect(zaloEventIsCurrent({ at }, at + 3 * 3_600_000 + 1)).toBe(false)
    expect(zaloEventIsCurrent({ at }, at - 10 * 60_000)).toBe(false)
    expect(zaloEventIsCurrent({ at: null }, at)).toBe(false)
  })
})
