export interface FeedTables {
  feed_state: FeedStateTable
  feed_hosts: { host: string; blocked_until: number; failures: number; reason: string }
}

export interface FeedStateTable {
  id: string
  unit_id: string
  /** JSON `Feed`: every process polls what the registry said last. */
  definition: string
  /** host:port, the unit of politeness. */
  host: string
  active: number
  due_at: number
  owner: string | null
  lease_until: number
  /** Where a permanent redirect led after repeated sightings; null = the address of the registry. */
  current_url: string | null
  moved_to: string | null
  moved_seen: number
  /** Validators are kept verbatim. */
  etag: string | null
  last_modified: string | null
  body_hash: string | null
  /** When the present validators were first used (dropped after 8 days). */
  validators_since: number | null
  /** Last unconditional answer. */
  full_at: number | null
  first_polled_at: number | null
  last_polled_at: number | null
  last_success_at: number | null
  last_changed_at: number | null
  failures: number
  last_status: number | null
  last_code: string | null
  last_reason: string | null
  /** Why polling ended for good (410); null = it goes on. */
  stopped: string | null
  quarantined: string | null
  quarantined_at: number | null
  quarantined_by: string | null
  /** JSON `FeedMemory` of feeds/. */
  memory: string
}
