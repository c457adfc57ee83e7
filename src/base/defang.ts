/**
 * Social networks turn every domain in running text into a link, also `evil.top` without http. Outside domains are
 * therefore written `evil[.]top` before anything is published or shown in an alert (safety.md 3.1, 5).
 */
import { parse } from "tldts"

const dot = "[.。．｡]"
const label = "[\\p{L}\\p{N}](?:[\\p{L}\\p{N}\\p{M}_-]{0,62})"
/** A whole address with scheme, or a bare domain that is neither part of a longer word nor of an e-mail address. */
const candidate = new RegExp(
  `(?:https?|ftp)://[^\\s<>"“”]+|(?<![\\p{L}\\p{N}\\p{M}@_-]|${dot})${label}(?:${dot}${label})+(?![\\p{L}\\p{N}\\p{M}_-]|@)(?:[:/][^\\s<>"“”]*)?`,
  "giu",
)

const strike = (address: string) =>
  address
    .replace(/(?<![\p{L}])(?:https?|ftp)(?=:\/\/)/giu, (scheme) => (/^ftp$/i.test(scheme) ? "fxp" : scheme.toLowerCase().replace("tt", "xx")))
    .replace(/(?<=[^\s[])[.。．｡](?=[^\s\].])/gu, "[.]")

/** "kết thúc.Nhân dân": a full stop without a space, which a capital after a small letter gives away. */
const missingSpace = /^(.*\p{Ll})\.(\p{Lu}\p{Ll}*)$/su

function hostOf(address: string): string | null {
  try {
    return new URL(address).hostname.toLowerCase()
  } catch {
    return null
  }
}

/** Breaks every domain for which `isOwn(host)` is false; own addresses, e-mail addresses and everything else stay. Idempotent. */
export function defangDomains(text: string, isOwn: (host: string) => boolean): string {
  return text.replace(candidate, (found) => {
    if (/^(?:https?|ftp):\/\//i.test(found)) {
      const host = hostOf(found)
      return host && isOwn(host) ? found : strike(found)
    }
    const host = hostOf(`http://${found}`)
    if (!host) return found // no address that anything could link to
    const { isIcann, isIp } = parse(host, { allowPrivateDomains: false })
    if (isIp || !isIcann || isOwn(host)) return found
    const sentence = missingSpace.exec(found)
    if (sentence && !/[.。．｡]/.test(sentence[1]!)) return `${sentence[1]}. ${sentence[2]}`
    return strike(found)
  })
}
