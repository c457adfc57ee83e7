/**
 * Reads `rulesets/` and `gazetteer.yaml` of the registry folder. A file the office has not got is taken from the built-in
 * `accounts/`, so an office may keep only what it changed. Every mistake of every file is reported at once.
 */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs"
import { basename, join } from "node:path"
import type { z } from "zod"
import { checkout } from "../../base/config.ts"
import { InvalidInputError, type Mistake } from "../../base/errors.ts"
import { exactYaml, quickYaml } from "../../base/yaml.ts"
import { buildGazetteer, gazetteerFile, type Gazetteer } from "../names/gazetteer.ts"
import { nameLimitsFile, rulesetFile, wordsFile, type NameLimits, type Ruleset } from "./schema.ts"

export interface Rules {
  /** By start, oldest first. */
  rulesets: readonly Ruleset[]
  gazetteer: Gazetteer
  nameLimits: NameLimits
}

const fileBytesMax = 2_000_000
const shared = ["words.yaml", "name-limits.yaml"]

/** The rules of `folder` (LOA_REGISTRY), completed by the built-in ones. Throws InvalidInputError with every mistake. */
export function loadRules(folder: string, builtIn = join(checkout, "accounts")): Rules {
  const mistakes: Mistake[] = []
  const own = (name: string) => (existsSync(join(folder, name)) ? join(folder, name) : join(builtIn, name))
  const words = readYaml(own("rulesets/words.yaml"), wordsFile, mistakes)
  const nameLimits = readYaml(own("rulesets/name-limits.yaml"), nameLimitsFile, mistakes)
  const facts = readYaml(own("gazetteer.yaml"), gazetteerFile, mistakes)

  const listed = (dir: string) => (existsSync(dir) ? readdirSync(dir).filter((name) => /\.ya?ml$/.test(name) && !shared.includes(name)) : [])
  const ownFiles = listed(join(folder, "rulesets"))
  const files = ownFiles.length
    ? ownFiles.map((name) => join(folder, "rulesets", name))
    : listed(join(builtIn, "rulesets")).map((name) => join(builtIn, "rulesets", name))
  const rulesets: Ruleset[] = []
  for (const file of files.sort()) {
    const read = readYaml(file, rulesetFile, mistakes)
    if (!read) continue
    const wrong = (field: string, found: string, expected: string) => void mistakes.push({ file, entry: read.id, field, found, expected })
    if (basename(file).replace(/\.ya?ml$/, "") !== read.id) wrong("id", read.id, `the name of the file: ${basename(file).replace(/\.ya?ml$/, "")}`)
    if (read.until !== null && read.until < read.from) wrong("until", read.until, `a day not before ${read.from}`)
    for (const key of requiredClauses) if (!read.clauses[key]) wrong(`clauses.${key}`, "nothing", "where and quote of the clause")
    for (const [level, rule] of [...Object.entries(read.names), ...Object.entries(read.images)]) {
      if (!read.clauses[rule.clause]) wrong(`${level}.clause`, rule.clause, `one of ${Object.keys(read.clauses).join(", ")}`)
    }
    for (const [id, { default: value, choices }] of Object.entries(read.questions))
      if (!choices.includes(value)) wrong(`questions.${id}.default`, value, `one of ${choices.join(", ")}`)
    for (const key of requiredSentences) if (!read.sentences[key]) wrong(`sentences.${key}`, "nothing", "a sentence")
    if (words) rulesets.push({ ...read, words: { ...words, ...read.words } })
  }
  if (!rulesets.length && !mistakes.length)
    mistakes.push({ file: join(folder, "rulesets"), field: "rulesets", found: "no file", expected: "at least one ruleset" })
  rulesets.sort((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0))
  if (mistakes.length || !facts || !nameLimits) throw new InvalidInputError("rulesets", mistakes)
  return { rulesets, gazetteer: buildGazetteer(facts), nameLimits }
}

export const requiredClauses = ["accounts", "identity", "security", "deadline", "owner"]
const requiredSentences = [
  "rename",
  "obsolete",
  "otherBody",
  "impersonation",
  "askPerson",
  "missing",
  "missingPending",
  "missingNew",
  "tooMany",
  "overMaximum",
  "notAPage",
  "unreachable",
  "notVerified",
  "verificationExpired",
  "badge",
  "twoPersons",
  "waiverExpired",
  "noRemoteId",
  "changed",
  "imageMissing",
  "imageWrong",
  "imageUnknown",
  "imageSmall",
  "imageFrame",
  "legalBasis",
  "oneAdmin",
  "noOwner",
  "noDeputy",
  "portalNoLink",
  "accountNoLink",
  "forceRequired",
  "forceEncouraged",
]

function readYaml<T extends z.ZodType>(file: string, schema: T, mistakes: Mistake[]): z.infer<T> | null {
  let text: string
  try {
    if (statSync(file).size > fileBytesMax) throw new Error(`larger than ${fileBytesMax} bytes`)
    text = readFileSync(file, "utf8")
  } catch (error) {
    mistakes.push({ file, field: "file", found: error instanceof Error ? error.message : "unreadable", expected: "a readable YAML file" })
    return null
  }
  const value = quickYaml(text) ?? readExactly(file, text, mistakes)
  if (value === undefined) return null
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  for (const issue of parsed.error.issues) {
    const at = issue.path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown> | undefined)?.[key], value)
    mistakes.push({
      file,
      field: issue.path.join(".") || "file",
      found: at === undefined ? "nothing" : JSON.stringify(at).slice(0, 80),
      expected: issue.message,
    })
  }
  return null
}

function readExactly(file: string, text: string, mistakes: Mistake[]): unknown {
  const document = exactYaml().parseDocument(text, { prettyErrors: true })
  for (const error of document.errors)
    mistakes.push({ file, field: `line ${error.linePos?.[0].line ?? "?"}`, found: error.message.split("\n")[0]!, expected: "valid YAML" })
  if (document.errors.length) return undefined
  try {
    return document.toJS({ maxAliasCount: 50 })
  } catch (error) {
    mistakes.push({ file, field: "file", found: error instanceof Error ? error.message : "unreadable", expected: "YAML without runaway aliases" })
    return undefined
  }
}
