/** The article's own page, asked only when needed: its og:image, and whether it still exists. */
import { Tokenizer } from "htmlparser2"
import { readableUrl } from "../base/address.ts"
import { FetchFailure, type SafeFetch } from "../base/safe-fetch.ts"

const pageLimits = { maxBytes: 2_000_000, timeoutMs: 15_000, redirectsMax: 5 } as const

/** Addresses of pictures that the head of a page names, best first; at most 300,000 characters are read. */
export function headPictures(html: string, pageUrl: string): string[] {
  const source = html.slice(0, 300_000)
  const found: { rank: number; address: string }[] = []
  let tag = ""
  let attribute = ""
  let value = ""
  let attributes: Record<string, string> = {}
  const ranks: Record<string, number> = {
    "og:image:secure_url": 0,
    "og:image": 0,
    "og:image:url": 0,
    "twitter:image": 1,
    "twitter:image:src": 1,
    image: 2,
    image_src: 3,
  }
  const open = () => {
    const name = attributes.property ?? attributes.name ?? attributes.itemprop ?? attributes.rel ?? ""
    const address = attributes.content ?? attributes.href
    const rank = ranks[name.toLowerCase()]
    if ((tag === "meta" || tag === "link") && rank !== undefined && address?.trim()) found.push({ rank, address: address.trim() })
  }
  const tokenizer = new Tokenizer(
    { decodeEntities: true },
    {
      ontext: () => undefined,
      ontextentity: () => undefined,
      onopentagname(start, end) {
        tag = source.slice(start, end).toLowerCase()
        attributes = {}
        if (tag === "body") tokenizer.pause()
      },
      onattribname: (start, end) => void ((attribute = source.slice(start, end).toLowerCase()), (value = "")),
      onattribdata: (start, end) => void (value += source.slice(start, end)),
      onattribentity: (code) => void (value += String.fromCodePoint(code)),
      onattribend: () => void (attributes[attribute] ??= value),
      onopentagend: open,
      onselfclosingtag: open,
      onclosetag: () => undefined,
      oncdata: () => undefined,
      oncomment: () => undefined,
      ondeclaration: () => undefined,
      onprocessinginstruction: () => undefined,
      onend: () => undefined,
    },
  )
  tokenizer.write(source)
  return found.sort((a, b) => a.rank - b.rank).flatMap(({ address }) => (URL.canParse(address, pageUrl) ? [new URL(address, pageUrl).href] : []))
}

/** Throws `FetchFailure` when the page cannot be had. */
export async function pagePictures(safeFetch: SafeFetch, url: string, signal?: AbortSignal): Promise<string[]> {
  if (!readableUrl(url, [new URL(url).hostname])) return []
  const answer = await safeFetch(url, {
    ...pageLimits,
    connectTimeoutMs: 8_000,
    accept: "text/html,application/xhtml+xml;q=0.9,*/*;q=0.5",
    ...(signal ? { signal } : {}),
  })
  if (answer.status !== 200 || !/html|^$/i.test(answer.headers.get("content-type") ?? "")) return []
  return headPictures(new TextDecoder().decode(answer.body), answer.url)
}

/** Two answers mean gone: 404 and 410. Everything else, front pages after a redirect included, proves nothing. */
export async function probePage(safeFetch: SafeFetch, url: string, signal?: AbortSignal): Promise<"gone" | "there" | "unclear"> {
  try {
    const answer = await safeFetch(url, { ...pageLimits, ...(signal ? { signal } : {}) })
    if (answer.status === 404 || answer.status === 410) return "gone"
    return answer.status === 200 && answer.redirects.length === 0 ? "there" : "unclear"
  } catch (error) {
    if (error instanceof FetchFailure) return "unclear"
    throw error
  }
}
