/** The portals over HTTP: conditional feeds, article pages, pictures, and every way a portal can be broken. */
import { gzipSync } from "node:zlib"
import { sha256 } from "../../base/hash.ts"
import { sleep } from "../../base/runtime.ts"
import { answerCall, cutConnection } from "../faults.ts"
import type { PortalArticle } from "../types.ts"
import { count, type World } from "../world.ts"
import { hijackedDraft } from "./hijack.ts"
import type { Portal, Portals } from "./portals.ts"
import { httpDate, renderArticle, renderFeed, renderHome, renderIndex } from "./render.ts"

const html = (text: string, status = 200) => new Response(text, { status, headers: { "content-type": "text/html; charset=utf-8" } })
const maintenancePage = `<!doctype html><html lang="vi"><head><meta charset="utf-8"><title>Bảo trì hệ thống</title></head><body><h1>Hệ thống đang bảo trì</h1><p>Xin quý vị vui lòng quay lại sau.</p></body></html>`
const searchEngine = /googlebot|bingbot|coc_coc|yandex/i
const bombMegabytes = 300

interface Rendered {
  version: number
  bytes: Uint8Array
  zipped: Uint8Array
  type: string
  etag: string
}

export function createPortalHandler(world: World, portals: Portals): (request: Request) => Response | Promise<Response> {
  const rendered = new Map<string, Rendered>()
  let bomb: Uint8Array | null = null

  const shown = (portal: Portal): PortalArticle[] =>
    portal.articles.filter((article) => !article.withdrawn).sort((a, b) => b.date - a.date).slice(0, portal.settings.window)

  function render(portal: Portal): Rendered {
    const { id } = portal.unit
    const { settings } = portal
    const known = rendered.get(id)
    // Volatile identities, session ids and restamped dates change with every poll.
    const still = settings.identity !== "volatile_guid" && settings.form !== "liferay" && !settings.restamp
    if (known && still && known.version === portal.version) return known
    const { bytes, type } = renderFeed({
      unit: portal.unit,
      articles: shown(portal),
      settings,
      portalUrl: portals.url(id),
      feedUrl: portals.feedUrl(id),
      now: world.clock.now(),
      poll: portal.polls,
    })
    const fresh = { version: portal.version, bytes, type, zipped: gzipSync(bytes), etag: `"${sha256(bytes).slice(0, 16)}"` }
    rendered.set(id, fresh)
    return fresh
  }

  function answerFeed(portal: Portal, request: Request): Response {
    portal.polls++
    const { settings, unit } = portal
    if (settings.trouble !== "none" && settings.trouble !== "not_found_article") return troubled(portal)
    if (settings.cloak && searchEngine.test(request.headers.get("user-agent") ?? "")) return cloaked(portal)
    const feed = render(portal)
    const headers: Record<string, string> = { "content-type": feed.type, "last-modified": httpDate(portal.changed), vary: "accept-encoding" }
    if (settings.form === "nukeviet" || settings.never304) headers.expires = "Thu, 01 Jan 1970 00:00:00 GMT"
    else {
      headers.etag = feed.etag
      const same = request.headers.get("if-none-match")
      const since = request.headers.get("if-modified-since")
      if (same !== null ? same === feed.etag : since !== null && since === headers["last-modified"]) {
        count(world, "portal.feed.304", unit.id)
        return new Response(null, { status: 304, headers })
      }
    }
    if (!request.headers.get("accept-encoding")?.includes("gzip")) return new Response(feed.bytes as Uint8Array<ArrayBuffer>, { headers })
    headers["content-encoding"] = "gzip"
    return new Response(feed.zipped as Uint8Array<ArrayBuffer>, { headers })
  }

  /** A search engine sees what visitors do not (FEED-CLOAK). */
  function cloaked(portal: Portal): Response {
    const now = world.clock.now()
    const spam = Array.from({ length: 3 }, (_, i): PortalArticle => {
      const draft = hijackedDraft("gambling", i, now)
      return {
        ...shown(portal)[0]!,
        id: `cloak${i}`,
        title: draft.title!,
        summary: draft.summary!,
        body: draft.body!,
        links: draft.links!,
        guid: `cloak-${i}`,
        date: now,
        picture: null,
      }
    })
    const feed = renderFeed({
      unit: portal.unit,
      articles: spam,
      settings: portal.settings,
      portalUrl: portals.url(portal.unit.id),
      feedUrl: portals.feedUrl(portal.unit.id),
      now,
      poll: portal.polls,
    })
    return new Response(feed.bytes as Uint8Array<ArrayBuffer>, { headers: { "content-type": feed.type } })
  }

  function troubled(portal: Portal): Response {
    const { settings, unit } = portal
    const feedUrl = portals.feedUrl(unit.id)
    switch (settings.trouble) {
      case "maintenance":
        return html(maintenancePage)
      case "empty": {
        const feed = renderFeed({
          unit,
          articles: [],
          settings,
          portalUrl: portals.url(unit.id),
          feedUrl,
          now: world.clock.now(),
          poll: portal.polls,
        })
        return new Response(feed.bytes as Uint8Array<ArrayBuffer>, { headers: { "content-type": feed.type } })
      }
      case "301":
        return new Response(null, { status: 301, headers: { location: settings.movedTo ?? `${feedUrl}-moi` } })
      case "429":
        return new Response("Too many requests", { status: 429, headers: { "retry-after": String(settings.retryAfterSeconds) } })
      case "private_redirect":
        return new Response(null, { status: 302, headers: { location: settings.movedTo ?? "http://169.254.169.254/latest/meta-data/" } })
      case "redirect_loop":
        return new Response(null, { status: 302, headers: { location: feedUrl } })
      case "slow_drip":
        return slowDrip(render(portal))
      case "gzip_bomb":
        bomb ??= gzipSync(new Uint8Array(bombMegabytes * 1_048_576).fill(32))
        return new Response(bomb as Uint8Array<ArrayBuffer>, { headers: { "content-type": "text/xml", "content-encoding": "gzip" } })
      case "billion_laughs":
        return new Response(billionLaughs(), { headers: { "content-type": "text/xml; charset=utf-8" } })
      case "cut":
        return cutConnection()
      default:
        return html(`<h1>${settings.trouble}</h1>`, Number(settings.trouble) || 500)
    }
  }

  async function answer(portal: Portal, path: string, request: Request): Promise<Response> {
    const { unit, settings } = portal
    const portalUrl = portals.url(unit.id)
    if (path === "rss") return answerFeed(portal, request)
    // Where a 301 leads: the same feed, healthy.
    if (path === "rss-moi") {
      const { trouble } = settings
      settings.trouble = "none"
      const response = answerFeed(portal, request)
      settings.trouble = trouble
      return response
    }
    const links = settings.linksAccounts
      ? [...unit.accounts.flatMap((account) => (account.url ? [account.url] : [])), ...(world.ownLinks.get(unit.id) ?? [])]
      : []
    if (path === "") return html(renderHome(unit, shown(portal), portalUrl, portals.feedUrl(unit.id), links))
    if (path === "tin.json")
      return Response.json({
        total: shown(portal).length,
        items: shown(portal).map(({ id, title, summary, body, url, date, picture }) => ({
          id,
          title,
          summary,
          content: body.join("\n"),
          urlDetail: url,
          createdDate: new Date(date).toISOString(),
          picture,
        })),
      })
    const picture = /^anh\/([0-9a-f]+)\.jpg$/.exec(path)
    if (picture)
      return new Response((await world.pictures.press(picture[1]!)) as Uint8Array<ArrayBuffer>, {
        headers: { "content-type": "image/jpeg", "cache-control": "max-age=86400" },
      })
    const article = portals.article(/-([0-9a-f]{10})\.html$/.exec(path)?.[1] ?? "")
    if (!article || article.withdrawn || settings.trouble === "not_found_article") return html("<h1>Không tìm thấy trang</h1>", 404)
    return html(renderArticle(article, unit, portalUrl, links))
  }

  return (request) => {
    const [, unitId = "", ...rest] = new URL(request.url).pathname.split("/")
    if (unitId === "") {
      return html(
        renderIndex(
          [...portals.all.values()].map((portal) => ({ unit: portal.unit, url: portals.url(portal.unit.id), articles: portal.articles.length })),
        ),
      )
    }
    const portal = portals.all.get(decodeURIComponent(unitId))
    if (!portal) return html("<h1>Không có cổng này</h1>", 404)
    const path = rest.join("/")
    const on =
      path === "rss" || path === "rss-moi"
        ? "portal.feed"
        : path.startsWith("anh/")
          ? "portal.picture"
          : path === ""
            ? "portal.home"
            : "portal.article"
    count(world, on, portal.unit.id)
    const rule = world.faults.take({ on, names: [portal.unit.id] })
    return rule
      ? answerCall(
          rule,
          () => answer(portal, path, request),
          (fault, status) => html(fault.message ?? "<h1>Lỗi máy chủ</h1>", status || fault.code || 500),
        )
      : answer(portal, path, request)
  }
}

/** One byte now and then, for ever as far as any patient client is concerned. */
function slowDrip(feed: Rendered): Response {
  let at = 0
  let open = true
  return new Response(
    new ReadableStream({
      async pull(controller) {
        await sleep(250)
        if (!open) return
        if (at >= feed.bytes.length) return controller.close()
        controller.enqueue(feed.bytes.slice(at, ++at))
      },
      cancel() {
        open = false
      },
    }),
    { headers: { "content-type": feed.type } },
  )
}

function billionLaughs(): string {
  const levels = ["<!ENTITY l0 \"ha\">"]
  for (let i = 1; i < 10; i++) levels.push(`<!ENTITY l${i} "${`&l${i - 1};`.repeat(10)}">`)
  return `<?xml version="1.0"?><!DOCTYPE rss [${levels.join("")}]><rss version="2.0"><channel><title>&l9;</title><item><title>&l9;</title><link>https://example.invalid/</link></item></channel></rss>`
}
