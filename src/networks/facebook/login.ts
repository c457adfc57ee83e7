/** Flow A of the contract (1.2): a Page's administrator signs in, and of the Pages they chose the listed one gives its token. */
import type { Config } from "../../base/config.ts"
import { defaults } from "../../base/config.ts"
import type { ConnectOutcome, NetworkAccount } from "../../model/index.ts"
import { connect } from "./connect.ts"
import { reasonOf } from "./errors.ts"
import { derivePageToken, type FacebookContext } from "./page.ts"

/** Contract 1.4: what publishing, reading back, reach and the watch need. */
const scopes = [
  "pages_show_list",
  "pages_read_engagement",
  "pages_manage_posts",
  "pages_manage_metadata",
  "read_insights",
  "pages_read_user_content",
  "business_management",
]

/** People sign in on Facebook's own site; another Graph address (rehearsal, tests) brings its own dialog. */
const dialogBase = (graphUrl: string) => (graphUrl === defaults.graphUrl ? "https://www.facebook.com" : graphUrl)

export function loginAddress(config: Config["facebook"], redirectUri: string, state: string): string | null {
  if (!config.appId || !config.appSecret) return null
  const query = new URLSearchParams({ client_id: config.appId, redirect_uri: redirectUri, state, response_type: "code", scope: scopes.join(",") })
  return `${dialogBase(config.graphUrl)}/${config.version}/dialog/oauth?${query}`
}

/** Code → short-lived → long-lived user token → Page token. The user tokens are forgotten: only the Page's is kept. */
export async function exchangeLogin(context: FacebookContext, account: NetworkAccount, code: string, redirectUri: string): Promise<ConnectOutcome> {
  const first = await context.client.exchange({ redirect_uri: redirectUri, code })
  const short = first.ok ? tokenIn(first.body) : null
  if (!short) return refuse("exchange", `Facebook không đổi mã đăng nhập${first.ok ? "" : `: ${reasonOf(first.failure)}`}; hãy đăng nhập lại.`)
  const second = await context.client.exchange({ grant_type: "fb_exchange_token", fb_exchange_token: short })
  const long = second.ok ? tokenIn(second.body) : null
  // A Page token made from a short-lived user token would die within hours.
  if (!long) return refuse("exchange", `Facebook không cấp mã dài hạn${second.ok ? "" : `: ${reasonOf(second.failure)}`}; hãy đăng nhập lại.`)
  const page = await derivePageToken(context, account, long)
  if (!page) return refuse("other_account", `Người đăng nhập không chọn Trang ${account.remoteId} hoặc không có quyền quản trị Trang này.`)
  return connect(context, account, { page_access_token: page })
}

const tokenIn = (body: Record<string, unknown>) => (typeof body.access_token === "string" && body.access_token !== "" ? body.access_token : null)
const refuse = (code: string, reason: string): ConnectOutcome => ({ kind: "refused", code, reason })
