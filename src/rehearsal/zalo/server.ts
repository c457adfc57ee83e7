/** The fake Zalo OpenAPI and OAuth server: contract zalo-oa.md sections 1 to 8, misbehaving as section 12 asks. */
import { sleep } from "../../base/runtime.ts"
import { inQuietHours } from "../../base/time.ts"
import { answerCall } from "../faults.ts"
import { tokenOf } from "../random.ts"
import { rehearsalApp, type SentMessage } from "../types.ts"
import { count, type FakeAccount, type World } from "../world.ts"
import { createArticles, type Articles } from "./articles.ts"
import { scriptedError, scriptedOauthError, success, ZaloError } from "./errors.ts"
import { consentPage, wrongRedirectPage } from "./consent.ts"
import { createZaloTokens, type ZaloTokens } from "./tokens.ts"

const appRatePerMinute = 4_000
const minuteMs = 60_000
const uploadBytesMax: Record<string, number> = { image: 1_048_576, gif: 5 * 1_048_576, file: 5 * 1_048_576 }

/** Path → the name scripts and counters use. Everything else is unknown to Zalo: 404 with a JSON body. */
const operations: Record<string, string> = {
  "GET /v2.0/oa/getoa": "getoa",
  "POST /v2.0/article/create": "create",
  "POST /v2.0/article/verify": "verify",
  "POST /v2.0/article/update": "update",
  "POST /v2.0/article/remove": "remove",
  "GET /v2.0/article/getslice": "getslice",
  "GET /v2.0/article/getdetail": "getdetail",
  "POST /v2.0/article/upload_video/preparevideo": "video_upload",
  "GET /v2.0/article/upload_video/verify": "video_verify",
  "POST /v2.0/oa/upload/image": "upload",
  "POST /v2.0/oa/upload/gif": "upload",
  "POST /v2.0/oa/upload/file": "upload",
  "POST /v2.0/oa/message": "message",
  "POST /v3.0/oa/message/cs": "cs",
  "POST /v3.0/oa/message/promotion": "promotion",
  "POST /v3.0/oa/group/message": "group",
  "GET /v3.0/oa/group/getgroupsofoa": "groups",
  "POST /v3.0/oa/quota/message": "quota",
  "POST /v2.0/oa/quota/message": "quota",
}

export interface ZaloServer {
  handle(request: Request): Promise<Response>
  tokens: ZaloTokens
  articles: Articles
  /** Messages that went out, newest last: a staff group is a place where alerts arrive. */
  messages: SentMessage[]
}

export function createZalo(world: World): ZaloServer {
  const tokens = createZaloTokens(world)
  const articles = createArticles(world)
  const messages: ZaloServer["messages"] = []
  const rates = new Map<string, { minute: number; used: number }>()
  let messageSerial = 0

  function rateOf(account: FakeAccount): { limit: number; remain: number } {
    const minute = Math.floor(world.clock.now() / minuteMs)
    let rate = rates.get(account.id)
    if (!rate || rate.minute !== minute) rates.set(account.id, (rate = { minute, used: 0 }))
    rate.used++
    const limit = account.tuning.ratePerMinute ?? appRatePerMinute
    return { limit, remain: limit - rate.used }
  }

  function profile(account: FakeAccount): unknown {
    const { tuning } = account
    const data: Record<string, unknown> = {
      [tuning.oaIdField ?? "oaid"]: account.remoteId,
      name: tuning.name,
      description: tuning.description,
      oa_alias: tuning.handle,
      is_verified: tuning.verifiedAs === "number" ? Number(tuning.verified) : tuning.verified,
      oa_type: tuning.oaType ?? 4,
      cate_name: tuning.category,
      num_follower: tuning.followers,
      avatar: tuning.avatar === "silhouette" ? "" : `${world.addresses.zalo}/__cdn/avatar/${account.remoteId}/${account.avatarVersion}.jpg`,
      cover: "",
      package_name: tuning.packageName,
      package_valid_through_date: tuning.packageUntil,
      package_auto_renew_date: "",
      linked_ZCA: "ZCA-000000",
    }
    for (const field of tuning.omit ?? []) delete data[field]
    return success(data)
  }

  const sent = (account: FakeAccount, kind: SentMessage["kind"], to: string, text: string) => {
    messages.push({ account: account.id, kind, to, text, at: world.clock.now() })
    return `m${tokenOf(world.seed, `message ${++messageSerial}`, 18)}`
  }
  type Body = { recipient?: { user_id?: string; group_id?: string; target?: unknown }; message?: { text?: string; attachment?: unknown } } & Record<
    string,
    unknown
  >

  function broadcast(account: FakeAccount, body: Body): unknown {
    if (body.recipient?.user_id)
      return success({ message_id: sent(account, "message", body.recipient.user_id, body.message?.text ?? ""), user_id: body.recipient.user_id })
    if (!body.recipient?.target) throw new ZaloError(-201, "recipient is invalid")
    if (inQuietHours(world.clock.now(), "22:00-06:00")) throw new ZaloError(-234, "Promotion message is not allowed from 22:00 to 06:00")
    const left = account.tuning.broadcastsLeft ?? 4
    if (left <= 0) throw new ZaloError(-211, "Out of quota")
    account.tuning.broadcastsLeft = left - 1
    return success({ message_id: sent(account, "broadcast", "followers", JSON.stringify(body.message)) })
  }
  function groupMessage(account: FakeAccount, body: Body): unknown {
    if (account.tuning.groupExpired) throw new ZaloError(-237, "Group is expired")
    const group = body.recipient?.group_id ?? ""
    if (group !== groupOf(account)) throw new ZaloError(-403, "Official Account is not in this group")
    if (!body.message?.text && !body.message?.attachment) throw new ZaloError(-201, "message is invalid")
    return success({ message_id: sent(account, "group", group, body.message.text ?? ""), group_id: group })
  }

  async function upload(request: Request, kind: string): Promise<unknown> {
    const file = (await request.formData()).get("file")
    if (!(file instanceof Blob) || !file.size) throw new ZaloError(-201, "file is invalid")
    if (file.size > uploadBytesMax[kind]!) throw new ZaloError(-210, "file is over max size")
    const id = tokenOf(world.seed, `upload ${++messageSerial}`, 40)
    return success(kind === "file" ? { token: id } : { attachment_id: id })
  }

  async function perform(operation: string, account: FakeAccount, request: Request, url: URL): Promise<unknown> {
    const json = async () => {
      try {
        return (await request.json()) as Body
      } catch {
        throw new ZaloError(-201, "body is invalid")
      }
    }
    if ((operation === "create" || operation === "update") && account.tuning.packageName === "Cơ bản")
      throw new ZaloError(-224, "Official Account has not upgraded package")
    switch (operation) {
      case "getoa":
        return profile(account)
      case "create":
        return articles.create(account, await json())
      case "verify":
        return articles.verify(account, await json())
      case "update":
        return articles.update(account, await json())
      case "remove":
        return articles.remove(account, await json())
      case "getslice":
        return articles.slice(account, url.searchParams)
      case "getdetail":
        return articles.detail(account, url.searchParams.get("id") ?? "")
      case "video_upload":
        return success({ token: tokenOf(world.seed, `video ${++messageSerial}`, 40) })
      case "video_verify":
        if (!request.headers.get("token")) throw new ZaloError(-201, "token is invalid")
        return success({
          status: 1,
          status_message: "OK",
          convert_percent: 100,
          convert_error_code: 0,
          video_id: "v0000000001",
          video_name: "a.mp4",
          video_size: 1_048_576,
        })
      case "upload":
        return upload(request, url.pathname.split("/").at(-1)!)
      case "message":
        return broadcast(account, await json())
      case "cs": {
        if ((account.tuning.oaType ?? 4) === 4) throw new ZaloError(-235, "This API does not support this type of OA")
        const body = await json()
        const user = body.recipient?.user_id ?? ""
        if (!user) throw new ZaloError(-201, "user_id is invalid")
        return success({
          message_id: sent(account, "cs", user, body.message?.text ?? ""),
          user_id: user,
          sent_time: String(world.clock.now()),
          quota: { quota_type: "reply", owner_type: "OA", owner_id: account.remoteId },
        })
      }
      case "promotion":
        throw new ZaloError(-233, "Message type is invalid or not supported")
      case "group":
        return groupMessage(account, await json())
      case "groups":
        return success({ groups: [{ group_id: groupOf(account), name: "Nhóm công tác Loa (diễn tập)", total_member: 12, status: "enabled" }] })
      case "quota":
        return success([{ quota_owner: "OA", product_type: "cs", quota_type: "sub_quota", total: 500, remain: 500 }])
      default:
        throw new ZaloError(-209, "Not supported this api")
    }
  }

  async function answerApi(request: Request, url: URL): Promise<Response> {
    const operation = operations[`${request.method} ${url.pathname}`]
    let account: FakeAccount | undefined
    let failure: ZaloError | null = null
    try {
      account = tokens.caller(request)
    } catch (error) {
      if (!(error instanceof ZaloError)) throw error
      failure = error
    }
    const on = `zalo.${operation ?? "unknown"}`
    count(world, on, account?.id)
    const rate = account && rateOf(account)
    const run = async () => {
      let body: unknown
      try {
        if (!operation) return Response.json({ error: -209, message: "Not supported this api" }, { status: 404 })
        if (failure) throw failure
        if (rate!.remain < 0 && account!.tuning.ratePerMinute) throw new ZaloError(-32, "API request of Official Account is over limit in a minute")
        body = await perform(operation, account!, request, url)
      } catch (error) {
        if (!(error instanceof ZaloError)) throw error
        body = { error: error.code, message: error.message }
      }
      const text = JSON.stringify(body)
      // Long ids as bare numbers: what JSON.parse silently alters.
      return new Response(account?.tuning.unquotedIds ? text.replace(/"(\d{16,19})"/g, "$1") : text, {
        headers: { "content-type": "application/json; charset=utf-8" },
      })
    }
    const rule = world.faults.take({ on, names: [account?.id, account?.remoteId] })
    const response = rule ? await answerCall(rule, run, scriptedError) : await run()
    if (rate) {
      response.headers.set("X-RateLimit-Limit", String(rate.limit))
      response.headers.set("X-RateLimit-Remain", String(Math.max(0, rate.remain)))
    }
    return response
  }

  async function answerToken(request: Request): Promise<Response> {
    const parameters = new URLSearchParams(await request.text())
    const account = tokens.accountOfExchange(parameters)
    const on = parameters.get("grant_type") === "refresh_token" ? "zalo.refresh" : "zalo.token"
    count(world, on, account?.id)
    const run = () => Response.json(tokens.exchange(parameters, request.headers.get("secret_key")))
    const rule = world.faults.take({ on, names: [account?.id, account?.remoteId] })
    return rule ? answerCall(rule, run, scriptedOauthError) : run()
  }

  /** The page where an OA admin consents: a choice of OAs, or with `oa_id` straight back to the caller. */
  function answerConsent(url: URL): Response {
    const redirect = url.searchParams.get("redirect_uri") ?? ""
    const challenge = url.searchParams.get("code_challenge") ?? ""
    const known = URL.canParse(redirect) && ["127.0.0.1", "localhost", "[::1]"].includes(new URL(redirect).hostname)
    if (!known || url.searchParams.get("app_id") !== rehearsalApp.zaloAppId || !challenge) return wrongRedirectPage()
    const oa = url.searchParams.get("oa_id")
    const account = oa ? world.byRemoteId.get(oa) : undefined
    if (!account) return consentPage(url, [...world.accounts.values()].filter((each) => each.network === "zalo" && each.connectable))
    const back = new URL(redirect)
    back.searchParams.set("code", tokens.consent(account, challenge))
    back.searchParams.set("oa_id", account.remoteId)
    back.searchParams.set("state", url.searchParams.get("state") ?? "")
    return new Response(null, { status: 302, headers: { location: back.href } })
  }

  return {
    tokens,
    articles,
    messages,
    async handle(request) {
      const url = new URL(request.url)
      const avatar = /^\/__cdn\/avatar\/(\d+)\/(\d+)\.jpg$/.exec(url.pathname)
      if (avatar) {
        const account = world.byRemoteId.get(avatar[1]!)
        if (!account) return new Response("Not found", { status: 404 })
        return new Response((await world.pictures.avatar(account.id, account.tuning.avatar, Number(avatar[2]), 400)) as Uint8Array<ArrayBuffer>, {
          headers: { "content-type": "image/jpeg" },
        })
      }
      if (world.latencyMs) await sleep(world.latencyMs)
      if (url.pathname === "/v4/oa/permission") return answerConsent(url)
      if (url.pathname === "/v4/oa/access_token" && request.method === "POST") return answerToken(request)
      return answerApi(request, url)
    },
  }
}

export const groupOf = (account: Pick<FakeAccount, "remoteId">) => `f${account.remoteId.slice(-12)}`
