/** The portals' articles and settings: what editors (and intruders) do. The HTTP side is server.ts. */
import { DAY } from "../../base/clock.ts"
import type { UnitFile } from "../../model/index.ts"
import { newsOf, pastMoment } from "../news.ts"
import { hashOf, hexOf } from "../random.ts"
import type { ArticleDraft, HijackKind, PortalArticle, PortalSettings } from "../types.ts"
import type { World } from "../world.ts"
import { hijackedDraft } from "./hijack.ts"

export interface Portal {
  unit: UnitFile
  settings: PortalSettings
  /** Newest first. */
  articles: PortalArticle[]
  /** How many were ever written: numbers the next one. */
  written: number
  /** Last change of what the feed shows (UTC ms); the feed's Last-Modified. */
  changed: number
  /** Rises with every change; the feed's ETag. */
  version: number
  polls: number
}

const settingsDefault: PortalSettings = {
  form: "standard", trouble: "none", identity: "stable", restamp: false, never304: false, cloak: false, linksAccounts: true,
  window: 30, ttlMinutes: null, retryAfterSeconds: 600, movedTo: null,
}

export interface Portals {
  readonly all: Map<string, Portal>
  url(unitId: string): string
  feedUrl(unitId: string): string
  get(unitId: string): Portal
  article(articleId: string): PortalArticle | undefined
  publish(unitId: string, draft?: ArticleDraft): PortalArticle
  edit(articleId: string, change: ArticleDraft): PortalArticle
  withdraw(articleId: string): void
  set(unitId: string, settings: Partial<PortalSettings>, silently?: boolean): void
  hijack(unitId: string, kind: HijackKind, count?: number): PortalArticle[]
  /** What the journal remembers of a portal. */
  restore(kind: string, value: unknown): void
  /** The articles a portal starts with. */
  fill(recent: number, older: number): void
}

export function createPortals(
  world: World,
  units: UnitFile[],
  silentPortals: Set<string>,
  withPictures: boolean,
  urlOf: (unitId: string) => string,
): Portals {
  const all = new Map<string, Portal>()
  for (const unit of units) {
    if (!unit.portal) continue
    const settings = { ...settingsDefault, linksAccounts: !silentPortals.has(unit.id) }
    all.set(unit.id, { unit, settings, articles: [], written: 0, changed: world.clock.now(), version: 1, polls: 0 })
  }
  const byId = new Map<string, PortalArticle>()
  const get = (unitId: string) => {
    const portal = all.get(unitId)
    if (!portal) throw new Error(`the rehearsal has no portal of "${unitId}"`)
    return portal
  }
  const known = (articleId: string) => {
    const article = byId.get(articleId)
    if (!article) throw new Error(`the rehearsal has no article "${articleId}"`)
    return article
  }
  const touch = (portal: Portal) => {
    portal.version++
    portal.changed = world.clock.now()
  }
  const keep = (article: PortalArticle) => {
    const portal = all.get(article.unitId)
    if (!portal) return
    const there = portal.articles.findIndex((other) => other.id === article.id)
    if (there >= 0) portal.articles[there] = article
    else portal.articles.unshift(article)
    byId.set(article.id, article)
    touch(portal)
  }
  const slugOf = (title: string) =>
    title
      .toLowerCase()
      .replaceAll("đ", "d")
      .normalize("NFD")
      .replace(/[\u0300-\u036f]/g, "")
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^-+|-+$/g, "")
      .slice(0, 70)

  function write(unitId: string, draft: ArticleDraft = {}): PortalArticle {
    const portal = get(unitId)
    const index = portal.written++
    const now = world.clock.now()
    const date = draft.date ?? now
    const news = newsOf(world.seed, portal.unit, index, date)
    const id = hexOf(world.seed, `article ${unitId} ${index}`, 10)
    const title = draft.title ?? news.title
    const pictured = draft.picture ?? (withPictures && hashOf(world.seed, id) % 10 !== 0)
    const article: PortalArticle = {
      id,
      unitId,
      url: draft.url ?? `${urlOf(unitId)}tin-tuc/${slugOf(title) || "bai-viet"}-${id}.html`,
      title,
      summary: draft.summary ?? news.summary,
      body: draft.body ?? news.body,
      section: draft.section ?? news.section,
      html: draft.html ?? "",
      links: draft.links ?? [],
      date,
      updated: now,
      guid: draft.guid ?? `${unitId}-${id}`,
      picture: typeof pictured === "string" ? pictured : pictured ? `${urlOf(unitId)}anh/${id}.jpg` : null,
      withdrawn: false,
    }
    keep(article)
    return article
  }
  function publish(unitId: string, draft?: ArticleDraft): PortalArticle {
    const article = write(unitId, draft)
    world.journal.write("article", article)
    return article
  }

  return {
    all,
    url: urlOf,
    feedUrl: (unitId) => `${urlOf(unitId)}rss`,
    get,
    article: (articleId) => byId.get(articleId),
    publish,
    edit(articleId, change) {
      const old = known(articleId)
      const { picture, ...words } = change
      const article: PortalArticle = { ...old, ...words, updated: world.clock.now() }
      if (typeof picture === "string") article.picture = picture
      else if (picture === false) article.picture = null
      keep(article)
      world.journal.write("article", article)
      return article
    },
    withdraw(articleId) {
      const article = { ...known(articleId), withdrawn: true }
      keep(article)
      world.journal.write("article", article)
    },
    set(unitId, settings, silently = false) {
      const portal = get(unitId)
      Object.assign(portal.settings, settings)
      touch(portal)
      if (!silently) world.journal.write("portal", { unit: unitId, settings })
    },
    hijack(unitId, kind, count = kind === "burst" ? 200 : kind === "night" ? 5 : 3) {
      const portal = get(unitId)
      if (kind === "burst") portal.settings.window = Math.max(portal.settings.window, count)
      return Array.from({ length: count }, (_, i) => publish(unitId, hijackedDraft(kind, i, world.clock.now())))
    },
    restore(kind, value) {
      if (kind === "article") {
        const article = value as PortalArticle
        const portal = all.get(article.unitId)
        if (portal && !byId.has(article.id)) portal.written++
        keep(article)
      } else if (kind === "portal") {
        const { unit, settings } = value as { unit: string; settings: Partial<PortalSettings> }
        if (all.has(unit)) this.set(unit, settings, true)
      }
    },
    fill(recent, older) {
      const now = world.clock.now()
      for (const unitId of all.keys()) {
        for (let i = older - 1; i >= 0; i--) publish(unitId, { date: now - (2 + i) * DAY })
        for (let i = recent - 1; i >= 0; i--) publish(unitId, { date: pastMoment(world.seed, unitId, i, now) })
      }
    },
  }
}
