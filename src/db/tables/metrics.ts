export type StoredVerdict = "ok" | "dead" | "forbidden" | "too_small"

interface MetricValueColumns {
  /** NULL = the network gave no number, which is not 0. */
  value: number | null
  /** JSON Record<string, number> of a value that came in parts; `value` is their sum. */
  parts: string | null
  verdict: StoredVerdict
  code: string | null
  api_version: string
  fetched_at: number
}

export interface MetricTables {
  /** `day` = measured US Pacific day. */
  page_metrics: MetricValueColumns & { account_id: string; metric: string; day: string }
  metric_verdicts: { account_id: string; metric: string; verdict: StoredVerdict; code: string | null; checked_at: number }
  /** `age`: 1, 24, 72, 168 or 672 hours after the post was published. */
  post_metrics: MetricValueColumns & { delivery_id: string; age: number; metric: string; account_id: string; remote_id: string }
  article_counters: {
    account_id: string
    remote_id: string
    metric: string
    day: string
    total: number
    grown: number
    resets: number
    title: string
    fetched_at: number
  }
  followers: { account_id: string; day: string; value: number | null; taken_at: number; follows: number; unfollows: number }
}
