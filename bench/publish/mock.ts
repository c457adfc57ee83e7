/**
 * The other side of bench/publish, in a process of its own: portals with an ETag and two networks that answer after a fixed time.
 * It keeps the ground truth (what was posted how often) and hands it out at `/__truth`.
 *
 *   bun bench/publish/mock.ts FEEDS ITEMS DELAY_MS
 */
const [feeds = 119, items = 20, delayMs = 20] = process.argv.slice(2).map(Number)
const bornAt = Date.now()
let generation = 1
const feedCalls = { total: 0, conditional: 0, notModified: 0 }
const posts = new Map<string, { count: number; at: number }>()
const zaloArticles: { oa: string; id: string; title: string; at: number; body: unknown }[] = []
const tokens = new Map<string, string>()
let firstPostAt = 0
let lastPostAt = 0

function seen(account: string, url: string) {
  const key = `${account} ${url}`
  const known = posts.get(key)
  posts.set(key, { count: (known?.count ?? 0) + 1, at: Date.now() })
  firstPostAt ||= Date.now()
  lastPostAt = Date.now()
}
const later = <T>(answer: T): Promise<T> => new Promise((resolve) => setTimeout(() => resolve(answer), delayMs))
const json = (value: unknown) => new Response(JSON.stringify(value), { headers: { "content-type": "application/json" } })
const lastUrl = (text: string) => text.match(/https?:\/\/[^\s"\\]+/g)?.at(-1) ?? ""

function rss(portal: number, base: string): string {
  const list = Array.from({ length: items * generation }, (_, i) => i)
    .reverse()
    .slice(0, items)
    .map((i) => {
      const text = `Sáng nay, Ủy ban nhân dân phường số ${portal} tổ chức hội nghị đánh giá nhiệm vụ thứ ${i} và triển khai kế hoạch thời gian tới. `.repeat(4)
      return `<item><title>Tin ${i} của phường ${portal}: hội nghị triển khai nhiệm vụ ${i * 7919 + portal}</title><link>${base}/tin/${i}.html</link><guid isPermaLink="false">${portal}-${i}</guid><pubDate>${new Date(bornAt - 60_000 + i).toUTCString()}</pubDate><description><![CDATA[<p>${text}</p>]]></description></item>`
    })
  return `<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>Phường ${portal}</title><link>${base}/</link><description>Tin tức</description><language>vi</language>${list.join("")}</channel></rss>`
}

const portals = Array.from({ length: feeds }, (_, portal) => {
  const cache = new Map<number, { plain: Uint8Array<ArrayBuffer>; body: Uint8Array<ArrayBuffer>; etag: string }>()
  const server: Bun.Server<undefined> = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch(request): Response {
      const url = new URL(request.url)
      if (url.pathname !== "/rss") return new Response("not here", { status: 404 })
      feedCalls.total += 1
      let made = cache.get(generation)
      if (!made) {
        const plain = Buffer.from(rss(portal, `http://127.0.0.1:${server.port}`))
        cache.set(generation, (made = { plain, body: Bun.gzipSync(plain), etag: `"${portal}-${generation}"` }))
      }
      const asked = request.headers.get("if-none-match")
      if (asked) feedCalls.conditional += 1
      if (asked === made.etag) {
        feedCalls.notModified += 1
        return new Response(null, { status: 304, headers: { etag: made.etag } })
      }
      if (!/gzip/.test(request.headers.get("accept-encoding") ?? "")) return new Response(made.plain, { headers: { "content-type": "application/rss+xml; charset=utf-8", etag: made.etag } })
      return new Response(made.body, { headers: { "content-type": "application/rss+xml; charset=utf-8", "content-encoding": "gzip", etag: made.etag } })
    },
  })
  return `http://127.0.0.1:${server.port}/rss`
})

/** Portals that mean harm: each would hold a reader for long if it let itself be held. Bodies are made beforehand: the other side shall not be what is slow. */
const encode = new TextEncoder()
const xml = { headers: { "content-type": "application/rss+xml" } }
const channel = (inside: string) => Buffer.from(`<?xml version="1.0"?><rss version="2.0"><channel><title>x</title>${inside}`)
const drip = (everyMs: number, piece: Uint8Array) =>
  new ReadableStream({
    async start(out) {
      for (let i = 0; i < 20_000; i++) {
        try {
          out.enqueue(piece)
        } catch {
          return
        }
        await Bun.sleep(everyMs)
      }
    },
  })
const laughs = Array.from({ length: 9 }, (_, i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`).join("")
const fixed = (body: Uint8Array<ArrayBuffer>) => () => new Response(body, xml)
const harms: Record<string, (base: string) => Response | Promise<Response>> = {
  drip: () => new Response(drip(200, encode.encode(" ")), xml),
  hang: () => new Promise(() => undefined),
  endless: () => new Response(drip(0, endlessPiece), xml),
  bomb: () => new Response(bomb, { headers: { ...xml.headers, "content-encoding": "gzip" } }),
  deep: fixed(channel("<a>".repeat(1_000_000))),
  loop: (base) => Response.redirect(`${base}/${Math.random()}`, 302),
  laughs: fixed(Buffer.from(`<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY l0 "ha">${laughs}]><rss><channel><title>&l9;</title><item><title>&l9;</title><link>http://127.0.0.1/</link></item></channel></rss>`)),
  items: fixed(channel("<item><title>a</title></item>".repeat(200_000))),
  huge: fixed(channel(`<item><title>a</title><description>${"x &amp;lt;b&amp;gt; ".repeat(500_000)}</description></item></channel></rss>`)),
  "50mb": fixed(channel(`<item><title>a</title><description>${"x".repeat(50_000_000)}</description></item></channel></rss>`)),
}
const endlessPiece = encode.encode(`<rss><channel>${"<item><title>a</title>".repeat(2_000)}`)
const bomb = Bun.gzipSync(Buffer.alloc(300_000_000, " "))
const hostile = Object.fromEntries(
  Object.entries(harms).map(([kind, answer]) => {
    const server: Bun.Server<undefined> = Bun.serve({ port: 0, hostname: "127.0.0.1", idleTimeout: 120, fetch: () => answer(`http://127.0.0.1:${server.port}`) })
    return [kind, `http://127.0.0.1:${server.port}/rss`]
  }),
)

const networks = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  idleTimeout: 60,
  async fetch(request) {
    const url = new URL(request.url)
    const parts = url.pathname.split("/")
    if (url.pathname === "/__truth") {
      return json({ feedCalls, posts: [...posts].map(([key, { count }]) => ({ key, count })), firstPostAt, lastPostAt })
    }
    if (url.pathname === "/__reset") {
      posts.clear()
      zaloArticles.length = 0
      Object.assign(feedCalls, { total: 0, conditional: 0, notModified: 0 })
      firstPostAt = lastPostAt = 0
      return json({})
    }
    if (url.pathname === "/__next") {
      generation += 1
      return json({ generation })
    }
    // Zalo
    if (url.pathname === "/v2.0/oa/getoa") return json({ error: 0, data: { oaid: request.headers.get("access_token")!.split("-")[1], name: "OA" } })
    if (url.pathname === "/v2.0/article/create") {
      const body = (await request.json()) as { title: string; body: { content?: string }[] }
      const oa = request.headers.get("access_token")!.split("-")[1]!
      const token = `t${tokens.size + 1}`
      tokens.set(token, oa)
      zaloArticles.push({ oa, id: `a${token}`, title: body.title, at: Date.now(), body: body.body })
      seen(oa, lastUrl(body.body.at(-1)?.content ?? ""))
      return later(json({ error: 0, message: "Success", data: { token } }))
    }
    if (url.pathname === "/v2.0/article/verify") {
      const { token } = (await request.json()) as { token: string }
      return later(json({ error: 0, message: "Success", data: { id: `a${token}` } }))
    }
    if (url.pathname === "/v2.0/article/getslice") {
      const oa = request.headers.get("access_token")!.split("-")[1]!
      const own = zaloArticles.filter((article) => article.oa === oa).reverse()
      const offset = Number(url.searchParams.get("offset"))
      const medias = own.slice(offset, offset + 10).map(({ id, title, at }) => ({ id, type: "normal", title, status: "show", create_date: at, update_date: at, total_view: 0, total_share: 0 }))
      return json({ error: 0, message: "Success", data: { total: own.length, medias } })
    }
    if (url.pathname === "/v2.0/article/getdetail") {
      const article = zaloArticles.find((one) => one.id === url.searchParams.get("id"))
      return json({ error: 0, message: "Success", data: { id: article?.id, title: article?.title, body: article?.body } })
    }
    // Graph API
    if (parts.at(-1) === "debug_token") {
      const page = url.searchParams.get("input_token")!.split("-")[1]
      return json({ data: { app_id: "1", type: "PAGE", is_valid: true, profile_id: page, expires_at: 0, data_access_expires_at: 0, scopes: ["pages_manage_posts", "pages_read_engagement", "pages_show_list"] } })
    }
    if (request.method === "POST" && parts.at(-1) === "feed") {
      const page = parts.at(-2)!
      const text = await request.text()
      const type = request.headers.get("content-type") ?? ""
      const message = type.includes("json") ? (JSON.parse(text) as { message: string }).message : (new URLSearchParams(text).get("message") ?? "")
      seen(page, lastUrl(message))
      return later(json({ id: `${page}_${posts.size}`, permalink_url: `https://www.facebook.com/${page}/posts/${posts.size}`, created_time: "2026-11-24T02:00:04+0000" }))
    }
    if (parts.at(-1) === "published_posts") {
      const page = parts.at(-2)!
      const data = [...posts.keys()].filter((key) => key.startsWith(`${page} `)).map((key, i) => ({ id: `${page}_r${i}`, message: `Nguồn: ${key.split(" ")[1]}`, created_time: new Date().toISOString().replace(/\.\d+Z/, "+0000") }))
      return json({ data, paging: {} })
    }
    return json({ id: parts.at(-1), name: "Page" })
  },
})
process.stdout.write(`${JSON.stringify({ networks: `http://127.0.0.1:${networks.port}`, portals, hostile })}\n`)
