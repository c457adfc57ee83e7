/** A unit of the registry and everything the `accounts/` files say about it (interface.md section 4). */
import { z } from "zod"

const isoDay = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, "a date YYYY-MM-DD")
const text = z.string().trim().min(1)
const url = z.url({ protocol: /^https?$/, error: "an http(s) address" })
export const slug = z.string().regex(/^[a-z0-9]+(?:[-.][a-z0-9]+)*$/, "a word of a-z, 0-9 and hyphens")

/** `commune` = xã, `ward` = phường. The last four exist only for units that ended before 2025-07-01. */
export const unitKinds = ["province_portal", "department", "commune", "ward", "district", "town", "city", "township"] as const
export type UnitKind = (typeof unitKinds)[number]

export const publishingNetworks = ["facebook", "zalo"] as const
export type NetworkName = (typeof publishingNetworks)[number]
export const recordedNetworks = [...publishingNetworks, "youtube", "tiktok", "instagram", "other"] as const
export type RecordedNetwork = (typeof recordedNetworks)[number]

export const identityStates = ["none", "pending", "verified", "refused", "expired"] as const

const selector = z.string().min(1).max(300)
/** How to read a portal that offers no RSS: an HTML list by CSS selectors, or a JSON list by dotted paths. */
export const feedAdapter = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("html"),
    item: selector,
    title: selector.optional(),
    link: selector.optional(),
    date: selector.optional(),
    summary: selector.optional(),
    picture: selector.optional(),
  }),
  z.strictObject({
    type: z.literal("json"),
    items: selector,
    title: selector,
    link: selector,
    id: selector.optional(),
    date: selector.optional(),
    summary: selector.optional(),
    content: selector.optional(),
    picture: selector.optional(),
  }),
])
export type FeedAdapter = z.infer<typeof feedAdapter>

export const feedFile = z.strictObject({
  url,
  language: z.string().regex(/^[a-z]{2}$/, "a two-letter language code").default("vi"),
  section: z.string().optional(),
  adapter: feedAdapter.optional(),
  /** Headers of a portal that refuses honest user agents; never a credential. */
  userAgent: z.string().max(300).optional(),
  /** PEM of an intermediate certificate that the portal forgets to send. */
  extraCa: z.string().optional(),
})
export type FeedFile = z.infer<typeof feedFile>

/** How Facebook posts of this portal look: with a link preview, with our own picture, or as text only. */
export const postModes = ["link", "photo_text", "text"] as const
export type PostMode = (typeof postModes)[number]

export const portalFile = z.strictObject({
  url,
  /** false = the address follows the pattern of the province and waits for the unit's confirmation. */
  confirmed: z.boolean().optional(),
  baselineHours: z.number().min(0).max(1_000_000).default(24),
  burstGuard: z.number().int().min(0).default(20),
  postMode: z.enum(postModes).default("photo_text"),
  /** What happens to posts when the portal changes or withdraws an article. */
  onEdit: z.enum(["update", "ask", "ignore"]).default("update"),
  onWithdraw: z.enum(["remove", "ask", "ignore"]).default("ask"),
  feeds: z.array(feedFile).max(50).default([]),
})
export type PortalFile = z.infer<typeof portalFile>

export const quietHours = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$/, 'a range like "22:00-06:00"')

export const accountFile = z.strictObject({
  id: slug,
  network: z.enum(recordedNetworks),
  /** Permanent platform id: the key. Absent until the platform gave one. */
  remoteId: z.string().regex(/^[0-9A-Za-z._-]{1,64}$/, "a quoted id").optional(),
  name: text.max(200),
  handle: z.string().max(100).optional(),
  url: url.optional(),
  /** `profile` and `group` cannot be published to (rule ACC-6). */
  kind: z.enum(["page", "oa", "profile", "group"]).optional(),
  main: z.boolean().optional(),
  publish: z.enum(["auto", "review", "off"]).default("auto"),
  languages: z.array(z.string().regex(/^[a-z]{2}$/)).default(["vi"]),
  pace: z
    .strictObject({ everyMinutes: z.number().min(0).max(10_080).default(10), perDay: z.number().int().min(0).max(10_000).default(12) })
    .prefault({}),
  quietHours: quietHours.optional(),
  identity: z
    .strictObject({
      status: z.enum(identityStates),
      basis: z.string().optional(),
      date: isoDay.optional(),
      until: isoDay.optional(),
      confirmedBy: z.array(z.string()).optional(),
    })
    .default({ status: "none" }),
  /** Written permission to publish although a rule is broken, with its end. `rules` empty = every rule. */
  waiver: z.strictObject({ reason: text, until: isoDay, rules: z.array(z.string()).default([]), basis: z.string().optional() }).optional(),
  legalBasis: z.string().optional(),
  admins: z.array(z.strictObject({ name: text, role: z.string().optional() })).optional(),
  paused: z.string().optional(),
})
export type AccountFile = z.infer<typeof accountFile>

export const person = z.strictObject({ name: z.string(), title: z.string().optional(), phone: z.string().optional(), email: z.string().optional() })

export const unitFile = z.strictObject({
  id: slug,
  /** Other ids of the same unit, e.g. the one a public dataset uses; unique among all ids. */
  aliases: z.array(slug).default([]),
  kind: z.enum(unitKinds),
  name: text.max(200),
  code: z.string().regex(/^\d{2,5}$/, "a quoted administrative code").optional(),
  abbr: z.string().optional(),
  nameVariants: z.array(text).default([]),
  formerNames: z.array(z.union([text, z.strictObject({ name: text, until: isoDay.optional() })])).default([]),
  /** Dated existence: rules judge a unit only between `begins` and `ends` (EFF-4). */
  begins: isoDay.optional(),
  ends: isoDay.optional(),
  successors: z.array(slug).default([]),
  formedFrom: z.array(text).default([]),
  /** Name of the district of a unit that ended, or province when it is not the registry's own. */
  parent: z.string().optional(),
  province: z.string().optional(),
  homonymsIn: z.array(text).default([]),
  /** Allowed avatar references: `emblem`, `logo:<id>`. Default by kind. */
  avatar: z.array(z.string()).optional(),
  owner: person.optional(),
  deputy: person.optional(),
  portal: portalFile.optional(),
  accounts: z.array(accountFile).max(50).default([]),
  note: z.string().optional(),
})
export type UnitFile = z.infer<typeof unitFile>

/** Stable id of a feed: the same unit and address are the same feed, whatever its position in the file. */
export interface Feed extends FeedFile {
  id: string
  unitId: string
  portal: PortalFile
}
export interface Account extends AccountFile {
  unitId: string
}
export interface Unit extends UnitFile {
  accounts: Account[]
}
