import { afterAll, beforeAll, expect, test } from "bun:test"
import { gzipSync } from "node:zlib"
import { canonicalUrl, isPublicAddress, urlKey } from "../../src/base/address.ts"
import { createSafeFetch, FetchFailure, type SafeFetchOptions } from "../../src/base/safe-fetch.ts"

const bomb = gzipSync(new Uint8Array(30_000_000))
let hits: string[] = []
let headersSeen: Headers[] = []
let ports: number[] = []
let server: ReturnType<typeof Bun.serve>
let base: string

beforeAll(() => {
  server = Bun.serve({
    port: 0,
    async fetch(request, self) {
      const url = new URL(request.url)
      hits.push(url.pathname)
      headersSeen.push(request.headers)
      ports.push(self.requestIP(request)?.port ?? 0)
      if (url.pathname === "/to") return new Response(null, { status: Number(url.searchParams.get("status") ?? 302), headers: { location: url.searchParams.get("at")! } })
      if (url.pathname === "/loop") return new Response(null, { status: 302, headers: { location: "/loop" } })
      if (url.pathname === "/bomb") return new Response(bomb, { headers: { "content-encoding": "gzip" } })
      if (url.pathname === "/large") return new Response("x".repeat(200_000))
      if (url.pathname === "/drip") {
        return new Response(
          new ReadableStream({
            async pull(controller) {
              await Bun.sleep(20)
              controller.enqueue(new TextEncoder().encode("x"))
            },
          }),
        )
      }
      return new Response(`host ${request.headers.get("host")}`)
    },
  })
  base = `http://127.0.0.1:${server.port}`
})
afterAll(() => server.stop(true))

const options: SafeFetchOptions = { maxBytes: 100_000, timeoutMs: 2_000, redirectsMax: 5 }
const open = createSafeFetch({ allowPrivate: ["127.0.0.1"], userAgent: "Loa test" })
const codeOf = (work: Promise<unknown>) => work.then(() => "answered", (error) => (error instanceof FetchFailure ? error.code : `thrown ${error}`))

test("no form of a private address is reached", async () => {
  hits = []
  const shut = createSafeFetch({ allowPrivate: [], userAgent: "Loa test" })
  const port = server.port
  const forms = [
    `http://127.0.0.1:${port}/`, `http://localhost:${port}/`, `http://2130706433:${port}/`, `http://0x7f.1:${port}/`, `http://0177.0.0.1:${port}/`, `http://127.1:${port}/`, `http://①②⑦.⓪.⓪.①:${port}/`,
    `http://127.0.0.1.:${port}/`, `http://[::1]:${port}/`, `http://[::ffff:127.0.0.1]:${port}/`, `http://[::ffff:7f00:1]:${port}/`, `http://[64:ff9b::7f00:1]:${port}/`, `http://0.0.0.0:${port}/`, `http://[::]:${port}/`,
    "http://169.254.169.254/", "http://10.0.0.1/", "http://192.168.1.1/", "http://172.16.0.1/", "http://100.64.0.1/", "http://198.18.0.1/", "http://192.0.2.1/", "http://224.0.0.1/", "http://[fe80::1]/", "http://[fc00::1]/", "http://192.0.0.1/",
  ]
  expect(await Promise.all(forms.map((form) => codeOf(shut(form, options))))).toEqual(forms.map(() => "private_address"))
  expect(await Promise.all([`http://u:p@127.0.0.1:${port}/`, "file:///etc/passwd", "gopher://a.vn/", "http://a.vn:22/", "nonsense"].map((form) => codeOf(shut(form, options))))).toEqual(Array(5).fill("bad_url"))
  expect(hits).toEqual([])
})

test("one private answer among public ones refuses; a second answer of the name server changes nothing", async () => {
  const mixed = createSafeFetch({ allowPrivate: [], userAgent: "t", resolve: async () => ["93.184.216.34", "127.0.0.1"] })
  expect(await codeOf(mixed(`http://portal.vn:${server.port}/`, options))).toBe("private_address")
  let asked = 0
  const targets: string[] = []
  const rebinding = createSafeFetch({
    allowPrivate: [],
    userAgent: "t",
    resolve: async () => (asked++ === 0 ? ["93.184.216.34"] : ["127.0.0.1"]),
    fetch: async (url) => (targets.push(url), new Response("ok")),
  })
  await rebinding("http://portal.vn/", options)
  expect([asked, targets]).toEqual([1, ["http://93.184.216.34/"]])
})

test("the connection goes to the judged address with the name's Host, and is kept alive", async () => {
  ports = []
  const named = createSafeFetch({ allowPrivate: ["127.0.0.0/8"], userAgent: "t", resolve: async () => ["127.0.0.1"] })
  for (let count = 0; count < 5; count++) {
    const answer = await named(`http://portal.vn:${server.port}/`, options)
    expect(new TextDecoder().decode(answer.body)).toBe(`host portal.vn:${server.port}`)
  }
  expect(new Set(ports).size).toBe(1)
})

test("redirects are judged one by one and carry no credentials to another host", async () => {
  const to = (target: string) => codeOf(open(`${base}/to?at=${encodeURIComponent(target)}`, options))
  expect(await Promise.all(["http://10.0.0.1/", "file:///etc/passwd", "gopher://x/", "http://127.0.0.1:22/", "http://[::1]/"].map(to))).toEqual(["private_address", "bad_url", "bad_url", "bad_url", "private_address"])
  expect(await codeOf(open(`${base}/loop`, options))).toBe("too_many_redirects")
  headersSeen = []
  const named = createSafeFetch({ allowPrivate: ["127.0.0.1"], userAgent: "t", resolve: async () => ["127.0.0.1"] })
  const answer = await named(`${base}/to?at=${encodeURIComponent(`http://other.vn:${server.port}/end`)}`, { ...options, headers: { authorization: "Bearer x", cookie: "a=b", "if-none-match": '"1"' } })
  expect(answer.redirects.map((step) => step.status)).toEqual([302])
  expect(headersSeen.map((seen) => [seen.get("authorization"), seen.get("cookie"), seen.get("if-none-match")])).toEqual([["Bearer x", "a=b", '"1"'], [null, null, '"1"']])
})

test("sizes, bombs and time are limited", async () => {
  expect(await codeOf(open(`${base}/large`, options))).toBe("too_large")
  const before = process.memoryUsage().rss
  expect(await codeOf(open(`${base}/bomb`, { ...options, maxBytes: 1_000_000, timeoutMs: 15_000 }))).toBe("too_large")
  expect(process.memoryUsage().rss - before).toBeLessThan(150_000_000)
  const started = performance.now()
  expect(await codeOf(open(`${base}/drip`, { ...options, timeoutMs: 200 }))).toBe("timeout")
  expect(performance.now() - started).toBeLessThan(1_500)
  expect(await codeOf(open(`${base}/drip`, { ...options, signal: AbortSignal.timeout(100) }))).toBe("aborted")
  expect(await codeOf(open("http://127.0.0.1:9999/", options))).toBe("refused")
  const nameless = createSafeFetch({ allowPrivate: [], userAgent: "t", resolve: () => Promise.reject(new Error("ENOTFOUND")) })
  expect(await codeOf(nameless("http://khong-co.vn/", options))).toBe("dns")
})

test("public means global unicast", () => {
  expect(["8.8.8.8", "2606:4700::1111"].map(isPublicAddress)).toEqual([true, true])
  expect(["100.64.1.1", "198.18.0.1", "192.0.0.8", "203.0.113.1", "2001:db8::1", "x"].map(isPublicAddress)).toEqual(Array(6).fill(false))
})

test("one page, many spellings", () => {
  const canonical = (text: string) => canonicalUrl(new URL(text))
  expect(canonical("https://a.vn:443/x;jsessionid=A1B2.node1?id=5&utm_source=z&fbclid=q#top")).toBe("https://a.vn/x?id=5")
  expect(canonical("https://a.vn/x?sid=12&SID=0a9f8b7c6d5e4f3a2b1c")).toBe("https://a.vn/x?sid=12")
  expect(["https://a.vn/#/tin/5", "https://a.vn/thang.html#muc2"].map(canonical)).toEqual(["https://a.vn/#/tin/5", "https://a.vn/thang.html#muc2"])
  const key = (text: string) => urlKey(canonical(text))
  expect(new Set(["http://www.a.vn/tin/", "https://a.vn/tin", "https://A.vn/tin/index.html#muc"].map(key)).size).toBe(1)
  expect(key("https://a.vn/?b=2&a=1")).toBe(key("https://a.vn/?a=1&b=2"))
  expect(key("https://a.vn/tin?id=1")).not.toBe(key("https://a.vn/tin?id=2"))
})
