/** A network of our own on loopback: every request is kept, every answer is scripted in the networks' JSON. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { ManualClock } from "../../src/base/clock.ts"
import { createLog } from "../../src/base/log.ts"
import { type OpenedDb } from "../../src/db/index.ts"
import type { FacebookContent, NetworkAccount, PostPicture, ZaloContent } from "../../src/model/index.ts"
import { createNetworks } from "../../src/networks/index.ts"
import { testDb } from "../support/db.ts"
import { atEnd } from "../support/ends.ts"

export const NOW = Date.parse("2026-11-24T02:00:00Z")
export const PAGE = "108824017345866"
export const OA = "3870000000000000001"
export const PAGE_TOKEN = "EAAGpageTokenForTests0001"
export const facebookAccount: NetworkAccount = { id: "kinh-bac-facebook", unitId: "phuong-kinh-bac", network: "facebook", remoteId: PAGE }
export const zaloAccount: NetworkAccount = { id: "kinh-bac-zalo", unitId: "phuong-kinh-bac", network: "zalo", remoteId: OA }

export interface Seen {
  method: string
  path: string
  query: URLSearchParams
  headers: Headers
  body: any
  raw: string
}
export type Handler = (request: Seen) => Response | Promise<Response> | undefined | "cut"

/** One migrated database for all tests of a file, emptied for each: migrating costs more than the tests do. */
let kept: Promise<OpenedDb> | undefined
async function freshDb() {
  const opened = await (kept ??= testDb())
  for (const table of ["account_tokens", "token_wal", "oauth_states", "content_strikes", "throttles"] as const) await opened.db.deleteFrom(table).execute()
  return opened
}

export async function world(handler: Handler, options: { app?: boolean; db?: OpenedDb; dataDir?: string; clock?: ManualClock; fetch?: any; ownPosts?: (accountId: string, ids: string[]) => Promise<Set<string>> } = {}) {
  const seen: Seen[] = []
  const lines: string[] = []
  const script = { handler }
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      const url = new URL(request.url)
      const type = request.headers.get("content-type") ?? ""
      const raw = type.startsWith("multipart/") ? "" : await request.clone().text()
      const body = type.includes("json") ? JSON.parse(raw) : type.includes("urlencoded") ? Object.fromEntries(new URLSearchParams(raw)) : type.startsWith("multipart/") ? Object.fromEntries((await request.formData()) as any) : null
      const entry: Seen = { method: request.method, path: url.pathname, query: url.searchParams, headers: request.headers, body, raw }
      seen.push(entry)
      const answer = await script.handler(entry)
      if (answer === "cut") return new Response("", { headers: { "x-cut": "1" } })
      return (answer as Response | undefined) ?? Response.json({ error: { message: "unscripted", code: 99999 } }, { status: 400 })
    },
    error: () => new Response("broken", { status: 500 }),
  })
  const base = `http://127.0.0.1:${server.port}`
  const clock = options.clock ?? new ManualClock(NOW)
  const opened = options.db ?? (await freshDb())
  const dataDir = options.dataDir ?? ownFolder()
  const app = options.app ?? true
  const networks = createNetworks({
    db: opened.db,
    clock,
    log: createLog("debug", { write: (line) => void lines.push(line), json: true, now: () => clock.now() }),
    config: {
      facebook: { graphUrl: base, version: "v25.0", appId: app ? "1234567890" : null, appSecret: app ? "0123456789abcdef0123456789abcdef" : null, webhookVerifyToken: null },
      zalo: { apiUrl: base, oauthUrl: `${base}/v4/oa`, appId: app ? "1234567890123456789" : null, appSecret: app ? "app-secret-for-tests" : null, oaSecretKey: null },
      secretKey: null,
      publicUrl: "https://social.bacninh.example",
      publishTo: "*",
    },
    dataDir,
    random: () => 0,
    fetch: options.fetch ?? cuttable,
    ...(options.ownPosts ? { ownPosts: options.ownPosts } : {}),
  })
  return {
    networks,
    facebook: networks.facebook,
    zalo: networks.zalo,
    clock,
    seen,
    lines,
    base,
    opened,
    dataDir,
    script,
    ofPath: (part: string) => seen.filter((request) => request.path.includes(part)),
    connectPage: (secret: { page: string; system?: string } = { page: PAGE_TOKEN }) =>
      networks.tokens.connect({ id: facebookAccount.id, network: "facebook", remoteId: PAGE }, { secret, accessExpiresAt: null, refreshExpiresAt: null }),
    connectOa: (secret = { access: "access-1", refresh: "refresh-1" }, accessExpiresAt = NOW + 90_000_000) =>
      networks.tokens.connect({ id: zaloAccount.id, network: "zalo", remoteId: OA }, { secret, accessExpiresAt, refreshExpiresAt: NOW + 90 * 86_400_000 }),
    async [Symbol.asyncDispose]() {
      await server.stop(true)
    },
  }
}

function ownFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), "loa-networks-"))
  atEnd(async () => rmSync(dir, { recursive: true, force: true }))
  return dir
}

/** The request was taken and processed, the answer gets lost on the way back. */
async function cuttable(url: string, init?: RequestInit): Promise<Response> {
  const response = await fetch(url, init)
  if (response.headers.has("x-cut")) throw Object.assign(new TypeError("The socket connection was closed unexpectedly"), { code: "ECONNRESET" })
  return response
}

export const graphError = (code: number, subcode?: number, message = "x", status = 400) =>
  Response.json({ error: { message, type: "OAuthException", code, ...(subcode === undefined ? {} : { error_subcode: subcode }), fbtrace_id: "T" } }, { status })
export const zaloAnswer = (data: unknown) => Response.json({ error: 0, message: "Success", data })
export const zaloError = (code: number, message = "x") => Response.json({ error: code, message })

export const aPicture = (name = "a", path = "/nowhere.jpg"): PostPicture => ({
  sha256: name.repeat(64).slice(0, 64),
  path,
  url: `https://social.bacninh.example/m/${name}.jpg`,
  width: 1200,
  height: 800,
  alt: "Trụ sở UBND phường",
})
export const ARTICLE = "https://kinhbac.bacninh.example/tin/12345"
export const facebookPost = (set: Partial<FacebookContent> = {}): FacebookContent => ({
  network: "facebook",
  articleUrl: ARTICLE,
  title: "Thông báo lịch tiêm chủng",
  mode: "text",
  message: `Thông báo lịch tiêm chủng\n\nNguồn: ${ARTICLE}`,
  pictures: [],
  changes: [],
  ...set,
})
export const zaloPost = (set: Partial<ZaloContent> = {}): ZaloContent => ({
  network: "zalo",
  articleUrl: ARTICLE,
  title: "Thông báo lịch tiêm chủng",
  author: "Phường Kinh Bắc",
  description: "Lịch tiêm chủng tháng 12.",
  cover: aPicture("a"),
  defaultCover: aPicture("d"),
  body: [{ type: "text", content: "Đoạn một." }, { type: "image", picture: aPicture("a") }, { type: "text", content: `Nguồn: ${ARTICLE}` }],
  changes: [],
  ...set,
})
