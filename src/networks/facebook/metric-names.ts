/** Insight metrics that live (contract 4.3), as data: a name that dies is struck here, and meanwhile empties nothing but itself. */
export interface MetricName {
  name: string
  /** What it stands for in reports. */
  meaning: "views" | "reach" | "engagement" | "followers" | "follows" | "unfollows" | "visits" | "clicks" | "video_views" | "reactions" | "activity"
  /** Unique people: never added over days or Pages. */
  unique?: boolean
}

export const pageMetrics: MetricName[] = [
  { name: "page_media_view", meaning: "views" },
  { name: "page_total_media_view_unique", meaning: "reach", unique: true },
  { name: "page_post_engagements", meaning: "engagement" },
  { name: "page_follows", meaning: "followers" },
  { name: "page_daily_follows", meaning: "follows" },
  { name: "page_daily_unfollows_unique", meaning: "unfollows", unique: true },
  { name: "page_views_total", meaning: "visits" },
  { name: "page_video_views", meaning: "video_views" },
  { name: "page_actions_post_reactions_total", meaning: "reactions" },
]

export const postMetrics: MetricName[] = [
  { name: "post_media_view", meaning: "views" },
  { name: "post_total_media_view_unique", meaning: "reach", unique: true },
  { name: "post_clicks", meaning: "clicks" },
  { name: "post_reactions_by_type_total", meaning: "reactions" },
  { name: "post_activity_by_action_type", meaning: "activity" },
]

/** Dead since 2024, 2025-11-15 and 2026-06-15 (contract 4.2): never requested, whoever asks. `*` ends a family. */
const dead = [
  "page_fan*", "page_impressions*", "page_posts_impressions*", "page_posts_served_impressions*", "page_engaged_users", "page_consumptions*", "page_negative_feedback*",
  "page_positive_feedback*", "page_content_activity*", "page_views", "page_views_unique", "page_views_external_referrals", "page_video_views_10s*", "page_video_views_unique",
  "page_tab_views_*", "page_uploaded_*", "post_impressions*", "post_engaged_*", "post_clicks_unique", "post_negative_feedback*", "post_activity", "post_activity_unique",
  "post_video_views_10s*", "post_video_views_unique", "total_video_impressions*",
]
export const isDeadMetric = (name: string) => dead.some((entry) => (entry.endsWith("*") ? name.startsWith(entry.slice(0, -1)) : name === entry))
