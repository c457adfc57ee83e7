/** `templates/alerts/*.yaml`: who is told how, and what the watch allows. The office edits these; a mistake is refused with its place. */
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { z } from "zod"
import { checkout } from "../base/config.ts"
import { InvalidInputError, messageOf } from "../base/errors.ts"
import { parseYaml } from "../base/yaml.ts"
import { alertSeverities, quietHours } from "../model/index.ts"

const severity = z.enum(alertSeverities)
const watchFile = z.strictObject({
  allowedApps: z.array(z.strictObject({ id: z.string().regex(/^\d{1,32}$/, "a quoted app id"), name: z.string() })).max(200),
  expiryDays: z.number().min(1).max(365),
  expirySoonDays: z.number().min(1).max(365),
  silentWebhookDays: z.number().min(1).max(365),
  /** Accounts that advertise by plan. */
  advertisers: z.array(z.string().max(100)).max(1_000).default([]),
  /** Posts that wait this long because of a network's limits are told. */
  starvedHours: z.number().min(0.5).max(720).default(6),
  /** Pages that imitate a unit: when they are looked at again, until when a person must have acted, and what to do. */
  impersonation: z
    .strictObject({
      recheckDays: z.number().min(0.25).max(90),
      dueDays: z.strictObject({ critical: z.number().min(0.25), high: z.number().min(0.25), medium: z.number().min(0.25) }),
      todo: z.array(z.string().min(1).max(500)).max(20),
    })
    .prefault({ recheckDays: 7, dueDays: { critical: 1, high: 1, medium: 7 }, todo: [] }),
  /** Wrong passwords within a quarter of an hour, per account and per address. */
  loginFailures: z.strictObject({ account: z.number().int().min(3), address: z.number().int().min(3) }).prefault({ account: 8, address: 30 }),
})
export type WatchSettings = z.infer<typeof watchFile>

const kinds = z.array(z.string().regex(/^[a-z]+\.([a-z_]+|\*)$/, 'a kind like "page.lost" or "page.*"')).max(200)
const hours = z.number().min(0.25).max(720).nullable()
const channel = { enabled: z.boolean(), from: severity }
const channelsFile = z.strictObject({
  email: z.strictObject({ ...channel, to: z.array(z.email()).max(100), unitOwners: z.boolean() }),
  zaloGroup: z.strictObject({ ...channel, account: z.string().max(100), group: z.string().max(100) }),
  webhook: z.strictObject({ ...channel, url: z.union([z.literal(""), z.url({ protocol: /^https?$/ })]) }),
  zaloPersonal: z.strictObject({ ...channel, group: z.string().max(100), perDay: z.number().int().min(0).max(10) }),
  quietHours: z.union([z.literal(""), quietHours]),
  stormFrom: z.number().int().min(2).max(1_000),
  /** Messages an hour per channel; above it only critical ones go out at once, together. */
  perHour: z.number().int().min(1).max(1_000).default(12),
  police: z.strictObject({ to: z.array(z.email()).max(100), from: severity, kinds }).prefault({ to: [], from: "critical", kinds: [] }),
  escalation: z
    .array(
      z.strictObject({
        level: z.string().regex(/^[a-z][a-z-]{0,30}$/, "a short word a-z"),
        name: z.string().min(1).max(200),
        to: z.union([z.enum(["owners", "centre", "police"]), z.array(z.email()).max(100)]),
        kinds: kinds.optional(),
        hours: z.strictObject({ critical: hours, high: hours, medium: hours, low: hours }),
      }),
    )
    .max(10)
    .refine((levels) => new Set(levels.map((level) => level.level)).size === levels.length, "each level once"),
})
export type EscalationLevel = z.infer<typeof channelsFile>["escalation"][number]
export type ChannelSettings = z.infer<typeof channelsFile>

export const loadWatchSettings = (templatesDir: string): WatchSettings => load(templatesDir, "watch.yaml", watchFile)
export const loadChannelSettings = (templatesDir: string): ChannelSettings => load(templatesDir, "channels.yaml", channelsFile)

function load<Shape extends z.ZodType>(templatesDir: string, name: string, shape: Shape): z.infer<Shape> {
  const own = join(templatesDir, "alerts", name)
  const file = existsSync(own) ? own : join(checkout, "templates/alerts", name)
  let value: unknown
  try {
    value = parseYaml(readFileSync(file, "utf8"))
  } catch (error) {
    throw new InvalidInputError("templates", [{ file: `alerts/${name}`, field: "", found: messageOf(error), expected: "YAML" }])
  }
  const result = shape.safeParse(value)
  if (result.success) return result.data
  throw new InvalidInputError(
    "templates",
    result.error.issues.map((issue) => ({ file: `alerts/${name}`, field: issue.path.join("."), found: "", expected: issue.message })),
  )
}
