/**
 * Insight metrics that live and those that died (contract 4.2, 4.3): data in `templates/reach/facebook-metrics.yaml`, because Meta retires
 * names twice a year. A name that dies meanwhile empties nothing but itself. Read once, when first needed by this process.
 */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { z } from "zod"
import { checkout } from "../../base/config.ts"
import { InvalidInputError } from "../../base/errors.ts"
import { parseYaml } from "../../base/yaml.ts"

const name = z.string().regex(/^[a-z][a-z0-9_]{2,100}$/, "a metric name of Meta")
const metric = z.strictObject({
  name,
  /** What it stands for in reports. */
  meaning: z.enum(["views", "reach", "engagement", "followers", "follows", "unfollows", "visits", "clicks", "video_views", "reactions", "activity"]),
  /** Unique people: never added over days or Pages. */
  unique: z.boolean().optional(),
})
export type MetricName = z.infer<typeof metric>
const once = (list: { name: string }[]) => new Set(list.map((entry) => entry.name)).size === list.length
const metricsFile = z.strictObject({
  page: z.array(metric).min(1).max(50).refine(once, "each name once"),
  post: z.array(metric).min(1).max(50).refine(once, "each name once"),
  dead: z.array(z.string().regex(/^[a-z][a-z0-9_]{2,100}\*?$/, "a metric name, `*` at its end for a family")).max(500),
})

const file = "reach/facebook-metrics.yaml"
export function readMetricNames(text: string): z.infer<typeof metricsFile> {
  const result = metricsFile.safeParse(parseYaml(text))
  if (result.success) return result.data
  throw new InvalidInputError(
    "templates",
    result.error.issues.map((issue) => ({ file, field: issue.path.join("."), found: "", expected: issue.message })),
  )
}

const { page, post, dead } = readMetricNames(readFileSync(join(checkout, "templates", file), "utf8"))
export const pageMetrics: MetricName[] = page
export const postMetrics: MetricName[] = post
export const isDeadMetric = (metric: string) => dead.some((entry) => (entry.endsWith("*") ? metric.startsWith(entry.slice(0, -1)) : metric === entry))
