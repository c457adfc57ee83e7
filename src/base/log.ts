import { isatty } from "node:tty"

/** JSON lines when stderr is no terminal, readable lines otherwise. Secrets are struck out before anything is written. */
export type Level = "debug" | "info" | "warn" | "error"
export const levels: Level[] = ["debug", "info", "warn", "error"]

export interface Log {
  debug(message: string, facts?: Record<string, unknown>): void
  info(message: string, facts?: Record<string, unknown>): void
  warn(message: string, facts?: Record<string, unknown>): void
  error(message: string, facts?: Record<string, unknown>): void
  with(facts: Record<string, unknown>): Log
}

const secretKey =
  /^(access_token|refresh_token|page_access_token|appsecret_proof|client_secret|app_secret|secret_key|secret|password|authorization|cookie|input_token|fb_exchange_token|code_verifier|totp)$/i
const secretInText =
  /((?:access_token|refresh_token|appsecret_proof|client_secret|secret_key|input_token|fb_exchange_token|code_verifier|password)["']?\s*[=:]\s*["']?)[^&\s"',}]+/gi
const facebookToken = /\bEAA[A-Za-z0-9]{8,}/g
const apiKey = /\bloa_[a-z0-9]{12}_[A-Za-z0-9_-]{20,}/g
const bearer = /\b(Bearer\s+)[A-Za-z0-9._~+/=|-]+/gi

/** One quick look spares most texts the three slow ones. */
const suspicious = /token|proof|secret|verifier|password|bearer|\bEAA/i

/** Strikes out what looks like a credential, inside URLs and JSON texts too. */
export function redact(text: string): string {
  if (!suspicious.test(text)) return text
  return text.replace(secretInText, "$1***").replace(bearer, "$1***").replace(facebookToken, "EAA***").replace(apiKey, "loa_***")
}

function redactFacts(value: unknown, depth = 0): unknown {
  if (typeof value === "string") return redact(value)
  if (value instanceof Error) return redact(value.message)
  if (value === null || typeof value !== "object" || depth > 6) return value
  if (Array.isArray(value)) return value.map((item) => redactFacts(item, depth + 1))
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, secretKey.test(key) ? "***" : redactFacts(item, depth + 1)]))
}

export function createLog(level: Level, options: { write?: (line: string) => void; json?: boolean; now?: () => number } = {}): Log {
  const write = options.write ?? ((line: string) => void process.stderr.write(`${line}\n`))
  const json = options.json ?? !isatty(2)
  const now = options.now ?? Date.now
  const least = levels.indexOf(level)
  const make = (bound: Record<string, unknown>): Log => {
    const at =
      (own: Level) =>
      (message: string, facts: Record<string, unknown> = {}) => {
        if (levels.indexOf(own) < least) return
        const all = redactFacts({ ...bound, ...facts }) as Record<string, unknown>
        const time = new Date(now()).toISOString()
        write(
          json
            ? JSON.stringify({ time, level: own, message: redact(message), ...all })
            : `${time.slice(11, 19)} ${own.padEnd(5)} ${redact(message)}${Object.entries(all)
                .map(([k, v]) => ` ${k}=${typeof v === "string" ? v : JSON.stringify(v)}`)
                .join("")}`,
        )
      }
    return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error"), with: (facts) => make({ ...bound, ...facts }) }
  }
  return make({})
}

export const silentLog: Log = createLog("error", { write: () => undefined })
