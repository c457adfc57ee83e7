/** Addresses as the world writes them: which may be reached, and which of them mean the same page. */
import ipaddr from "ipaddr.js"

/**
 * Only global unicast counts as public. Lists of bad ranges forget some (CGNAT, benchmarking, NAT64: CVE-2026-50131),
 * and an IPv4 address inside an IPv6 one is judged as the IPv4 address it is.
 */
export function isPublicAddress(ip: string): boolean {
  return ipaddr.isValid(ip) && ipaddr.process(ip).range() === "unicast"
}

/** May the fetcher connect to `ip`, to which `host` resolved? `allowPrivate` holds hosts, addresses and CIDR ranges. */
export function addressAllowed(ip: string, host: string, allowPrivate: readonly string[]): boolean {
  if (allowPrivate.includes(host)) return true
  if (!ipaddr.isValid(ip)) return false
  const address = ipaddr.process(ip)
  if (address.range() === "unicast") return true
  return allowPrivate.some((entry) => {
    if (entry.includes("/")) {
      const [range, bits] = ipaddr.parseCIDR(entry)
      return range.kind() === address.kind() && address.match(range as never, bits)
    }
    return ipaddr.isValid(entry) && ipaddr.process(entry).toString() === address.toString()
  })
}

/** Host names that can only mean this machine or its network, before any resolution. */
const localName = /(?:^|\.)(?:localhost|local|internal|intranet|lan|home|corp)\.?$/i

/** An http(s) address that a reader on the internet could open; null otherwise. */
export function readableUrl(address: string | URL, allowPrivate: readonly string[] = []): URL | null {
  const url = typeof address === "string" ? URL.parse(address) : address
  if (!url || url.href.length > 2_000) return null
  if ((url.protocol !== "http:" && url.protocol !== "https:") || url.username || url.password || !url.hostname) return null
  const host = url.hostname.replace(/^\[|\]$/g, "")
  // A host name that the URL parser left with a letter in its last part is no IPv4 address.
  if ((host.includes(":") || /\d\.?$/.test(host)) && ipaddr.isValid(host)) return addressAllowed(host, host, allowPrivate) ? url : null
  return localName.test(host) && !allowPrivate.includes(host) ? null : url
}

const session = /^(?:jsessionid|phpsessid|aspsessionid\w*|sessionid|session_id|sid|s_id|cfid|cftoken|zenid|oscsid)$/i
const tracking =
  /^(?:utm_\w+|fbclid|gclid|dclid|gbraid|wbraid|msclkid|yclid|zarsrc|zclid|igshid|mc_[ce]id|_ga|_gl|ref_src|spm|vero_id|mkt_tok|cmpid|at_medium|at_campaign|p_p_auth|doasuserid)$/i
const returnAddress = /^(?:redirect|_?\w*_redirect|backurl|_\w*_backurl|returnurl|return_to|p_l_back_url)$/i

/** Fragments that name no part of the content. Others are kept: some feeds put all their items on one page. */
const noise = /^#(?:$|xtor=|utm_|:~:|comments?$|respond$|top$)/i

/** Is the value of `sid` a session (long and mixed), or a number that names the page? */
const looksRandom = (value: string) => value.length >= 12 && !/^\d+$/.test(value)

/**
 * The address without what changes between two readings of one page: session ids, tracking and return parameters,
 * fragments that say nothing, the default port. Still opens the same page at the same place.
 */
export function canonicalUrl(url: URL): string {
  if (!url.search && !url.hash && !url.pathname.includes(";")) return url.href.replace(/\?$/, "")
  const clean = new URL(url)
  clean.pathname = clean.pathname.replace(/;(?:jsessionid|sid|phpsessid)=[^/;]*/gi, "")
  if (noise.test(clean.hash)) clean.hash = ""
  if (clean.search) {
    // Parameters are cut out of the text as it is: rewriting the rest could change what an old server understands.
    const kept = clean.search
      .slice(1)
      .split("&")
      .filter((pair) => {
        const [name = "", value = ""] = pair.split("=", 2)
        if (tracking.test(name) || returnAddress.test(name)) return false
        return !(session.test(name) && (!/^s_?id$/i.test(name) || looksRandom(value)))
      })
      .map((pair) => pair.replace(/(?:;|%3B)jsessionid(?:=|%3D)[^&]*/i, ""))
      .filter(Boolean)
    clean.search = kept.length ? `?${kept.join("&")}` : ""
  }
  return clean.href.replace(/\?$/, "")
}

/** One key for all spellings of one page: scheme, `www.`, letter case of the host, index files, last slash, order of parameters, fragment (unless it is a route). */
export function urlKey(canonical: string): string {
  const url = URL.parse(canonical)
  if (!url) return canonical
  const path = url.pathname
    .replace(/\/(?:index|default)\.(?:html?|php|aspx?|jsp)$/i, "/")
    .replace(/\/+$/, "")
    .replace(/%[0-9a-f]{2}/g, (code) => code.toUpperCase())
  const search = url.search.slice(1).split("&").filter(Boolean).sort().join("&")
  const port = url.port ? `:${url.port}` : ""
  return `${url.hostname.replace(/^www\./, "")}${port}${path}${search ? `?${search}` : ""}${/^#!?\//.test(url.hash) ? url.hash : ""}`
}
