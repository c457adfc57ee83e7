/** A page as a person or a file names it: `loa alerts observe add`, `import`, and `accounts/observed/*.yaml`. Every mistake at once, with its place. */
import { z } from "zod"
import { InvalidInputError, messageOf, type Mistake } from "../base/errors.ts"
import { parseYaml } from "../base/yaml.ts"
import { recordedNetworks } from "../model/index.ts"

const entryShape = z.strictObject({
  url: z.url({ protocol: /^https?$/, error: "địa chỉ http(s) của trang" }).max(1_000),
  /** From the address when it is one of the network's own. */
  network: z.enum(recordedNetworks).optional(),
  name: z.string().trim().min(1, "tên trang như nhìn thấy").max(500),
  remoteId: z.string().regex(/^[0-9A-Za-z._-]{1,64}$/, "mã của trang, đặt trong ngoặc kép").optional(),
  handle: z.string().max(100).optional(),
  /** Unit that seems to be imitated. */
  unit: z.string().max(100).optional(),
  note: z.string().max(2_000).optional(),
  /** A picture file beside this one. */
  picture: z.string().max(300).optional(),
})
export type ObservedInput = z.infer<typeof entryShape> & { network: (typeof recordedNetworks)[number] }

const FILE_CHARS_MAX = 4_000_000
const ENTRIES_MAX = 5_000

const networkHosts: [ObservedInput["network"], RegExp][] = [
  ["facebook", /(^|\.)(facebook\.com|fb\.com|fb\.me)$/],
  ["zalo", /(^|\.)zalo\.me$/],
  ["youtube", /(^|\.)youtube\.com$/],
  ["tiktok", /(^|\.)tiktok\.com$/],
  ["instagram", /(^|\.)instagram\.com$/],
]
/** First parts of paths that name no page themselves. */
const passages = new Set(["pages", "people", "pg", "p", "channel", "c", "user", "s", "oa", "nhin"])

/** First parts of paths that lead to a post, a group or a function of the network, not to a page. */
const noPages = new Set([
  "groups",
  "share",
  "sharer",
  "sharer.php",
  "watch",
  "events",
  "photo",
  "photo.php",
  "story.php",
  "permalink.php",
  "reel",
  "login",
  "l.php",
  "profile.php",
])

/** What the address itself says: network, permanent id or handle. */
export function readAddress(address: string): { network: ObservedInput["network"] | null; remoteId: string | null; handle: string | null } {
  const url = new URL(address)
  const network = networkHosts.find(([, pattern]) => pattern.test(url.hostname.toLowerCase()))?.[0] ?? null
  const parts = url.pathname.split("/").filter(Boolean)
  const named = passages.has(parts[0] ?? "") ? parts.slice(1) : parts
  const id = url.searchParams.get("id") ?? named.find((part) => /^\d{5,}$/.test(part)) ?? /-(\d{5,})$/.exec(named[0] ?? "")?.[1] ?? null
  const handle = named[0] && !noPages.has(named[0]) && named[0] !== id ? named[0].replace(/^@/, "") : null
  return { network, remoteId: id && /^\d{5,64}$/.test(id) ? id : null, handle: handle && /^[\w.-]{1,100}$/.test(handle) ? handle : null }
}

/** Entries as written → pages, or every mistake. */
export function readObserved(entries: unknown, file: string, unitExists: (id: string) => boolean): ObservedInput[] {
  if (!Array.isArray(entries) || entries.length > ENTRIES_MAX) {
    const found = Array.isArray(entries) ? `${entries.length} mục` : typeof entries
    throw new InvalidInputError(file, [{ file, field: "tệp", found, expected: `một danh sách, nhiều nhất ${ENTRIES_MAX} mục` }])
  }
  const mistakes: Mistake[] = []
  const pages = entries.flatMap((entry, i): ObservedInput[] => {
    const wrong = (field: string, found: unknown, expected: string) =>
      void mistakes.push({ file, entry: `mục ${i + 1}`, field, found: found === undefined ? "(thiếu)" : String(found).slice(0, 120), expected })
    const parsed = entryShape.safeParse(entry)
    if (!parsed.success) {
      for (const issue of parsed.error.issues) {
        if (issue.code === "unrecognized_keys") wrong(issue.keys.join(", "), "trường lạ", Object.keys(entryShape.shape).join(", "))
        else wrong(issue.path.join("."), (entry as Record<string, unknown> | null)?.[String(issue.path[0])], issue.message)
      }
      return []
    }
    const address = readAddress(parsed.data.url)
    const network = parsed.data.network ?? address.network
    if (!network) wrong("network", "(thiếu)", recordedNetworks.join(" | "))
    if (network && address.network && network !== address.network) wrong("network", network, `${address.network}, như địa chỉ`)
    if (parsed.data.unit !== undefined && !unitExists(parsed.data.unit)) wrong("unit", parsed.data.unit, "mã một đơn vị trong sổ đăng ký")
    const remoteId = parsed.data.remoteId ?? address.remoteId ?? undefined
    const handle = parsed.data.handle ?? address.handle ?? undefined
    return network ? [{ ...parsed.data, network, ...(remoteId ? { remoteId } : {}), ...(handle ? { handle } : {}) }] : []
  })
  if (mistakes.length) throw new InvalidInputError(file, mistakes)
  return pages
}

/** Text of a YAML or JSON file. */
export function parseObserved(text: string, file: string, unitExists: (id: string) => boolean): ObservedInput[] {
  if (text.length > FILE_CHARS_MAX)
    throw new InvalidInputError(file, [{ file, field: "tệp", found: `${text.length} ký tự`, expected: `nhiều nhất ${FILE_CHARS_MAX}` }])
  let value: unknown
  try {
    value = parseYaml(text)
  } catch (error) {
    throw new InvalidInputError(file, [{ file, field: "tệp", found: messageOf(error).slice(0, 300), expected: "YAML hoặc JSON" }])
  }
  return readObserved(value ?? [], file, unitExists)
}
