import { describe, expect, test } from "bun:test"
import { facebookAccount, facebookPost, graphError, PAGE, world } from "./support.ts"

const H = 3_600_000
type Row = [code: number, subcode: number | undefined, expected: Record<string, unknown>, message?: string]
const unknown = (repost: boolean) => ({ kind: "unknown", repost })
const lockedOut = (needs: string, scope = "account") => ({ kind: "locked_out", needs, scope })
const later = (scope: string, set: Record<string, unknown> = {}) => ({ kind: "later", scope, ...set })
const cure = (change: string) => ({ kind: "later", scope: "delivery", change })
const refused = { kind: "refused" }

/** Every row of contract 5.3 as a write meets it. */
const rows: Row[] = [
  [1, undefined, unknown(true)],
  [1, 99, refused],
  [1, 2853006, lockedOut("permission")],
  [2, undefined, unknown(true)],
  [3, undefined, lockedOut("permission")],
  [4, undefined, later("app", { afterMs: H })],
  [10, undefined, lockedOut("permission")],
  [12, undefined, refused],
  [17, undefined, later("account", { afterMs: H })],
  [32, undefined, later("account", { afterMs: H })],
  [100, undefined, refused],
  [100, 33, lockedOut("permission")],
  [100, 1504016, refused],
  [102, undefined, lockedOut("reconnect")],
  [104, undefined, lockedOut("configuration", "app")],
  [110, undefined, refused],
  [210, undefined, refused],
  [220, undefined, refused],
  [321, undefined, refused],
  [190, undefined, lockedOut("reconnect")],
  [190, undefined, lockedOut("permission"), "pages_manage_posts must be granted before impersonating a user's page."],
  [190, 458, lockedOut("reconnect")],
  [190, 459, lockedOut("reconnect")],
  [190, 460, lockedOut("reconnect")],
  [190, 463, lockedOut("reconnect")],
  [190, 464, lockedOut("reconnect")],
  [190, 467, lockedOut("reconnect")],
  [190, 492, lockedOut("permission")],
  [190, 2069032, lockedOut("reconnect")],
  [200, undefined, lockedOut("permission")],
  [201, undefined, lockedOut("permission")],
  [299, undefined, lockedOut("permission")],
  [200, 2069030, lockedOut("configuration")],
  [200, 2069031, lockedOut("configuration")],
  [200, 2069033, lockedOut("configuration")],
  [283, undefined, lockedOut("permission")],
  [324, undefined, cure("reencode_picture")],
  [341, undefined, later("app", { afterMs: H })],
  [368, undefined, lockedOut("policy")],
  [368, 1390008, later("account", { afterMs: H, slowDown: true })],
  [368, undefined, unknown(false), "You already posted this."],
  [452, undefined, lockedOut("reconnect")],
  [506, undefined, unknown(false)],
  [613, undefined, later("account", { afterMs: H })],
  [613, 1996, later("account", { slowDown: true })],
  [803, undefined, lockedOut("configuration")],
  [1705, undefined, lockedOut("reconnect")],
  [2500, undefined, lockedOut("reconnect")],
  [80001, undefined, later("account", { afterMs: H })],
  [80002, undefined, refused],
  [80006, undefined, refused],
  [230, undefined, refused],
  [551, undefined, refused],
  [100, 1346003, lockedOut("policy")],
  [100, 1404006, lockedOut("policy")],
  [368, 1404112, lockedOut("policy")],
  [100, 1349125, refused],
  [2, 1363047, unknown(true)],
  [100, 1609010, unknown(true)],
  [100, 1366046, cure("reencode_picture")],
  [100, 1366051, unknown(false)],
  [200, 1404078, lockedOut("policy")],
  [200, 4854002, lockedOut("policy")],
  [368, 1404102, { kind: "refused", securityAlert: true }],
  [1609005, undefined, cure("scrape_first")],
  [100, 1609005, cure("scrape_first")],
  [100, 1609008, cure("drop_link")],
  [100, 2061006, refused],
  [100, 2069019, refused],
  [2874008, undefined, refused],
  [2932001, undefined, refused],
  [100, 2932010, refused],
  [987654, undefined, unknown(false)],
  [100, undefined, lockedOut("configuration", "app"), "Invalid appsecret_proof provided in the API argument"],
]

describe("every row of the error table", () => {
  for (const [code, subcode, expected, message] of rows) {
    test(`${code}/${subcode ?? "-"}${message ? ` ${message}` : ""}`, async () => {
      await using w = await world(() => graphError(code, subcode, message))
      await w.connectPage()
      const outcome = await w.facebook.publish(facebookAccount, facebookPost())
      expect(outcome).toMatchObject(expected)
      expect((outcome as { code: string }).code).toBe(subcode === undefined ? String(code) : `${code}/${subcode}`)
      // One try: nothing that may have posted is asked twice.
      expect(w.ofPath("/feed")).toHaveLength(1)
    })
  }
})

test("answers without a verdict are unknown; a refused connection surely posted nothing", async () => {
  await using w = await world(() => new Response("<html>502</html>", { status: 502, headers: { "content-type": "text/html" } }))
  await w.connectPage()
  const ask = () => w.facebook.publish(facebookAccount, facebookPost())
  expect(await ask()).toMatchObject({ kind: "unknown", code: "http_502", repost: true })
  w.script.handler = () => new Response("")
  expect(await ask()).toMatchObject({ kind: "unknown", code: "http_200", repost: true })
  w.script.handler = () => Response.json({ something: "else" })
  expect(await ask()).toMatchObject({ kind: "unknown", code: "no_id", repost: true })
  w.script.handler = () => "cut"
  expect(await ask()).toMatchObject({ kind: "unknown", code: "network", repost: true })
  w.script.handler = () => Response.json({ error: { message: "(#1) 490 460", type: "OAuthException" } }, { status: 400 })
  expect(await ask()).toMatchObject({ kind: "unknown", code: "http_400" })
  w.script.handler = () => Response.redirect("http://127.0.0.1:1/elsewhere")
  expect(await ask()).toMatchObject({ kind: "unknown" })

  await using gone = await world(() => undefined, { fetch: () => fetch("http://127.0.0.1:1/") })
  await gone.connectPage()
  expect(await gone.facebook.publish(facebookAccount, facebookPost())).toMatchObject({ kind: "later", code: "network", scope: "account" })
})

test("a cure is named once, then the next one, then the post is refused", async () => {
  await using w = await world(() => graphError(1609005))
  await w.connectPage()
  const publish = (changes: any[]) => w.facebook.publish(facebookAccount, facebookPost({ mode: "link", changes }))
  expect(await publish([])).toMatchObject({ change: "scrape_first", afterMs: 600_000 })
  expect(await publish(["scrape_first"])).toMatchObject({ change: "photo_text" })
  expect(await publish(["scrape_first", "photo_text"])).toMatchObject({ kind: "refused" })
})

test("the second violation within a day stops the Page", async () => {
  await using w = await world(() => graphError(368, 1404102))
  await w.connectPage()
  const publish = () => w.facebook.publish(facebookAccount, facebookPost())
  expect(await publish()).toMatchObject({ kind: "refused", securityAlert: true })
  w.clock.advance(25 * H)
  expect(await publish()).toMatchObject({ kind: "refused", securityAlert: true })
  w.clock.advance(H)
  expect(await publish()).toMatchObject({ kind: "locked_out", needs: "policy" })
})

test("throttle headers: minutes to regain access, keyed by Page, one level deep", async () => {
  const usage = (call_count: number, minutes = 0) =>
    JSON.stringify({ [PAGE]: [{ type: "pages", call_count, total_cputime: 3, total_time: 4, estimated_time_to_regain_access: minutes }] })
  let header = usage(80)
  await using w = await world((request) => {
    const headers = { "x-business-use-case-usage": header, "x-app-usage": "not json" }
    if (request.method === "POST") return header.includes("100") ? new Response(JSON.stringify({ error: { message: "(#80001)", code: 80001 } }), { status: 400, headers }) : Response.json({ id: `${PAGE}_1` }, { headers })
    return Response.json({ id: PAGE, name: "Phường", data: [] }, { headers })
  })
  await w.connectPage()
  expect(await w.facebook.publish(facebookAccount, facebookPost())).toMatchObject({ kind: "sent" })
  // 80 %: optional reads stop, settling and publishing go on.
  const before = w.seen.length
  expect(await w.facebook.profile(facebookAccount)).toMatchObject({ kind: "later", code: "throttled" })
  expect(w.seen).toHaveLength(before)
  expect(await w.facebook.look(facebookAccount, [])).toMatchObject({ kind: "read" })
  header = usage(100, 42)
  expect(await w.facebook.publish(facebookAccount, facebookPost())).toMatchObject({ kind: "later", code: "80001", scope: "account", afterMs: 42 * 60_000 })
  const asked = w.seen.length
  expect(await w.facebook.publish(facebookAccount, facebookPost())).toMatchObject({ kind: "later", code: "throttled", scope: "account" })
  expect(w.seen).toHaveLength(asked)
  w.clock.advance(42 * 60_000)
  header = usage(5)
  expect(await w.facebook.publish(facebookAccount, facebookPost())).toMatchObject({ kind: "sent" })
})

test("the app's limit holds every Page", async () => {
  await using w = await world(() => new Response(JSON.stringify({ id: `${PAGE}_1` }), { headers: { "x-app-usage": '{"call_count":100,"total_time":25,"total_cputime":25}' } }))
  await w.connectPage()
  await w.facebook.publish(facebookAccount, facebookPost())
  expect(await w.facebook.publish(facebookAccount, facebookPost())).toMatchObject({ kind: "later", scope: "app", afterMs: 15 * 60_000 })
})
