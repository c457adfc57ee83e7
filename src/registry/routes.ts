/**
 * `accounts/routes.yaml`: which articles go to more accounts than those of their own unit. Pure: (article, registry) -> accounts.
 * A language never reaches an account that does not list it (S29).
 */
import { z } from "zod"
import type { Article } from "../model/article.ts"
import { slug, unitKinds, type Account } from "../model/unit.ts"
import { isPublishing, livesOn, type Registry } from "./view.ts"

const words = z.array(z.string().trim().min(1).max(200)).max(200)

export const routeFile = z.strictObject({
  id: slug,
  enabled: z.boolean().default(true),
  /** Everything named here must hold; within one list any entry is enough. */
  when: z
    .strictObject({
      sections: words.optional(),
      keywords: words.optional(),
      units: z.array(slug).max(500).optional(),
      unitKinds: z.array(z.enum(unitKinds)).optional(),
      emergency: z.boolean().optional(),
    })
    .refine((when) => Object.values(when).some((value) => value !== undefined), { error: "at least one condition" }),
  to: z
    .strictObject({
      /** Every living unit. */
      all: z.boolean().default(false),
      units: z.array(slug).max(500).default([]),
      unitKinds: z.array(z.enum(unitKinds)).default([]),
      accounts: z.array(slug).max(1_000).default([]),
    })
    .refine((to) => to.all || to.units.length || to.unitKinds.length || to.accounts.length, { error: "at least one target" }),
  /** The post is marked as leadership news (templates may say so). */
  leadership: z.boolean().default(false),
  note: z.string().optional(),
})
export type Route = z.infer<typeof routeFile>

/** Case, spaces and Unicode form do not matter; diacritics do. */
const plain = (text: string) => text.normalize("NFC").toLowerCase().replace(/\s+/g, " ").trim()
const hasWord = (text: string, word: string) => {
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    const before = text[at - 1] ?? " "
    const after = text[at + word.length] ?? " "
    if (!/[\p{L}\p{N}]/u.test(before) && !/[\p{L}\p{N}]/u.test(after)) return true
  }
  return false
}

type Routed = Pick<Article, "unitId" | "title" | "summary" | "section" | "categories" | "language" | "emergency">

export function routeMatches(route: Route, article: Routed, registry: Registry): boolean {
  const { when } = route
  if (!route.enabled) return false
  const unit = registry.unitById(article.unitId)
  if (when.units && !when.units.some((id) => registry.unitById(id) === unit)) return false
  if (when.unitKinds && !(unit && when.unitKinds.includes(unit.kind))) return false
  if (when.emergency !== undefined && when.emergency !== article.emergency) return false
  if (when.sections) {
    const sections = [article.section ?? "", ...article.categories].map(plain)
    if (!when.sections.some((section) => sections.includes(plain(section)))) return false
  }
  if (when.keywords) {
    const text = plain(`${article.title}\n${article.summary}`)
    if (!when.keywords.some((word) => hasWord(text, plain(word)))) return false
  }
  return true
}

/** The accounts an article is routed to, own unit first, each once; accounts that are `off` and units that ended are left out. */
export function routesFor(article: Routed, registry: Registry): Account[] {
  const chosen = new Map<string, Account>()
  const add = (account: Account) => {
    const unit = registry.unitById(account.unitId)
    if (!isPublishing(account.network) || account.publish === "off" || !account.languages.includes(article.language)) return
    if (unit && livesOn(unit, registry.day)) chosen.set(account.id, account)
  }
  registry.accountsOfUnit(article.unitId).forEach(add)
  for (const { to } of registry.routes.filter((route) => routeMatches(route, article, registry))) {
    for (const unit of registry.livingUnits) {
      if (to.all || to.unitKinds.includes(unit.kind) || to.units.some((id) => registry.unitById(id) === unit)) unit.accounts.forEach(add)
    }
    for (const id of to.accounts) {
      const account = registry.accountById(id)
      if (account) add(account)
    }
  }
  return [...chosen.values()]
}

/** Is it leadership news by one of the routes? */
export const isLeadership = (article: Routed, registry: Registry): boolean =>
  registry.routes.some((route) => route.leadership && routeMatches(route, article, registry))
