/**
 * The environment, read once and validated (interface.md section 2). Every mistake is reported at once, each in one
 * sentence naming variable, value and expectation. Values of secrets are never repeated in a message.
 */
import { resolve } from "node:path"
import { fileURLToPath } from "node:url"
import ipaddr from "ipaddr.js"
import { InvalidInputError, type Mistake } from "./errors.ts"
import { levels, type Level } from "./log.ts"

/** The folder of the checkout: built-in `accounts/`, `templates/` and `src/` live below it. */
export const checkout = fileURLToPath(new URL("../..", import.meta.url))

export interface Config {
  mode: "rehearsal" | "live"
  /** Account ids that may be published to, or "*". Empty = posts go to the log. */
  publishTo: "*" | Set<string>
  dataDir: string
  databaseUrl: string | null
  registryDir: string
  templatesDir: string
  host: string
  port: number
  publicUrl: string
  secretKey: Uint8Array | null
  facebook: { graphUrl: string; version: string; appId: string | null; appSecret: string | null; webhookVerifyToken: string | null }
  zalo: { apiUrl: string; oauthUrl: string; appId: string | null; appSecret: string | null; oaSecretKey: string | null }
  smtpUrl: string | null
  mailFrom: string | null
  /** Hosts (lower case) and CIDR ranges the fetcher may reach although they are private. */
  allowPrivate: string[]
  pollSecondsMin: number
  /** When to read a page back after an unknown outcome, in ms after the attempt; null = each network's own default. */
  unknownLookMs: number[] | null
  logLevel: Level
  /** Less room than this on the disk of `dataDir` raises an alert. */
  diskFreeMbMin: number
  /** Single sign-on of the office, or null. */
  oidc: { issuer: string; clientId: string; clientSecret: string } | null
}

export const defaults = {
  graphUrl: "https://graph.facebook.com",
  zaloApiUrl: "https://openapi.zalo.me",
  zaloOauthUrl: "https://oauth.zaloapp.com/v4/oa",
}

export function readConfig(env: Record<string, string | undefined> = process.env, cwd = process.cwd()): Config {
  const mistakes: Mistake[] = []
  const wrong = (field: string, found: string, expected: string) => void mistakes.push({ file: "environment", field, found, expected })
  const text = (name: string) => (env[name]?.trim() ? env[name]!.trim() : null)
  const address = (name: string, fallback: string) => {
    const given = text(name)
    // What follows from another mistake is no mistake of its own.
    if (given === null) return fallback
    const value = given
    try {
      const url = new URL(value)
      if (url.protocol !== "http:" && url.protocol !== "https:") throw new Error()
      if (url.username || url.password || url.hash) throw new Error()
    } catch {
      wrong(name, value, "an http(s) address without user, password or #")
    }
    return value.replace(/\/+$/, "")
  }
  const whole = (name: string, fallback: number, min: number, max: number) => {
    const value = text(name)
    if (value === null) return fallback
    const number = Number(value)
    if (!/^\d+$/.test(value) || number < min || number > max) wrong(name, value, `a whole number from ${min} to ${max}`)
    return number
  }
  const folder = (name: string, fallback: string) => (text(name) ? resolve(cwd, text(name)!) : resolve(checkout, fallback))

  const facebookAppId = text("FACEBOOK_APP_ID")
  const zaloAppId = text("ZALO_APP_ID")
  const modeText = text("LOA_MODE") ?? (facebookAppId || zaloAppId ? "live" : "rehearsal")
  if (modeText !== "live" && modeText !== "rehearsal") wrong("LOA_MODE", modeText, '"rehearsal" or "live"')
  const mode = modeText === "live" ? "live" : "rehearsal"

  const publishText = env.PUBLISH_TO === undefined ? (mode === "rehearsal" ? "*" : "") : env.PUBLISH_TO.trim()
  const publishIds = publishText
    .split(",")
    .map((id) => id.trim())
    .filter(Boolean)
  for (const id of publishIds)
    if (id !== "*" && !/^[a-z0-9]+(?:[-.][a-z0-9]+)*$/.test(id)) wrong("PUBLISH_TO", id, "account ids separated by commas, or *")

  const keyText = text("LOA_SECRET_KEY")
  let secretKey: Uint8Array | null = null
  if (keyText) {
    secretKey = Buffer.from(keyText, "base64")
    if (secretKey.length !== 32) wrong("LOA_SECRET_KEY", `${secretKey.length} bytes`, "32 bytes in base64")
  }
  const version = text("FACEBOOK_GRAPH_VERSION") ?? "v25.0"
  if (!/^v\d{1,3}\.\d{1,2}$/.test(version)) wrong("FACEBOOK_GRAPH_VERSION", version, 'a version like "v25.0"')
  const databaseUrl = text("DATABASE_URL")
  if (databaseUrl && !/^postgres(ql)?:\/\//.test(databaseUrl)) wrong("DATABASE_URL", databaseUrl.split(":")[0] + ":…", "postgres://…")
  const smtpUrl = text("SMTP_URL")
  if (smtpUrl && !/^smtps?:\/\//.test(smtpUrl)) wrong("SMTP_URL", smtpUrl.split(":")[0] + ":…", "smtp://… or smtps://…")

  const allowPrivate = (text("LOA_ALLOW_PRIVATE_HOSTS") ?? "").split(",").map((entry) => entry.trim().toLowerCase()).filter(Boolean)
  for (const entry of allowPrivate) {
    const ok = entry.includes("/") ? ipaddr.isValidCIDR(entry) : ipaddr.isValid(entry) || /^[a-z0-9.-]+$/.test(entry)
    if (!ok) wrong("LOA_ALLOW_PRIVATE_HOSTS", entry, "hosts or CIDR ranges separated by commas")
  }
  const looks = text("LOA_UNKNOWN_LOOK_SECONDS")
  const lookSeconds = looks?.split(",").map((s) => Number(s.trim())) ?? null
  if (lookSeconds && (lookSeconds.length !== 2 || lookSeconds.some((s) => !(s >= 0 && s <= 86_400)) || lookSeconds[1]! < lookSeconds[0]!)) {
    wrong("LOA_UNKNOWN_LOOK_SECONDS", looks!, "two rising numbers of seconds, for example 60,300")
  }
  const logText = text("LOA_LOG") ?? "info"
  if (!levels.includes(logText as Level)) wrong("LOA_LOG", logText, levels.join(", "))

  const oidcNames = ["OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET"] as const
  const oidcGiven = oidcNames.filter((name) => text(name) !== null)
  for (const name of oidcNames) if (oidcGiven.length && text(name) === null) wrong(name, "empty", `a value: ${oidcNames.join(", ")} go together`)
  // As written: the identity provider names itself with or without the last slash, and the two are compared.
  const oidcIssuer = text("OIDC_ISSUER") ?? ""
  if (oidcIssuer) address("OIDC_ISSUER", "")
  if (oidcIssuer.startsWith("http:") && !/^http:\/\/(?:127\.0\.0\.1|localhost|\[::1\])(?::|\/|$)/.test(oidcIssuer))
    wrong("OIDC_ISSUER", oidcIssuer, "an https address")

  const host = text("LOA_HOST") ?? "127.0.0.1"
  const port = whole("PORT", 8080, 0, 65_535)
  const pollSecondsMin = whole("LOA_POLL_SECONDS_MIN", 300, 0, 86_400)
  const config: Config = {
    mode,
    publishTo: publishIds.includes("*") ? "*" : new Set(publishIds),
    dataDir: folder("LOA_DATA", "data"),
    databaseUrl,
    registryDir: folder("LOA_REGISTRY", "accounts"),
    templatesDir: folder("LOA_TEMPLATES", "templates"),
    host,
    port,
    publicUrl: address("LOA_PUBLIC_URL", `http://${host.includes(":") ? `[${host}]` : host}:${port}`),
    secretKey,
    facebook: {
      graphUrl: address("FACEBOOK_GRAPH_URL", defaults.graphUrl),
      version,
      appId: facebookAppId,
      appSecret: text("FACEBOOK_APP_SECRET"),
      webhookVerifyToken: text("FACEBOOK_WEBHOOK_VERIFY_TOKEN"),
    },
    zalo: {
      apiUrl: address("ZALO_API_URL", defaults.zaloApiUrl),
      oauthUrl: address("ZALO_OAUTH_URL", defaults.zaloOauthUrl),
      appId: zaloAppId,
      appSecret: text("ZALO_APP_SECRET"),
      oaSecretKey: text("ZALO_OA_SECRET_KEY"),
    },
    smtpUrl,
    mailFrom: text("LOA_MAIL_FROM"),
    allowPrivate,
    pollSecondsMin,
    unknownLookMs: lookSeconds?.map((s) => s * 1_000) ?? null,
    logLevel: logText as Level,
    diskFreeMbMin: whole("LOA_DISK_FREE_MB_MIN", 500, 1, 1_000_000_000),
    oidc: oidcGiven.length ? { issuer: oidcIssuer, clientId: text("OIDC_CLIENT_ID") ?? "", clientSecret: text("OIDC_CLIENT_SECRET") ?? "" } : null,
  }
  if (mistakes.length) throw new InvalidInputError("configuration", mistakes)
  return config
}
