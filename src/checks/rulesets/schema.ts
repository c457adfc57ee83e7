/** What a plan says, as data (`accounts/rulesets/<id>.yaml`). A third plan is one more file in this form. */
import { z } from "zod"
import { recordedNetworks } from "../../model/unit.ts"

const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, "a date YYYY-MM-DD")
const text = z.string().trim().min(1)
const severity = z.enum(["advice", "violation", "impersonation-suspect"])

/** The levels the plans tell apart. */
export const levels = ["province_portal", "department", "commune", "district"] as const
export type Level = (typeof levels)[number]
const perLevel = <T extends z.ZodType>(value: T) => z.strictObject({ province_portal: value, department: value, commune: value, district: value })

/** rules.md 5.1: how far a name is from the expected one. */
export const nameClasses = ["E0", "E1", "E2", "E3", "E4", "E5"] as const
export type NameClass = (typeof nameClasses)[number]

const clause = z.strictObject({ where: text, quote: text })
const question = z.strictObject({ ask: text, default: text, choices: z.array(text).min(1) })
const phrases = z.array(text).max(2_000)

/** Word lists; a ruleset may replace single lists of `words.yaml`. */
export const wordsFile = z.strictObject({
  descriptors: phrases,
  authority: phrases,
  strongAuthority: phrases,
  portalForms: phrases,
  lures: phrases,
  /** Lures that are acts of an authority; must stand in `lures` too. */
  officialLures: phrases,
  lureEndings: phrases,
  notLures: phrases,
  organisations: phrases,
  organisationsAtStart: phrases,
  notOrganisations: phrases,
  coBodies: phrases,
  stateOrganisations: phrases,
  /** Bodies of the centre; with a lure they are no concern of another province but of everybody. */
  centralBodies: phrases,
  /** Words before "xã", "phường" … that make it no unit: xã hội, địa phương, hợp tác xã. */
  notKinds: phrases,
  kinds: z.array(z.strictObject({ kind: text, short: z.array(text) })).max(20),
})
export type WordsFile = z.infer<typeof wordsFile>

const nameRule = z.strictObject({
  rule: text,
  clause: text,
  severity: z.strictObject({ E1: severity, E2: severity, E3: severity, E4: severity, E5: severity }),
  /** May the name end in the true chain of parents (N9)? */
  suffix: z.boolean(),
  /** Other names are allowed (NAME-C2 to C4). */
  otherNames: z.boolean().default(false),
})
const imageRule = z.strictObject({
  rule: text,
  clause: text,
  severity,
  allowed: z.array(z.string().regex(/^(emblem|logo:[a-z0-9*-]+)$/, "emblem or logo:<id>")).min(1),
})

export const rulesetFile = z.strictObject({
  id: z.string().regex(/^[A-Z0-9][A-Za-z0-9-]{1,30}$/, "a short id like B2025"),
  title: text,
  /** How sentences call it, e.g. "Kế hoạch số 65/KH-UBND". */
  cite: text,
  number: text.nullable(),
  issuer: text,
  status: z.enum(["draft", "in_force"]),
  issued: day.nullable(),
  from: day,
  /** Last day of use; null = still in force. */
  until: day.nullable(),
  deadline: day,
  deadlineText: text,
  accounts: z.strictObject({
    min: z.number().int().min(0),
    max: z.number().int().min(1).nullable(),
    networks: z.array(z.enum(recordedNetworks)).min(1),
    encouraged: z.array(z.enum(recordedNetworks)),
    newUnitDays: z.number().int().min(0),
  }),
  clauses: z.record(z.string(), clause),
  names: perLevel(nameRule),
  images: perLevel(imageRule),
  contacts: z.strictObject({ identity: text, security: text }),
  questions: z.record(z.string().regex(/^Q\d+$/), question),
  /** Sentences by finding; `{…}` are filled in (see `sentences.ts`). */
  sentences: z.record(z.string(), text),
  words: wordsFile.partial().optional(),
})
export type RulesetFile = z.infer<typeof rulesetFile>

export const nameLimitsFile = z.strictObject({
  press: z.strictObject({ basis: text, words: phrases }),
  networks: z.record(
    z.string(),
    z.strictObject({ lengthMax: z.number().int().min(1), allCapitals: z.boolean(), symbols: z.boolean(), forbiddenWords: phrases, basis: text }),
  ),
})
export type NameLimits = z.infer<typeof nameLimitsFile>

export interface Ruleset extends Omit<RulesetFile, "words"> {
  words: WordsFile
}

