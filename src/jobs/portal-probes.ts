/**
 * A polite look at each portal for the scoring tables (Plan 65, Phụ lục 1 and 2): links to the public-service portals and to the other
 * portals, a search box, a print control. What is seen is proof; what is not seen proves nothing and stays with a person.
 */
import { Parser } from "htmlparser2"
import type { Rooms } from "../app.ts"
import { DAY, SECOND } from "../base/clock.ts"
import { messageOf } from "../base/errors.ts"
import { isoDate, vnDate } from "../base/time.ts"
import { inTransaction, type Db } from "../db/index.ts"
import type { Unit } from "../model/index.ts"
import { livesOn } from "../registry/index.ts"
import { loadScoring, type ScoreEvidence } from "../reports/index.ts"

const PAGE_BYTES_MAX = 2_000_000
const EVERY_MS = 7 * DAY
/** Portals a round; a round an hour, so that nobody is asked in a storm. */
const AT_MOST = 20

export interface PageFacts {
  /** Hosts that the page links to. */
  hosts: Set<string>
  search: boolean
  print: boolean
}
const searchName = /^(q|s|k|query|keyword|keywords|search|searchword|tukhoa|tu_khoa|key)$/i
const printWords = /^(in|in bài|in bài viết|in trang|in tin|bản in|in ấn)$/i

export function readPage(html: string, address: string): PageFacts {
  const facts: PageFacts = { hosts: new Set(), search: false, print: false }
  let inControl = false
  let words = ""
  const parser = new Parser({
    onopentag(name, attributes) {
      if (name === "a" && attributes.href && URL.canParse(attributes.href, address)) {
        const { protocol, host } = new URL(attributes.href, address)
        if (protocol === "http:" || protocol === "https:") facts.hosts.add(host.replace(/^www\./, ""))
      }
      if (name === "input" && (attributes.type?.toLowerCase() === "search" || searchName.test(attributes.name ?? ""))) facts.search = true
      if (/\bprint\s*\(/.test(`${attributes.onclick ?? ""} ${attributes.href ?? ""}`)) facts.print = true
      if (name === "a" || name === "button") {
        inControl = true
        words = attributes.title ?? ""
      }
    },
    ontext(text) {
      if (inControl) words += ` ${text}`
    },
    onclosetag(name) {
      if (name !== "a" && name !== "button") return
      if (printWords.test(words.trim().replace(/\s+/g, " "))) facts.print = true
      inControl = false
    },
  })
  parser.end(html)
  return facts
}

/** What the pages prove for one unit. `portals`: hosts of all portals of the province but its own. */
export function judgePages(
  home: PageFacts,
  article: PageFacts | null,
  day: string,
  portals: readonly string[],
  services: readonly string[],
): Omit<ScoreEvidence, "unitId">[] {
  const linked = portals.filter((host) => home.hosts.has(host))
  const found = services.filter((host) => home.hosts.has(host))
  const seen = (signal: string, present: boolean, items: number, proof: string) => ({
    signal,
    items,
    proof: `${proof} (xem ngày ${day})`,
    ...(present ? { present } : {}),
  })
  return [
    seen(
      "links",
      portals.length > 0 && linked.length === portals.length,
      linked.length,
      `trang chủ liên kết tới ${linked.length}/${portals.length} cổng khác của tỉnh`,
    ),
    seen(
      "public_services",
      services.length > 0 && found.length === services.length,
      found.length,
      found.length ? `trang chủ liên kết tới ${found.join(", ")}` : "trang chủ chưa thấy liên kết tới Cổng Dịch vụ công",
    ),
    // A box is no proof that it finds anything: a person tries it.
    seen(
      "search",
      false,
      home.search ? 1 : 0,
      home.search ? "trang chủ có ô tìm kiếm, cần thử tìm ba tin gần đây" : "trang chủ chưa thấy ô tìm kiếm",
    ),
    ...(article ? [seen("print", article.print, article.print ? 1 : 0, article.print ? "trang tin có nút in" : "trang tin chưa thấy nút in")] : []),
  ]
}

/** Looks at the portals that were not looked at for a week, some each time. */
export async function probePortals(rooms: Rooms, signal: AbortSignal): Promise<number> {
  const { db, clock, log, config } = rooms
  const now = clock.now()
  const fresh = new Set(
    (
      await db
        .selectFrom("portal_probes")
        .select("unit_id")
        .distinct()
        .where("at", ">", now - EVERY_MS)
        .execute()
    ).map((row) => row.unit_id),
  )
  const living = rooms.view().units.filter((unit) => unit.portal && livesOn(unit, isoDate(now)))
  const services = loadScoring(config.templatesDir).publicServiceHosts
  let looked = 0
  for (const unit of living.filter((entry) => !fresh.has(entry.id)).slice(0, AT_MOST)) {
    if (signal.aborted) break
    // Links of a page to its own host are no links to others.
    const portals = living.flatMap((other) => (hostOf(other) === hostOf(unit) ? [] : [hostOf(other)]))
    try {
      await keep(
        rooms,
        unit,
        judgePages(
          await look(rooms, unit.portal!.url, signal),
          await lookAtArticle(rooms, unit, signal),
          vnDate(now),
          [...new Set(portals)],
          services,
        ),
      )
      looked += 1
    } catch (error) {
      log.info("a portal could not be looked at for the scoring tables", { unit: unit.id, error: messageOf(error) })
      await keep(rooms, unit, [{ signal: "unreachable", items: 0, proof: `không mở được trang chủ ngày ${vnDate(now)}` }])
    }
  }
  return looked
}

const hostOf = (unit: Unit) => new URL(unit.portal!.url).host.replace(/^www\./, "")

async function look(rooms: Rooms, url: string, signal: AbortSignal): Promise<PageFacts> {
  const answer = await rooms.safeFetch(url, { maxBytes: PAGE_BYTES_MAX, timeoutMs: 20 * SECOND, redirectsMax: 5, accept: "text/html", signal })
  if (answer.status !== 200) throw new Error(`status ${answer.status}`)
  return readPage(new TextDecoder().decode(answer.body), answer.url)
}

async function lookAtArticle(rooms: Rooms, unit: Unit, signal: AbortSignal): Promise<PageFacts | null> {
  const row = await rooms.db
    .selectFrom("articles")
    .select("url")
    .where("unit_id", "=", unit.id)
    .where("state", "=", "routed")
    .orderBy("first_seen_at", "desc")
    .limit(1)
    .executeTakeFirst()
  return row ? look(rooms, row.url, signal).catch(() => null) : null
}

async function keep({ db, clock }: Rooms, unit: Unit, found: Omit<ScoreEvidence, "unitId">[]): Promise<void> {
  const at = clock.now()
  await inTransaction(db, async (tx) => {
    for (const { signal, present, items, proof } of found) {
      const row = { unit_id: unit.id, signal, day: isoDate(at), at, present: present ? 1 : 0, items: items ?? 0, proof }
      await tx
        .insertInto("portal_probes")
        .values(row)
        .onConflict((conflict) => conflict.columns(["unit_id", "signal", "day"]).doUpdateSet({ at, present: row.present, items: row.items, proof }))
        .execute()
    }
  })
}

/** The newest look of the period, per unit and signal. */
export async function probedEvidence(db: Db, from: number, to: number): Promise<ScoreEvidence[]> {
  const rows = await db
    .selectFrom("portal_probes")
    .selectAll()
    .where("at", ">=", from)
    .where("at", "<", to)
    .where("signal", "!=", "unreachable")
    .orderBy("at")
    .execute()
  const newest = new Map(rows.map((row) => [`${row.unit_id} ${row.signal}`, row]))
  // `items` would be read as a count of articles; a look only says whether the thing is there.
  return [...newest.values()].map((row) => ({
    unitId: row.unit_id,
    signal: row.signal,
    proof: row.proof,
    ...(Number(row.present) ? { present: true } : {}),
  }))
}
