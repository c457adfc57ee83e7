export interface RegistryTables {
  registry_snapshots: {
    sequence: number
    day: string
    made_at: number
    sha256: string
    previous: string | null
    key_id: string
    signature: string
    content: string
  }
  /** `secret` = sealed PKCS#8; AAD `snapshot-key:<id>:v1`. */
  registry_keys: { slot: number; key_id: string; public_key: string; secret: string; created_at: number }
  registry_head: { id: number; version: number; folder_hash: string }
  registry_versions: {
    version: number
    at: number
    actor: string
    /** `files` or `desk` (web, CLI, import). */
    source: string
    folder_hash: string
    /** JSON of the files (entries as written); null when the version only added overrides. */
    content: string | null
    summary: string
  }
  registry_overrides: {
    kind: "unit" | "account"
    id: string
    /** A field of the unit or account; "*" = an account that no file lists yet; "-" = an account taken off the list. */
    field: string
    unit_id: string
    /** JSON; `null` = the field is removed. */
    value: string
    /** JSON of what the files said when it was changed. */
    base: string
    at: number
    actor: string
    reason: string | null
  }
  registry_accounts: {
    id: string
    unit_id: string
    network: string
    remote_id: string | null
    name: string
    handle: string | null
    listed_at: number
    ended_at: number | null
  }
  account_history: {
    id: string
    account_id: string
    network: string
    remote_id: string | null
    /** name | handle | picture | remoteId | unit | identity */
    field: string
    value: string
    since: number
    until: number | null
    actor: string
  }
  unit_events: {
    id: string
    unit_id: string
    /** listed | unlisted | begins | ends | merged | renamed | successor */
    kind: string
    /** Day from which it holds, YYYY-MM-DD. */
    day: string
    detail: string
    at: number
    actor: string
  }
}
