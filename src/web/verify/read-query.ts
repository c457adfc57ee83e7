/** What a citizen typed or scanned: a link of a network, an id, a handle or a name. Pure. */
import type { RecordedNetwork } from "../../model/index.ts"

export const QUERY_CHARS_MAX = 500

export type Query =
  /** Ids and handles a link may mean, most telling first. `null` network: any. */
  | { kind: "keys"; network: RecordedNetwork | null; keys: string[]; words: string | null }
  /** Our own verify page. */
  | { kind: "account"; id: string }
  /** An address that is no network's, e.g. a portal or an imitation of Facebook. */
  | { kind: "site"; host: string; address: string; imitates: RecordedNetwork | null }
  | { kind: "name"; text: string }
  | { kind: "empty" }

const hosts: [RecordedNetwork, RegExp][] = [
  ["facebook", /^(?:[a-z0-9-]+\.)?(?:facebook\.com|fb\.com|fb\.me)$/],
  ["zalo", /^(?:[a-z0-9-]+\.)?zalo\.me$/],
  ["youtube", /^(?:[a-z0-9-]+\.)?youtube\.com$/],
  ["tiktok", /^(?:[a-z0-9-]+\.)?tiktok\.com$/],
  ["instagram", /^(?:[a-z0-9-]+\.)?instagram\.com$/],
]
/** First parts of paths that name no account themselves. */
const passages = new Set(["pages", "people", "pg", "p", "profile", "channel", "c", "user", "s", "pc", "oa"])

export function readQuery(raw: string, publicUrl: string): Query {
  const text = raw.normalize("NFC").replace(/\s+/g, " ").trim().slice(0, QUERY_CHARS_MAX)
  if (!text) return { kind: "empty" }
  const url = asUrl(text)
  if (url) return readUrl(url, publicUrl)
  if (/^@[\w.-]{1,100}$/.test(text)) return { kind: "keys", network: null, keys: [text.slice(1)], words: null }
  if (/^[0-9A-Za-z][\w.-]{1,99}$/.test(text)) return { kind: "keys", network: null, keys: [text], words: text }
  return { kind: "name", text }
}

/** A link may come without its scheme; a lone word with a dot may as well be a handle, so it needs a path or `www.`. */
function asUrl(text: string): URL | null {
  const full = /^https?:\/\//i.test(text)
    ? text
    : /^(?:www\.)?[a-z0-9.-]+\.[a-z]{2,}(?::\d+)?\//i.test(text) || /^(?:www\.|m\.)?(?:facebook\.com|fb\.com|zalo\.me)\b/i.test(text)
      ? `https://${text}`
      : null
  if (!full) return null
  try {
    return new URL(full)
  } catch {
    return null
  }
}

function readUrl(url: URL, publicUrl: string): Query {
  const own = /^\/verify\/([a-z0-9.-]+)\/?$/.exec(url.pathname)
  if (own && url.origin === new URL(publicUrl).origin) return { kind: "account", id: own[1]! }
  const host = url.hostname.toLowerCase().replace(/\.$/, "")
  const network = hosts.find(([, pattern]) => pattern.test(host))?.[0]
  // "https://facebook.com@evil.example" leads to evil.example: URL parsing has seen to that; it is still worth a warning.
  if (!network) return { kind: "site", host, address: addressKey(url), imitates: imitated(host, url) }
  const parts = url.pathname.split("/").filter(Boolean).map(decode)
  const id = url.searchParams.get("id")
  if (network === "facebook" && parts[0] === "profile.php") return { kind: "keys", network, keys: id ? [id] : [], words: null }
  if (network === "facebook" && ["sharer", "sharer.php", "share", "groups", "events", "watch", "login", "l.php"].includes(parts[0] ?? ""))
    return { kind: "keys", network, keys: [], words: null }
  const named = passages.has(parts[0] ?? "") ? parts.slice(1) : parts.slice(0, 1)
  const keys = named.slice(0, 2).flatMap((part) => {
    const tail = /-(\d{5,})$/.exec(part)?.[1]
    return tail ? [tail, part] : [part.replace(/^@/, "")]
  })
  return {
    kind: "keys",
    network,
    keys: [...new Set([...(id ? [id] : []), ...keys.toSorted((a, b) => Number(/^\d{5,}$/.test(b)) - Number(/^\d{5,}$/.test(a)))])],
    words: named[0]?.replace(/[-._]+/g, " ") ?? null,
  }
}

/** Scheme, query and a last slash do not make another page. */
export const addressKey = (url: URL) => `${url.host.toLowerCase()}${url.pathname.replace(/\/+$/, "")}`

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** Digits and look-alike letters folded, "faceb00k" is "facebook"; a network's word inside a foreign host imitates it. */
function imitated(host: string, url: URL): RecordedNetwork | null {
  const folded = `${host} ${url.username}`.replace(/0/g, "o").replace(/[1|]/g, "l").replace(/[^a-z. ]/g, "")
  return /facebook|fbook|facebok/.test(folded) ? "facebook" : /zalo|zaio/.test(folded) ? "zalo" : null
}
