/** Checks 34–39: fetching what strangers name, feeds, pictures, uploads, downloads. */
import { gzipSync } from "node:zlib"
import { reencode } from "../../src/articles/reencode.ts"
import { createSafeFetch, FetchFailure } from "../../src/base/safe-fetch.ts"
import { parseFeed } from "../../src/feeds/index.ts"
import { verdict, type Check } from "./check.ts"

const options = { maxBytes: 5_000_000, timeoutMs: 3_000, redirectsMax: 5 }
/** A server on loopback that nobody may reach; answers as the path asks. */
function canary() {
  let hits = 0
  const seen: string[] = []
  const bomb = gzipSync(new Uint8Array(60_000_000))
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch(request) {
      hits += 1
      const url = new URL(request.url)
      seen.push(request.headers.get("authorization") ?? "")
      const to = url.searchParams.get("to")
      if (to) return new Response(null, { status: Number(url.searchParams.get("status") ?? 302), headers: { location: to } })
      if (url.pathname === "/loop") return new Response(null, { status: 302, headers: { location: "/loop" } })
      if (url.pathname === "/bomb") return new Response(bomb, { headers: { "content-encoding": "gzip", "content-type": "application/rss+xml" } })
      if (url.pathname === "/endless") return new Response(new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(65_536)) }))
      if (url.pathname === "/drip") {
        return new Response(new ReadableStream({
          async pull(controller) {
            await Bun.sleep(100)
            controller.enqueue(new Uint8Array(1))
          },
        }))
      }
      return new Response("secret")
    },
  })
  return { port: server.port!, hits: () => hits, seen, stop: () => server.stop(true) }
}
const codeOf = (work: Promise<unknown>) => work.then(() => "reached", (error: unknown) => (error instanceof FetchFailure ? error.code : `threw ${String(error)}`))

export const outsideChecks: Check[] = [
  {
    n: 34, title: "SSRF by literal", anchor: "V1.3.6, API7",
    run: async () => {
      const { port, hits, stop } = canary()
      const get = createSafeFetch({ allowPrivate: [], userAgent: "check" })
      const hosts = [
        "127.0.0.1", "127.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "017700000001", "0177.0.0.1", "127.0.0.1.", "127.000.000.001", "0", "0.0.0.0", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:7f00:1]",
        "[64:ff9b::7f00:1]", "[64:ff9b::127.0.0.1]", "[2002:7f00:1::]", "[fe80::1]", "[fc00::1]", "169.254.169.254", "100.64.0.1", "10.0.0.1", "192.168.1.1", "172.16.0.1", "198.18.0.1", "224.0.0.1", "255.255.255.255", "localhost", "localhost.", "user@127.0.0.1", "user:pass@127.0.0.1", "127.0.0.1%2f", "１２７.0.0.1", "127。0。0。1",
      ]
      const codes = await Promise.all(hosts.map(async (host) => [host, await codeOf(get(`http://${host}:${port}/`, options))] as const))
      stop()
      const problems = codes.filter(([, code]) => code === "reached" || code.startsWith("threw")).map(([host, code]) => `${host}: ${code}`)
      if (hits()) problems.push(`${hits()} connections reached the canary`)
      return verdict(problems, `${hosts.length} ways of writing a private address: 0 connections (${[...new Set(codes.map(([, code]) => code))].join(", ")})`)
    },
  },
  {
    n: 35, title: "SSRF by DNS", anchor: "V1.3.6",
    run: async () => {
      const { port, hits, stop } = canary()
      let asked = 0
      const first: string[] = []
      const rebinding = createSafeFetch({ allowPrivate: [], userAgent: "check", resolve: async () => (asked++ === 0 ? ["93.184.216.34"] : ["127.0.0.1"]), fetch: async (url) => (first.push(new URL(url).hostname), new Response("x")) })
      await rebinding(`http://portal.example:${port}/`, options)
      const mixed = createSafeFetch({ allowPrivate: [], userAgent: "check", resolve: async () => ["93.184.216.34", "127.0.0.1"] })
      const inside = createSafeFetch({ allowPrivate: [], userAgent: "check", resolve: async () => ["::ffff:127.0.0.1"] })
      const codes = [await codeOf(mixed(`http://portal.example:${port}/`, options)), await codeOf(inside(`http://portal.example:${port}/`, options))]
      stop()
      const problems = [...(first.join() === "93.184.216.34" && asked === 1 ? [] : [`rebinding: asked ${asked} times, went to ${first}`]), ...codes.filter((code) => code !== "private_address"), ...(hits() ? [`${hits()} canary hits`] : [])]
      return verdict(problems, "the name is resolved once and the judged address is used; mixed answers are refused; 0 canary hits")
    },
  },
  {
    n: 36, title: "SSRF by redirect", anchor: "V15.3.2",
    run: async () => {
      const outside = canary()
      const inside = canary()
      const get = createSafeFetch({ allowPrivate: ["portal.example"], userAgent: "check", resolve: async (host) => (host === "portal.example" ? ["127.0.0.1"] : ["10.0.0.1"]) })
      const base = `http://portal.example:${outside.port}`
      const aims = [`http://127.0.0.1:${inside.port}/`, `http://[::1]:${inside.port}/`, "file:///etc/passwd", "gopher://127.0.0.1:70/", "ftp://127.0.0.1/", "http://127.0.0.1:22/", "http://metadata.internal/", "javascript:alert(1)", "http://user:p@portal.example/"]
      const problems: string[] = []
      for (const status of [301, 302, 303, 307, 308]) for (const aim of aims) {
        const code = await codeOf(get(`${base}/?status=${status}&to=${encodeURIComponent(aim)}`, options))
        if (code === "reached") problems.push(`${status} ${aim}`)
      }
      const loop = await codeOf(get(`${base}/loop`, options))
      if (loop !== "too_many_redirects") problems.push(`loop: ${loop}`)
      if (inside.hits()) problems.push(`${inside.hits()} canary hits`)
      const other = createSafeFetch({ allowPrivate: ["127.0.0.1", "portal.example"], userAgent: "check", resolve: async () => ["127.0.0.1"] })
      await other(`${base}/?to=${encodeURIComponent(`http://127.0.0.1:${inside.port}/x`)}`, { ...options, headers: { authorization: "Bearer secret" } })
      if (inside.seen.includes("Bearer secret")) problems.push("credentials followed the redirect")
      outside.stop()
      inside.stop()
      return verdict(problems, `${aims.length * 5} redirects refused, a loop ends after 5, credentials stay behind`)
    },
  },
  {
    n: 37, title: "feed bombs", anchor: "V1.5.1, V5.2.3, API4, API10",
    run: async () => {
      const { port, stop } = canary()
      const get = createSafeFetch({ allowPrivate: ["127.0.0.1"], userAgent: "check" })
      const problems: string[] = []
      const from = performance.now()
      for (const [path, want] of [["/bomb", "too_large"], ["/endless", "too_large"], ["/drip", "timeout"]] as const) {
        const code = await codeOf(get(`http://127.0.0.1:${port}${path}`, options))
        if (code !== want) problems.push(`${path}: ${code}`)
      }
      stop()
      const fetchMs = performance.now() - from
      const parse = (text: string) => parseFeed(new TextEncoder().encode(text), { url: "https://p.example/rss", now: Date.now() })
      const entity = `<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss version="2.0"><channel><title>t</title><item><title>A &x; B</title><link>https://p.example/1</link></item></channel></rss>`
      const laughs = `<!DOCTYPE r [${Array.from({ length: 12 }, (_, i) => `<!ENTITY l${i} "${`&l${i - 1};`.repeat(10)}">`).join("")}]><rss version="2.0"><channel><title>t</title><item><title>&l11;</title><link>https://p.example/1</link></item></channel></rss>`
      const deep = `<rss version="2.0"><channel>${"<a>".repeat(100_000)}${"</a>".repeat(100_000)}<item><title>x</title></item></channel></rss>`
      const many = `<rss version="2.0"><channel><title>t</title>${"<item><title>x</title><link>https://p.example/x</link></item>".repeat(200_000)}</channel></rss>`
      for (const [name, text] of [["XXE", entity], ["billion laughs", laughs], ["depth", deep], ["items", many]] as const) {
        const began = performance.now()
        const result = JSON.stringify(parse(text))
        if (performance.now() - began > 4_000) problems.push(`${name}: ${Math.round(performance.now() - began)} ms`)
        if (/root:|\/bin\//.test(result)) problems.push(`${name}: a file was read`)
        if (result.length > 5_000_000) problems.push(`${name}: ${result.length} characters came out`)
      }
      const rss = process.memoryUsage().rss / 1e6
      if (rss > 512) problems.push(`${Math.round(rss)} MB`)
      return verdict(problems, `gzip 1:1000, endless, 10 bytes/s: ended by size or time (${Math.round(fetchMs)} ms); XXE, billion laughs, 100,000 levels, 200,000 items: bounded; ${Math.round(rss)} MB in this process`)
    },
  },
  {
    n: 38, title: "uploads and pictures", anchor: "V5.2, V5.3",
    run: async ({ own }) => {
      const problems: string[] = []
      const sharp = (await import("sharp")).default
      const real = await sharp({ create: { width: 800, height: 600, channels: 3, background: "#336699" } }).withExif({ IFD0: { Copyright: "GPS-BI-MAT" }, IFD3: { GPSLatitudeRef: "N", GPSLatitude: "21/1 10/1 0/1" } }).jpeg().toBuffer()
      const polyglot = Buffer.concat([real, Buffer.from("<script>alert(1)</script>PK\u0003\u0004<?php system($_GET[0]); ?>")])
      const clean = await reencode(polyglot)
      if (clean.kind !== "ready") problems.push(`a good picture was refused: ${clean.reason}`)
      else {
        const bytes = Buffer.from(clean.data).toString("latin1")
        if (/script|php|GPS-BI-MAT|PK\u0003/.test(bytes)) problems.push("something survived re-encoding")
        if ((await sharp(clean.data).metadata()).exif) problems.push("metadata survived")
      }
      const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="400" height="400"><script>alert(1)</script></svg>')
      const huge = Buffer.concat([Buffer.from("89504e470d0a1a0a0000000d49484452", "hex"), Buffer.from([0, 0, 0x9c, 0x40, 0, 0, 0x9c, 0x40, 8, 2, 0, 0, 0, 0, 0, 0, 0])])
      for (const [name, bytes] of [["svg", svg], ["40,000²", huge], ["exe", Buffer.from("MZ\u0090\u0000not a picture at all")], ["html", Buffer.from("<html><script>alert(1)</script>")]] as const) if ((await reencode(bytes)).kind === "ready") problems.push(`${name} was accepted`)
      const admin = await own!.person("quan-tri", "province_admin")
      const before = await own!.rooms.db.selectFrom("registry_versions").select("version").execute()
      for (const [name, bytes] of [["../../etc/cron.d/x.xlsx", svg], ["a.xlsx", Buffer.from("PK\u0003\u0004broken")], ["b.xlsx", gzipSync(new Uint8Array(5_000_000))]] as const) {
        const form = new FormData()
        form.set("file", new File([new Uint8Array(bytes)], name))
        const answer = await admin.ask("/registry/import", { method: "POST", body: form, headers: { "sec-fetch-site": "same-origin" } })
        if (answer.status >= 500 || answer.status === 303) problems.push(`${name}: ${answer.status}`)
      }
      if ((await own!.rooms.db.selectFrom("registry_versions").select("version").execute()).length !== before.length) problems.push("the registry changed")
      return verdict(problems, "polyglot and EXIF/GPS gone after re-encoding; SVG, 40,000² pixels, wrong magic refused; wrong XLSX and ../ names refused, nothing changed")
    },
  },
  {
    n: 39, title: "downloads", anchor: "V5.4.2, V3.2.1",
    run: async ({ own }) => {
      const problems: string[] = []
      const admin = await own!.person("quan-tri", "province_admin")
      const files: [string, Response][] = [
        ["audit csv", await admin.post("/audit/export", { format: "csv" })],
        ["registry xlsx", await admin.get("/registry/so-dang-ky.xlsx")],
        ["registry zip", await admin.get("/registry/so-dang-ky.zip")],
        ["incident zip", await admin.get(`/alerts/${own!.things.alert}/incident.zip`)],
      ]
      for (const [name, answer] of files) {
        if (answer.status !== 200) problems.push(`${name}: ${answer.status}`)
        if (!/^attachment/.test(answer.headers.get("content-disposition") ?? "")) problems.push(`${name}: no attachment`)
        if (!answer.headers.get("content-type") || answer.headers.get("x-content-type-options") !== "nosniff") problems.push(`${name}: type`)
        if (!/default-src 'none'/.test(answer.headers.get("content-security-policy") ?? "")) problems.push(`${name}: CSP`)
        await answer.arrayBuffer()
      }
      const picture = await admin.get("/m/none.jpg")
      if (picture.status !== 404) problems.push("a picture that is none")
      return verdict(problems, `${files.length} kinds of files: attachment, nosniff, default-src 'none'; public pictures carry a sandbox policy (test/web/guard.test.ts)`)
    },
  },
]
