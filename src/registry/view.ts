/** The registry as everybody else sees it: checked, indexed, unchanging. A new version is a new object. */
import { idOf } from "../base/hash.ts"
import { publishingNetworks, type Account, type Feed, type NetworkName, type RecordedNetwork, type Unit } from "../model/unit.ts"
import type { Route } from "./routes.ts"

export interface Registry {
  /** 0 = nothing was ever applied. */
  readonly version: number
  /** The day (Vietnam) for which `feeds` and `livingUnits` were chosen. */
  readonly day: string
  /** Every unit, also those that ended: their names still count for the rules. */
  readonly units: readonly Unit[]
  readonly livingUnits: readonly Unit[]
  /** Every listed account of every unit, also recorded-only networks. */
  readonly accounts: readonly Account[]
  /** Feeds of living units. */
  readonly feeds: readonly Feed[]
  readonly routes: readonly Route[]
  /** Host names (lower case, without port) of all portals and feeds. */
  readonly ownHosts: ReadonlySet<string>
  /** By id or alias. */
  unitById(id: string): Unit | undefined
  accountById(id: string): Account | undefined
  accountByRemote(network: RecordedNetwork, remoteId: string): Account | undefined
  accountsOfUnit(unitId: string): readonly Account[]
  feedById(id: string): Feed | undefined
  feedsOfUnit(unitId: string): readonly Feed[]
  /** Own or government address: a portal of the registry, a host below one, or anything under gov.vn. */
  isOwnHost(host: string): boolean
}

export const feedId = (unitId: string, url: string) => idOf(unitId, url)

/** Does the unit exist on that day (EFF-4)? `begins` and `ends` are its first and last day. */
export const livesOn = (unit: Pick<Unit, "begins" | "ends">, day: string) => (!unit.begins || unit.begins <= day) && (!unit.ends || unit.ends >= day)

export const isPublishing = (network: RecordedNetwork): network is NetworkName => (publishingNetworks as readonly string[]).includes(network)

export const hostOf = (url: string) => new URL(url).hostname.toLowerCase()

export function createView(version: number, day: string, units: Unit[], routes: Route[]): Registry {
  const byId = new Map<string, Unit>()
  for (const unit of units) for (const id of [...unit.aliases, unit.id]) byId.set(id, unit)
  const accounts = units.flatMap((unit) => unit.accounts)
  const accountById = new Map(accounts.map((account) => [account.id, account]))
  const byRemote = new Map(accounts.flatMap((account) => (account.remoteId ? [[`${account.network}:${account.remoteId}`, account] as const] : [])))
  const livingUnits = units.filter((unit) => livesOn(unit, day))
  const feedsOf = new Map<string, Feed[]>()
  for (const unit of livingUnits) {
    const { portal } = unit
    if (portal) feedsOf.set(unit.id, portal.feeds.map((feed) => ({ ...feed, id: feedId(unit.id, feed.url), unitId: unit.id, portal })))
  }
  const feeds = [...feedsOf.values()].flat()
  const feedById = new Map(feeds.map((feed) => [feed.id, feed]))
  const ownHosts = new Set(units.flatMap((unit) => (unit.portal ? [unit.portal.url, ...unit.portal.feeds.map((feed) => feed.url)].map(hostOf) : [])))
  const isOwnHost = (host: string) => {
    const name = host.toLowerCase().replace(/\.$/, "")
    if (name === "gov.vn" || name.endsWith(".gov.vn")) return true
    for (let part = name; part; part = part.includes(".") ? part.slice(part.indexOf(".") + 1) : "") if (ownHosts.has(part)) return true
    return false
  }
  return {
    version,
    day,
    units,
    livingUnits,
    accounts,
    feeds,
    routes,
    ownHosts,
    unitById: (id) => byId.get(id),
    accountById: (id) => accountById.get(id),
    accountByRemote: (network, remoteId) => byRemote.get(`${network}:${remoteId}`),
    accountsOfUnit: (id) => byId.get(id)?.accounts ?? [],
    feedById: (id) => feedById.get(id),
    feedsOfUnit: (id) => feedsOf.get(byId.get(id)?.id ?? id) ?? [],
    isOwnHost,
  }
}
