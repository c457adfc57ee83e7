/** What was seen of an account and handed to the rules; every field may be missing, and what is missing accuses nobody. */
import type { Profile } from "../../model/network.ts"
import type { Account, Unit } from "../../model/unit.ts"
import type { ImageVerdict } from "../images/index.ts"

export interface Observation {
  seenAt: number
  /** False: the network says the account is gone. */
  reachable: boolean
  profile: Profile | null
  avatarSha256: string | null
  image: ImageVerdict | null
  links: LinkProof | null
  /** The observation before this one, for changes (VER-4). */
  before: { name: string | null; avatarSha256: string | null; category: string | null } | null
}

/** Two-way proof: null = nobody looked yet. */
export interface LinkProof {
  portalLinksToAccount: boolean | null
  accountLinksToPortal: boolean | null
}

export interface Waiver {
  accountId: string
  /** Empty = every rule. */
  rules: readonly string[]
  reason: string
  /** Last day, YYYY-MM-DD. */
  until: string
}
export const waiverCovers = (waivers: readonly Waiver[], accountId: string, rule: string, day: string) =>
  waivers.some((waiver) => waiver.accountId === accountId && waiver.until >= day && (waiver.rules.length === 0 || waiver.rules.includes(rule)))

export const waiversOfFile = (account: Account): Waiver[] =>
  account.waiver ? [{ accountId: account.id, rules: account.waiver.rules, reason: account.waiver.reason, until: account.waiver.until }] : []

interface Address {
  host: string
  path: string
}
const trimmed = (path: string) => path.replace(/\/+$/, "").toLowerCase()

/** Addresses in running text: full ones, and bare host names as people write them. */
function addressesIn(text: string): Address[] {
  const full = [...text.matchAll(/https?:\/\/[^\s<>"]+/gi)].flatMap(([found]): Address[] => (URL.canParse(found) ? [addressOf(new URL(found))] : []))
  const bare = [...text.matchAll(/(?<![\w@/.-])((?:[a-z0-9-]+\.)+[a-z]{2,})(\/[^\s<>"]*)?/gi)].map(([, host, path]): Address => ({
    host: withoutWww(host!),
    path: trimmed(path ?? ""),
  }))
  return [...full, ...bare]
}
const withoutWww = (host: string) => host.toLowerCase().replace(/^www\./, "")
const addressOf = (url: URL): Address => ({ host: withoutWww(url.hostname), path: trimmed(url.pathname) })

/** Does the profile name the portal (website, about, description)? Of portals that share a host, the path tells. null when the unit has no portal or nothing was read. */
export function accountLinksToPortal(profile: Profile | null, unit: Unit): boolean | null {
  if (!profile || !unit.portal || !URL.canParse(unit.portal.url)) return null
  const portal = addressOf(new URL(unit.portal.url))
  const named = addressesIn([profile.website, profile.about, profile.description].filter(Boolean).join(" "))
  return named.some(({ host, path }) => host === portal.host && (path === portal.path || path.startsWith(`${portal.path}/`)))
}

/** Does a page of the portal link to the account, by id or by handle? */
export function pageLinksToAccount(html: string, account: Account): boolean {
  const keys = [account.remoteId, account.handle].filter((key): key is string => !!key).map((key) => key.toLowerCase())
  const hosts = account.network === "facebook" ? /^(?:[a-z-]+\.)?(?:facebook\.com|fb\.com|fb\.me)$/ : /^(?:[a-z-]+\.)?zalo\.me$/
  for (const [, href] of html.slice(0, 5_000_000).matchAll(/href\s*=\s*["']?([^"'\s>]+)/gi)) {
    const text = href!.replaceAll("&amp;", "&")
    if (!URL.canParse(text)) continue
    const url = new URL(text)
    if (account.url && text === account.url) return true
    if (!hosts.test(url.hostname.toLowerCase())) continue
    if (
      account.url &&
      URL.canParse(account.url) &&
      url.pathname.replace(/\/+$/, "") === new URL(account.url).pathname.replace(/\/+$/, "") &&
      url.pathname.length > 1
    )
      return true
    const parts = [...url.pathname.split("/"), url.searchParams.get("id") ?? ""].map((part) => part.toLowerCase())
    if (keys.some((key) => parts.includes(key))) return true
  }
  return false
}
