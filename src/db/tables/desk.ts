import type { AlertSeverity } from "../../model/alert.ts"

export interface DeskTables {
  post_edits: {
    id: string
    delivery_id: string
    at: number
    actor: string
    /** Of the article: edits of an older wording no longer stand in the post. */
    article_version: number
    /** JSON PostContent. */
    before: string
    after: string
  }
  emergency_posts: {
    id: string
    /** draft → waiting (for the second person) → sent; or dropped. */
    state: "draft" | "waiting" | "sent" | "dropped"
    /** The unit that speaks. */
    unit_id: string
    title: string
    body: string
    url: string
    /** JSON `EmergencyTargets`. */
    targets: string
    /** JSON string[] of account ids, fixed when it was confirmed. */
    accounts: string
    author: string
    created_at: number
    updated_at: number
    confirmed_by: string | null
    confirmed_at: number | null
    article_id: string | null
    reason: string | null
  }
  import_drafts: { id: string; file_name: string; actor: string; at: number; /** JSON RegistryUpdate[]. */ updates: string }
  alert_silences: { key: string; severity: AlertSeverity; until: number; why: string; actor: string; at: number }
}
