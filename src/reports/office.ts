/** The office's own settings (`templates/reports/office.yaml`, `calendar.yaml`): names, signer, measures, dates. Data, not code. */
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { z } from "zod"
import { checkout } from "../base/config.ts"
import { InvalidInputError } from "../base/errors.ts"
import { DAY } from "../base/clock.ts"
import { fromIsoDate, isoDate, isoWeekday } from "../base/time.ts"
import { parseYaml } from "../base/yaml.ts"
import { reportKinds } from "./period.ts"
import { reportFormats } from "./store.ts"
import type { WorkCalendar } from "./workdays.ts"

const day = z.string().refine((text) => !Number.isNaN(fromIsoDate(text)), "a date YYYY-MM-DD")
const text = z.string().trim().min(1).max(300)
const between = (min: number, max: number) => z.number().min(min).max(max)

const addresses = z.array(z.email()).max(100)

export const officeFile = z.strictObject({
  superior: text,
  issuer: text,
  issuerName: text,
  place: text,
  signer: z.strictObject({ authority: z.string().max(100), title: text }),
  draftMark: text,
  contact: text,
  deadline: day,
  graceDays: z.number().int().min(0).max(1_000),
  reminders: z.strictObject({
    everyWorkdays: z.number().int().min(1).max(60),
    escalateAfter: z.number().int().min(1).max(20),
    repeatWorkdays: z.number().int().min(1).max(250),
    /** false = letters are made and wait for a person to send and note them. */
    mail: z.boolean(),
    superior: text,
    superiorRecipients: addresses,
  }),
  /** When the timetable makes reports: time of day in Vietnam; the weekly one from this weekday on (1 = Monday). */
  schedule: z.strictObject({ weekday: z.number().int().min(1).max(7), time: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time like "07:00"') }),
  monthDays: z.enum(["15-14", "calendar"]),
  /** G2 of the scoring table: a month without petitions. `ask` = a person decides, `scale` = the rest is also shown scaled to 100. */
  noPetitions: z.enum(["ask", "scale"]),
  mail: z.strictObject({
    weekly: addresses,
    monthly: addresses,
    quarterly: addresses,
    scoring: addresses,
    branches: z
      .array(z.strictObject({ levels: z.array(z.enum(["province", "department", "commune", "ward"])).min(1), recipients: addresses }))
      .max(50),
    /** Reports of which every unit gets its own page. */
    unitPages: z.array(z.enum(reportKinds)),
    /** Files of the whole report that are attached. */
    formats: z.array(z.enum(reportFormats)).min(1),
  }),
  /** The ranges of Decree 30/2020/NĐ-CP, Appendix I: a value outside them is refused. */
  page: z.strictObject({
    marginTop: between(20, 25),
    marginBottom: between(20, 25),
    marginLeft: between(30, 35),
    marginRight: between(15, 20),
    body: between(13, 14),
    heading: between(12, 13),
    small: between(11, 12),
    table: between(9, 14),
    pageNumber: between(13, 14),
    indent: between(10, 12.7),
    spaceAfter: between(6, 12),
  }),
})
export type Office = z.infer<typeof officeFile> & { calendar: WorkCalendar }

const calendarFile = z.strictObject({
  days_off: z.array(
    z.strictObject({
      date: day.optional(),
      from: day.optional(),
      to: day.optional(),
      name: text,
      status: z.enum(["confirmed", "known", "computed", "unconfirmed"]),
      enabled: z.boolean().default(true),
    }),
  ),
  worked_saturdays: z.array(day),
})

/** The file in `LOA_TEMPLATES`, or the one of the checkout where the office keeps none. */
export function templatePath(templatesDir: string, name: string): string {
  const own = join(templatesDir, name)
  return existsSync(own) ? own : join(checkout, "templates", name)
}

function readYaml<T>(path: string, schema: z.ZodType<T>): T {
  let value: unknown
  try {
    value = parseYaml(readFileSync(path, "utf8"))
  } catch (error) {
    throw new InvalidInputError("report settings", [
      { file: path, field: "YAML", found: error instanceof Error ? error.message.split("\n")[0]! : "unreadable", expected: "a YAML file" },
    ])
  }
  const result = schema.safeParse(value)
  if (result.success) return result.data
  throw new InvalidInputError(
    "report settings",
    result.error.issues.map((issue) => ({
      file: path,
      field: issue.path.join("."),
      found: String(valueAt(value, issue.path) ?? "nothing"),
      expected: issue.message,
    })),
  )
}
const valueAt = (value: unknown, path: PropertyKey[]): unknown =>
  path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], value)

export function loadOffice(templatesDir: string): Office {
  const office = readYaml(templatePath(templatesDir, "reports/office.yaml"), officeFile)
  return { ...office, calendar: loadCalendar(templatesDir) }
}

export function loadCalendar(templatesDir: string): WorkCalendar {
  const years = readYaml(templatePath(templatesDir, "reports/calendar.yaml"), z.record(z.string(), calendarFile))
  const daysOff = new Set<string>()
  const workedSaturdays = new Set<string>()
  for (const year of Object.values(years)) {
    for (const saturday of year.worked_saturdays) workedSaturdays.add(saturday)
    for (const entry of year.days_off) {
      const first = entry.date ?? entry.from
      if (!entry.enabled || !first) continue
      const last = fromIsoDate(entry.date ?? entry.to ?? first)
      for (let at = fromIsoDate(first); at <= last; at += DAY) if (isoWeekday(at) <= 5) daysOff.add(isoDate(at))
    }
  }
  return { daysOff, workedSaturdays }
}
