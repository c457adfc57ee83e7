/**
 * Who may go where: the written matrix of routes and roles (ASVS 5.0 V8.1). It is the second book of a double entry: handlers ask for
 * permissions themselves, and test/web/roles.test.ts walks every route as every role and compares. A route that is not written here
 * fails that test, so nothing is open by accident.
 */
import { roles, type Role } from "./roles.ts"

export interface MatrixRow {
  /** "GET /units/:id" as the router has it. */
  route: string
  /** Fields that choose among several deeds behind one address. */
  form?: Record<string, string>
  /** `anyone`: no log-in asked. `machine`: keys or signatures, see the API document; a person's session opens nothing. */
  who: "anyone" | "machine" | readonly Role[]
}

const everybody = roles
const province = roles.filter((role) => role !== "unit_official")
const editing: Role[] = ["province_admin", "approver", "editor"]
const admin: Role[] = ["province_admin"]
const approving: Role[] = ["province_admin", "approver"]
const auditing: Role[] = ["province_admin", "watcher", "auditor"]
const alerting: Role[] = [...editing, "watcher"]
const correcting: Role[] = [...editing, "unit_official"]
const pausing: Role[] = [...alerting, "unit_official"]

const rows = (who: MatrixRow["who"], ...routes: string[]): MatrixRow[] => routes.map((route) => ({ route, who }))
const deeds = (route: string, table: Record<string, readonly Role[]>, rest: Record<string, string> = {}): MatrixRow[] =>
  Object.entries(table).map(([what, who]) => ({ route, form: { do: what, ...rest }, who }))

export const matrix: readonly MatrixRow[] = [
  ...rows("anyone", "GET /healthz", "GET /readyz", "GET /m/:name{[0-9a-f]{64}\\.jpg}", "GET /static/:file", "GET /verify", "GET /verify/:account"),
  ...rows(
    "anyone",
    "GET /feeds/leadership.xml",
    "GET /feeds/leadership.xml.sig",
    "GET /snapshots",
    "GET /snapshots/index.json",
    "GET /snapshots/keys.json",
    "GET /snapshots/key.pem",
    "GET /snapshots/:file{(?:latest|\\d{4}-\\d{2}-\\d{2})\\.json(?:\\.sig)?}",
  ),
  ...rows("anyone", "GET /api/docs", "GET /api/openapi.json", "GET /api/v1/verify"),
  ...rows(
    "anyone",
    "GET /login",
    "POST /login",
    "GET /login/code",
    "POST /login/code",
    "GET /login/forgot",
    "POST /login/forgot",
    "POST /login/rehearsal",
    "GET /login/oidc",
    "GET /login/oidc/back",
  ),
  ...rows("anyone", "POST /logout", "GET /set-password", "POST /set-password", "GET /setup", "POST /setup"),
  ...rows("machine", "GET /metrics", "GET /webhooks/facebook", "POST /webhooks/facebook", "GET /webhooks/zalo", "POST /webhooks/zalo"),
  ...rows(
    "machine",
    "GET /api/v1/units",
    "GET /api/v1/units/:id",
    "GET /api/v1/accounts",
    "GET /api/v1/accounts/:id",
    "GET /api/v1/registry",
    "GET /api/v1/articles",
    "GET /api/v1/articles/:id",
  ),
  ...rows(
    "machine",
    "GET /api/v1/deliveries",
    "GET /api/v1/deliveries/:id",
    "POST /api/v1/deliveries/:id/approve",
    "POST /api/v1/deliveries/:id/reject",
    "POST /api/v1/deliveries/:id/cancel",
    "POST /api/v1/deliveries/:id/retry",
  ),
  ...rows("machine", "GET /api/v1/alerts", "GET /api/v1/alerts/:id", "POST /api/v1/alerts/:id/ack", "POST /api/v1/alerts/:id/close"),
  ...rows("machine", "GET /api/v1/cases", "GET /api/v1/cases/:id", "GET /api/v1/findings", "GET /api/v1/reach", "GET /api/v1/reports", "GET /api/v1/reports/:id/files/:format"),

  ...rows(
    everybody,
    "GET /",
    "GET /units/:id",
    "GET /avatars/:sha",
    "GET /articles/:id",
    "GET /queue",
    "GET /queue/:id",
    "GET /alerts",
    "GET /alerts/:id",
    "GET /rules",
    "GET /feeds",
    "GET /leadership",
    "GET /cases",
    "GET /posters/:account/:file{a[45]\\.pdf}",
  ),
  ...rows(
    everybody,
    "GET /me",
    "POST /me/password",
    "POST /me/sessions/end",
    "GET /me/two-steps",
    "POST /me/two-steps",
    "POST /me/two-steps/off",
    "POST /me/recovery",
    "GET /me/confirm",
    "POST /me/confirm",
  ),
  ...rows(
    province,
    "GET /reports",
    "GET /reports/:id",
    "GET /reports/:id/preview",
    "GET /reports/:id/:format",
    "GET /registry",
    "GET /registry/mau-nhap.xlsx",
    "GET /emergency",
    "GET /emergency/:id",
  ),
  ...rows(alerting, "GET /alerts/:id/incident.zip", "POST /alerts", "POST /alerts/:id", "POST /alerts/silences/end"),
  ...rows(pausing, "POST /accounts/:id/:do{pause|resume}"),
  ...rows(
    correcting,
    "GET /take-down",
    "POST /take-down",
    "POST /queue/:id/words",
    "GET /cases/new",
    "POST /cases/new",
    "GET /facebook/callback",
    "GET /zalo/callback",
  ),
  ...rows(
    editing,
    "POST /feeds/:id/release",
    "POST /reports",
    "POST /reports/:id/send",
    "GET /emergency/new",
    "POST /emergency/new",
    "GET /emergency/:id/edit",
    "POST /emergency/:id/edit",
  ),
  // Who of both sides may take a step of a case depends on the step: the machine of the case decides, its tests show it.
  ...rows(
    everybody,
    "GET /cases/:id",
    "GET /cases/:id/:file{letter\\.(?:docx|pdf)}",
    "GET /cases/:id/pictures/:picture/:file{(?:preview|180|320|720|800)\\.png}",
  ),
  ...rows(correcting, "POST /cases/:id", "GET /cases/:id/connect", "POST /cases/:id/connect"),
  ...deeds("POST /emergency/:id", { ask: editing, drop: editing, send: approving }),
  ...deeds("POST /queue", { approve: approving, reject: correcting, cancel: correcting, retry: editing }, { why: "theo ma trận", looked: "yes" }),
  ...deeds("POST /queue/:id", { approve: approving, reject: correcting, cancel: correcting, retry: editing }, { why: "theo ma trận", looked: "yes" }),
  ...rows(
    admin,
    "GET /stop",
    "POST /stop",
    "GET /settings",
    "POST /settings",
    "GET /registry/so-dang-ky.xlsx",
    "GET /registry/so-dang-ky.zip",
    "POST /registry/import",
    "GET /registry/import/:id",
    "POST /registry/import/:id",
    "POST /registry/apply",
  ),
  ...rows(
    admin,
    "GET /users",
    "GET /users/new",
    "POST /users/new",
    "GET /users/:id",
    "POST /users/:id",
    "GET /keys",
    "POST /keys",
    "POST /keys/:id/revoke",
  ),
  ...rows(auditing, "GET /audit", "POST /audit/check", "POST /audit/export"),
]
