/** The fake Graph API: contract facebook-graph.md sections 1 to 8, misbehaving as section 11 asks. */
import { sleep } from "../../base/runtime.ts"
import { answerCall } from "../faults.ts"
import type { Media } from "../media.ts"
import { tokenOf } from "../random.ts"
import { rehearsalApp } from "../types.ts"
import { accountOf, count, type FakeAccount, type World } from "../world.ts"
import { GraphError, graphError, invalid, missing, scriptedError } from "./errors.ts"
import { graphTime, pageInsights, postInsights } from "./insights.ts"
import { pageFields, pageDefaults, settingsOf } from "./page.ts"
import { createDialog } from "./dialog.ts"
import { createPosts, type Posts } from "./posts.ts"
import { isFalse, parseFields, project, readParameters, text } from "./request.ts"
import { businessId, createTokens, pageTokenOf, scopesDefault, systemUserId, type Caller } from "./tokens.ts"

const graphVersion = "v25.0"
const pictureLifeMs = 3_600_000
const batchMax = 50

export interface FacebookServer {
  handle(request: Request): Promise<Response>
  posts: Posts
}

interface GraphCall {
  method: string
  /** Path without the version. */
  path: string[]
  parameters: Map<string, unknown>
  request: Request
  /** Part of a batch: the outer call brought the proof. */
  inBatch: boolean
}

/** The name a script and the counters use for a call. */
function operationOf(call: GraphCall, account: FakeAccount | undefined, isPost: boolean): string {
  const [first = "", edge] = call.path
  if (first === "") return call.parameters.has("batch") ? "batch" : call.parameters.has("scrape") ? "scrape" : "url"
  if (first === "debug_token" || first === "oembed_post") return first
  if (first === "oauth") return "oauth"
  if (isPost) return edge === "insights" ? "post_insights" : call.method === "DELETE" ? "delete" : call.method === "POST" ? "edit" : "post"
  if (first === "me" && edge) return `me_${edge}`
  if (account && !edge) return call.method === "POST" ? "page_edit" : "page"
  if (edge === "feed" && call.method === "GET") return "feed_read"
  if (edge === "photos" && call.method === "GET") return "photos_read"
  if (edge === "subscribed_apps" && call.method !== "GET") return "subscribe"
  return edge ?? "object"
}

export function createFacebook(world: World, media: Media): FacebookServer {
  const dialog = createDialog(world)
  const tokens = createTokens(world, dialog)
  const posts = createPosts(world, media)
  const subscriptions = new Map<string, Set<string>>()
  const proposals = new Map<string, string>()
  const pages = () => [...world.accounts.values()].filter((account) => account.network === "facebook")
  let pictureGeneration = 0

  const pageOf = (id: string, caller: Caller): FakeAccount | undefined =>
    id === "me" && caller.kind === "page" ? caller.account : (world.byRemoteId.get(id) ?? (/^[\d_]*$/.test(id) ? undefined : strangerByHandle(id)))
  const strangerByHandle = (handle: string) =>
    [...world.accounts.values()].find((account) => account.unitId === "" && account.network === "facebook" && account.tuning.handle === handle)
  const owned = (account: FakeAccount, caller: Caller, what: string) => {
    if (caller.kind === "none") throw new GraphError(2_500, "An active access token must be used to query information about the current user.")
    if (caller.kind !== "page")
      throw new GraphError(
        200,
        `(#200) ${what} requires a Page access token; The permission(s) publish_actions are not available. It has been deprecated.`,
      )
    if (caller.account !== account) throw new GraphError(190, "Invalid OAuth access token - a Page access token of this Page is required", 2_069_032)
    if (account.tuning.tokenState === "user_token")
      throw new GraphError(200, `(#200) ${what}: The permission(s) publish_actions are not available. It has been deprecated.`)
  }
  const needs = (account: FakeAccount, permission: string) => {
    if (!(account.tuning.permissions ?? scopesDefault).includes(permission))
      throw new GraphError(200, `(#200) Requires ${permission} permission to manage the object`)
  }

  async function answer(call: GraphCall, caller: Caller): Promise<unknown> {
    const { method, path, parameters } = call
    const [first = "", edge, third] = path
    if (parameters.has("ids")) throw invalid("The parameter ids is not supported on this version of the Graph API")
    if (first === "") return answerRoot(call, caller)
    if (first === "debug_token") {
      if (caller.kind === "none") throw new GraphError(190, "An access token is required to request this resource.")
      return { data: tokens.debug(text(parameters.get("input_token")) ?? "") }
    }
    if (first === "oembed_post") return oembed(text(parameters.get("url")) ?? "")
    if (first === "oauth")
      return (
        dialog.exchange(parameters) ?? {
          access_token: parameters.get("fb_exchange_token") ?? `EAAGuser${tokenOf(world.seed, "user", 40)}`,
          token_type: "bearer",
          expires_in: 5_183_944,
        }
      )
    if (caller.kind === "none") throw new GraphError(104, "An access token is required to request this resource.")
    if ((first === "me" && edge === "accounts") || edge === "assigned_pages" || edge === "owned_pages" || edge === "client_pages")
      return listPages(parameters, caller)
    if (first === "me" && edge === "permissions") return { data: scopesDefault.map((permission) => ({ permission, status: "granted" })) }
    if (first === rehearsalApp.facebookAppId && edge === "subscriptions") return { success: true }
    if (first === businessId && !edge) return { id: businessId, name: "Trung tâm Thông tin tỉnh (diễn tập)", verification_status: "verified" }
    if (proposals.has(first) && method === "POST") return { succeed: true }

    const account = pageOf(first, caller)
    if (account) return answerPage(account, edge, third, call, caller)
    if (first === "me") return { id: systemUserId, name: "Loa (người dùng hệ thống diễn tập)" }
    return answerObject(first, edge, call, caller)
  }

  function answerRoot({ method, parameters }: GraphCall, caller: Caller): unknown {
    const url = text(parameters.get("id"))
    if (!url) throw invalid("The parameter id is required")
    if (caller.kind === "none") throw new GraphError(104, "An access token is required to request this resource.")
    if (method === "POST" && !isFalse(parameters.get("scrape"))) {
      return {
        id: url,
        og_object: { id: "900000000000001", type: "article", title: url, updated_time: graphTime(world.clock.now()) },
        engagement: { share_count: 0 },
        url,
      }
    }
    if (String(parameters.get("fields") ?? "").includes("ownership_permissions"))
      return { id: url, ownership_permissions: { can_customize_link_posts: false } }
    return { id: url, engagement: { reaction_count: 0, comment_count: 0, share_count: 0 } }
  }

  /** /me/accounts in pages of 25 at most, whatever is asked beyond 100; the last row has no token (nobody ticked it). */
  function listPages(parameters: Map<string, unknown>, caller: Caller): unknown {
    const limit = Math.min(Number(parameters.get("limit") ?? 25) || 25, 100)
    const after = text(parameters.get("after"))
    const from = after ? Number(Buffer.from(after, "base64url").toString()) : 0
    // A person sees the Pages they ticked in the dialog, each with its token.
    const rows = pages().filter((page) => page.connectable && (caller.kind !== "user" || caller.pages.has(page.remoteId)))
    const slice = rows.slice(from, from + limit)
    const cursor = (at: number) => Buffer.from(String(at)).toString("base64url")
    const more = from + limit < rows.length
    return {
      data: slice.map((page, i) => ({
        id: page.remoteId,
        name: page.tuning.name,
        username: page.tuning.handle,
        category: page.tuning.category,
        ...(caller.kind !== "user" && from + i === rows.length - 1 ? {} : { access_token: pageTokenOf(world.seed, page) }),
        tasks: ["ADVERTISE", "ANALYZE", "CREATE_CONTENT", "MESSAGING", "MODERATE", "MANAGE"],
      })),
      paging: {
        cursors: { before: cursor(from), after: cursor(from + slice.length) },
        ...(more ? { next: `${world.addresses.facebook}/${graphVersion}/me/accounts?after=${cursor(from + limit)}` } : {}),
      },
    }
  }

  const pictureUrl = (account: FakeAccount, size: number) =>
    `${world.addresses.facebook}/__cdn/avatar/${account.remoteId}/${world.clock.now() + pictureLifeMs}-${++pictureGeneration}-${size}.jpg`
  const pictureOf = (account: FakeAccount, size: number) => ({
    height: size,
    width: size,
    is_silhouette: account.tuning.avatar === "silhouette",
    url: pictureUrl(account, size),
    cache_key: `k${account.avatarVersion}`,
  })

  async function answerPage(
    account: FakeAccount,
    edge: string | undefined,
    third: string | undefined,
    call: GraphCall,
    caller: Caller,
  ): Promise<unknown> {
    const { method, parameters } = call
    const { tuning } = account
    if (account.unitId === "" && !tuning.publicAccess)
      throw new GraphError(10, "(#10) This endpoint requires the 'pages_read_engagement' permission or the 'Page Public Content Access' feature.")
    if (tuning.exists === false) throw missing(account.remoteId)
    if (tuning.published === false && caller.kind === "app") throw missing(account.remoteId)
    switch (edge) {
      case undefined: {
        const fieldsText = text(parameters.get("fields")) ?? ""
        const size = Number(/picture\.[^{,]*width\((\d+)\)/.exec(fieldsText)?.[1] ?? 100)
        const fields = parseFields(fieldsText)
        const whole = pageFields(world, account, caller, pageTokenOf(world.seed, account))
        if (fields.some((field) => field.name === "picture")) whole.picture = { data: pictureOf(account, size) }
        return project(whole, fields, pageDefaults)
      }
      case "picture": {
        const size = Math.min(Number(parameters.get("width") ?? parameters.get("height") ?? 50) || 50, 720)
        const redirect = parameters.get("redirect")
        if (redirect !== undefined && isFalse(redirect)) return { data: pictureOf(account, size) }
        return new Response(null, { status: 302, headers: { location: pictureUrl(account, size) } })
      }
      case "feed":
      case "photos":
        if (method === "POST") {
          owned(account, caller, edge === "feed" ? "Publishing" : "Publishing a photo")
          needs(account, "pages_manage_posts")
          if (tuning.integrity?.features?.some((feature) => feature === "page_read_only" || feature === "page_publish"))
            throw new GraphError(368, "The action attempted has been deemed abusive or is otherwise disallowed", 1_404_112)
          return edge === "feed" ? posts.publish(account, parameters) : posts.photo(account, parameters)
        }
        if (edge === "photos")
          return {
            data: [
              {
                id: `${account.remoteId}${account.avatarVersion}`,
                created_time: graphTime(world.clock.now()),
                images: [{ width: 720, height: 720, source: pictureUrl(account, 720) }],
              },
            ],
          }
        needs(account, "pages_read_engagement")
        return posts.list(account, parameters, true)
      case "published_posts":
      case "posts":
        needs(account, "pages_read_engagement")
        return posts.list(account, parameters, false)
      case "insights":
        needs(account, "read_insights")
        return pageInsights(world, account, third ? new Map([...parameters, ["metric", third]]) : parameters)
      case "subscribed_apps": {
        needs(account, "pages_manage_metadata")
        if (method === "DELETE") return { success: subscriptions.delete(account.id) || true }
        if (method === "POST") {
          tuning.subscriptionLost = false
          subscriptions.set(account.id, new Set(String(parameters.get("subscribed_fields") ?? "").split(",").filter(Boolean)))
          return { success: "true" }
        }
        const fields = tuning.subscriptionLost ? undefined : subscriptions.get(account.id)
        return { data: fields ? [{ id: rehearsalApp.facebookAppId, name: rehearsalApp.name, subscribed_fields: [...fields] }] : [] }
      }
      case "assigned_users":
        return {
          data: tuning.admins ?? [{ id: systemUserId, name: "Loa (người dùng hệ thống diễn tập)", tasks: ["CREATE_CONTENT", "MODERATE", "ANALYZE"] }],
        }
      case "agencies":
        return { data: tuning.agencies ?? [] }
      case "roles":
        throw new GraphError(200, "Permissions error", 2_069_030, 400, {
          is_transient: false,
          error_user_title: "New Pages Experience Is Not Supported",
          error_user_msg: "This endpoint is not supported in the new Pages experience.",
        })
      case "settings":
        return { data: settingsOf() }
      case "page_status":
        needs(account, "pages_manage_metadata")
        return pageStatus(account)
      default:
        throw invalid(`Unknown path components: /${edge}`)
    }
  }

  function pageStatus(account: FakeAccount): unknown {
    const { status, features = [] } = account.tuning.integrity ?? { status: "ok" as const }
    const seconds = Math.floor(world.clock.now() / 1_000)
    const base = { id: account.remoteId, timestamp: seconds, status }
    if (status === "ok") return base
    return {
      ...base,
      violations: [{ type: "SPAM", description: "Rehearsed violation", url: "https://transparency.meta.com/" }],
      restrictions: features.map((feature) => ({
        feature,
        description: "Rehearsed restriction",
        status: "RESTRICTED",
        applied_time: seconds - 800,
        expiration_time: seconds + 86_400,
        violation_type: ["SPAM"],
      })),
      recommended_actions: [{ action_type: "FILE_APPEAL", url: "https://www.facebook.com/help", violation_type: ["SPAM"] }],
      actions_events: [],
    }
  }

  function oembed(url: string): unknown {
    const found = posts.find(/(\d+_\d+)/.exec(url)?.[1] ?? "")
    if (!found || found.post.hidden || found.account.tuning.published === false)
      throw invalid("The requested resource does not exist or is not public")
    return {
      author_name: found.account.tuning.name,
      author_url: `${world.addresses.facebook}/nhin/${found.account.remoteId}`,
      html: '<div class="fb-post"></div>',
      provider_name: "Facebook",
      type: "rich",
      version: "1.0",
      width: 552,
    }
  }

  function answerObject(id: string, edge: string | undefined, { method, parameters }: GraphCall, caller: Caller): unknown {
    const photo = posts.photoOwner(id)
    if (photo) {
      owned(photo, caller, "This object")
      if (method === "DELETE") return { success: posts.removePhoto(id) }
      return { id, created_time: graphTime(world.clock.now()) }
    }
    const found = posts.find(id)
    if (!found) throw missing(id)
    const { account, post } = found
    owned(account, caller, "This object")
    if (edge === "insights") {
      needs(account, "read_insights")
      return postInsights(world, account, post, parameters)
    }
    if (method === "DELETE") {
      needs(account, "pages_manage_posts")
      return { success: posts.remove(account, id) }
    }
    if (method === "POST") {
      needs(account, "pages_manage_posts")
      return posts.edit(account, post, parameters)
    }
    const fieldsText = text(parameters.get("fields")) ?? ""
    if (/\b(reactions|comments)\b/.test(fieldsText)) {
      if (!(account.tuning.permissions ?? scopesDefault).includes("pages_read_user_content"))
        throw new GraphError(10, "(#10) This endpoint requires the 'pages_read_user_content' permission or the 'Page Public Content Access' feature.")
    }
    return project(posts.fields(account, post), parseFields(fieldsText), ["created_time", "message"])
  }

  /** Percent of the Page's budget as header, rising with every call when the account is tuned so. */
  function spend(account: FakeAccount | undefined): { headers: Record<string, string>; exhausted: boolean } {
    const { tuning } = account ?? {}
    if (!account || tuning?.usagePercent === undefined) return { headers: {}, exhausted: false }
    tuning.usagePercent = Math.min(100, tuning.usagePercent + (tuning.usageStep ?? 0))
    const percent = Math.floor(tuning.usagePercent)
    const exhausted = percent >= 100
    const usage = {
      [account.remoteId]: [
        {
          type: "pages",
          call_count: percent,
          total_cputime: Math.floor(percent / 4),
          total_time: Math.floor(percent / 3),
          estimated_time_to_regain_access: exhausted ? (tuning.regainMinutes ?? 60) : 0,
        },
      ],
    }
    return {
      headers: {
        "x-business-use-case-usage": JSON.stringify(usage),
        "x-app-usage": JSON.stringify({ call_count: Math.floor(percent / 10), total_time: 1, total_cputime: 1 }),
      },
      exhausted,
    }
  }

  async function perform(call: GraphCall): Promise<Response> {
    const [first = ""] = call.path
    let account = world.byRemoteId.get(first) ?? posts.find(first)?.account ?? posts.photoOwner(first)
    const isPost = first.includes("_") && !world.byRemoteId.has(first)
    const operation = `facebook.${operationOf(call, account, isPost)}`
    count(world, operation, account?.id)
    let headers: Record<string, string> = {}
    const run = async () => {
      try {
        if (call.parameters.has("batch") && first === "") return Response.json(await batch(call))
        const caller = tokens.caller(call.request, call.parameters, call.inBatch)
        if (caller.kind === "page") account ??= caller.account
        const spent = spend(account)
        headers = spent.headers
        if (spent.exhausted)
          throw new GraphError(
            80_001,
            "(#80001) There have been too many calls to this Page account. Wait a bit and try again. For more info, please refer to https://developers.facebook.com/docs/graph-api/overview/rate-limiting.",
          )
        const result = await answer(call, caller)
        return result instanceof Response ? result : Response.json(result)
      } catch (error) {
        if (error instanceof GraphError) return graphError(error)
        throw error
      }
    }
    const rule = world.faults.take({ on: operation, names: [account?.id, account?.remoteId] })
    const response = rule ? await answerCall(rule, run, scriptedError) : await run()
    response.headers.set("facebook-api-version", graphVersion)
    for (const [name, value] of Object.entries(headers)) response.headers.set(name, value)
    return response
  }

  async function batch(call: GraphCall): Promise<unknown> {
    const outer = tokens.caller(call.request, call.parameters)
    if (outer.kind === "none") throw new GraphError(104, "An access token is required to request this resource.")
    const raw = call.parameters.get("batch")
    const operations = (typeof raw === "string" ? JSON.parse(raw) : raw) as { method?: string; relative_url: string; body?: string }[]
    if (!Array.isArray(operations)) throw invalid("batch must be a JSON list")
    if (operations.length > batchMax) throw new GraphError(100, "(#100) Too many requests in batch message. Maximum batch size is 50")
    const withHeaders = !isFalse(call.parameters.get("include_headers"))
    return Promise.all(
      operations.map(async ({ method = "GET", relative_url, body }) => {
        const url = new URL(relative_url.replace(/^\/+/, ""), `${world.addresses.facebook}/`)
        const headers: Record<string, string> = { "content-type": "application/x-www-form-urlencoded" }
        const token =
          url.searchParams.get("access_token") ?? call.request.headers.get("authorization")?.slice(7) ?? text(call.parameters.get("access_token"))
        if (token) headers.authorization = `Bearer ${token}`
        const request = new Request(url, { method, headers, ...(body && method !== "GET" ? { body } : {}) })
        const response = await perform({ method, path: pathOf(url), parameters: await readParameters(request, url), request, inBatch: true })
        return {
          code: response.status,
          ...(withHeaders ? { headers: [...response.headers].map(([name, value]) => ({ name, value })) } : {}),
          body: await response.text(),
        }
      }),
    )
  }

  async function cdn(path: string): Promise<Response> {
    const avatar = /^\/__cdn\/avatar\/(\d+)\/(\d+)-(\d+)-(\d+)\.jpg$/.exec(path)
    if (avatar) {
      const [, remoteId, expires, generation, size] = avatar
      if (Number(expires) < world.clock.now()) return new Response("URL signature expired", { status: 403 })
      const account = accountOf(world, remoteId!)
      const bytes = await world.pictures.avatar(account.id, account.tuning.avatar, Number(generation), Number(size))
      return new Response(bytes as Uint8Array<ArrayBuffer>, { headers: { "content-type": "image/jpeg" } })
    }
    const photo = /^\/__cdn\/photo\/(\w+)$/.exec(path)
    const bytes = photo && media.read(photo[1]!)
    return bytes
      ? new Response(bytes as Uint8Array<ArrayBuffer>, { headers: { "content-type": "image/jpeg" } })
      : new Response("Not found", { status: 404 })
  }

  const pathOf = (url: URL) => {
    const parts = url.pathname.split("/").filter(Boolean)
    return /^v\d+\.\d+$/.test(parts[0] ?? "") ? parts.slice(1) : parts
  }

  return {
    posts,
    async handle(request) {
      const url = new URL(request.url)
      if (url.pathname.startsWith("/__cdn/")) return cdn(url.pathname)
      if (/^\/v\d+\.\d+\/dialog\/oauth$/.test(url.pathname)) return dialog.page(url)
      if (world.latencyMs) await sleep(world.latencyMs)
      let parameters: Map<string, unknown>
      try {
        parameters = await readParameters(request, url)
      } catch {
        return graphError(invalid("The request body could not be read"))
      }
      return perform({ method: request.method, path: pathOf(url), parameters, request, inBatch: false })
    },
  }
}
