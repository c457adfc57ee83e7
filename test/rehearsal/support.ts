/** A province of a few units on a clock that tests move, and clients that speak the contracts by hand. */
import { ManualClock } from "../../src/base/clock.ts"
import { hmacSha256 } from "../../src/base/hash.ts"
import { unitFile, type UnitFile } from "../../src/model/index.ts"
import { rehearsalApp, startProvince, type FacebookCredential, type Province, type ProvinceOptions, type ZaloCredential } from "../../src/rehearsal/index.ts"

/** Tuesday, 24 November 2026, 10:00 in Vietnam. */
export const morning = Date.parse("2026-11-24T03:00:00Z")

export const unit = (id: string, name: string, kind: UnitFile["kind"] = "ward"): UnitFile => unitFile.parse({ id, name, kind })
export const someUnits = [unit("phuong-kinh-bac", "UBND phường Kinh Bắc"), unit("phuong-vu-ninh", "UBND phường Vũ Ninh"), unit("so-y-te", "Sở Y tế tỉnh Bắc Ninh", "department")]

export async function rehearse(options: Partial<ProvinceOptions> = {}): Promise<{ province: Province; clock: ManualClock }> {
  const clock = new ManualClock(morning)
  const province = await startProvince({ units: someUnits, clock, pictures: false, wrongAccounts: false, ...options })
  return { province, clock }
}

export const remoteIdOf = (province: Province, accountId: string) =>
  province.units().flatMap((each) => each.accounts).find((account) => account.id === accountId)!.remoteId!

/** A call of the Graph API with a timed proof. */
export function graph(province: Province, clock: ManualClock, token: string) {
  return async (method: string, path: string, body?: Record<string, unknown> | FormData, proofAt = clock.now()) => {
    const time = Math.floor(proofAt / 1_000)
    const url = new URL(`${province.facebookUrl}/v25.0/${path}`)
    url.searchParams.set("appsecret_time", String(time))
    url.searchParams.set("appsecret_proof", hmacSha256(rehearsalApp.facebookAppSecret, `${token}|${time}`))
    const isForm = body instanceof FormData
    const response = await fetch(url, {
      method,
      redirect: "manual",
      headers: { authorization: `Bearer ${token}`, ...(body && !isForm ? { "content-type": "application/json" } : {}) },
      body: isForm ? body : body && JSON.stringify(body),
    })
    const text = await response.text()
    return { status: response.status, headers: response.headers, text, json: (text.startsWith("{") || text.startsWith("[") ? JSON.parse(text) : null) as any }
  }
}
export const pageToken = (province: Province, accountId: string) => (province.credential(accountId) as FacebookCredential).page_access_token

export function zalo(province: Province, token: string) {
  return async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const response = await fetch(`${province.zaloApiUrl}${path}`, { method, headers: { access_token: token, "content-type": "application/json", ...headers }, body: body === undefined ? undefined : JSON.stringify(body) })
    const text = await response.text()
    return { status: response.status, headers: response.headers, text, json: (text.startsWith("{") ? JSON.parse(text) : null) as any }
  }
}
export const zaloPair = (province: Province, accountId: string) => province.credential(accountId) as ZaloCredential

export async function refresh(province: Province, refreshToken: string) {
  const response = await fetch(`${province.zaloOauthUrl}/access_token`, {
    method: "POST",
    headers: { secret_key: rehearsalApp.zaloAppSecret },
    body: new URLSearchParams({ refresh_token: refreshToken, app_id: rehearsalApp.zaloAppId, grant_type: "refresh_token" }),
  })
  return { status: response.status, json: (await response.json()) as any }
}

export const article = (title: string, over: Record<string, unknown> = {}) => ({
  type: "normal",
  title,
  author: "Phường Kinh Bắc",
  cover: { cover_type: "photo", photo_url: "http://127.0.0.1:9/m/a.jpg", status: "show" },
  description: "Tóm tắt.",
  body: [{ type: "text", content: "Đoạn văn." }, { type: "text", content: "Nguồn: https://kinhbac.example/tin/1" }],
  status: "show",
  comment: "hide",
  ...over,
})
