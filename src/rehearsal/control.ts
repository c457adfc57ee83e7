/**
 * The control room: the same levers over HTTP, for child processes and black-box tests. Only JSON bodies are taken, so
 * that a page in somebody's browser cannot pull a lever.
 */
import { z } from "zod"
import { messageOf } from "../base/errors.ts"
import type { AccountTuning, ArticleDraft, FaultRule, HijackKind, PortalSettings, Province, WebhookKind, WebhookOptions } from "./types.ts"

const faultKinds = [
  "500_before", "500_and_create", "hang_before", "hang_and_create", "cut_before", "cut_after_create", "empty_2xx", "broken_json", "no_id",
  "html_502", "html_502_and_create", "404_json", "error", "error_and_create", "slow", "reply",
] as const
export const faultRule = z.strictObject({
  on: z.string().min(1),
  what: z.enum(faultKinds),
  account: z.string().optional(),
  times: z.number().int().min(0).optional(),
  after: z.number().int().min(0).optional(),
  code: z.number().int().optional(),
  subcode: z.number().int().optional(),
  message: z.string().optional(),
  status: z.number().int().min(100).max(599).optional(),
  headers: z.record(z.string(), z.string()).optional(),
  body: z.unknown().optional(),
  delayMs: z.number().min(0).max(600_000).optional(),
  probability: z.number().min(0).max(1).optional(),
}) satisfies z.ZodType<FaultRule>

const settings = z.record(z.string(), z.unknown())
const bodies = {
  script: z.union([faultRule, z.array(faultRule)]),
  publish: z.object({ unit: z.string(), article: settings.default({}), count: z.number().int().min(1).max(1_000).default(1) }),
  edit: z.object({ article: z.string(), change: settings }),
  withdraw: z.object({ article: z.string() }),
  portal: z.object({ unit: z.string(), settings }),
  hijack: z.object({ unit: z.string(), kind: z.string(), count: z.number().int().min(1).max(1_000).optional() }),
  account: z.object({ account: z.string(), tuning: settings }),
  foreign: z.object({
    account: z.string(),
    text: z.string(),
    title: z.string().optional(),
    link: z.string().optional(),
    app: z.object({ id: z.string(), name: z.string() }).optional(),
  }),
  own: z.object({ unitId: z.string(), network: z.enum(["facebook", "zalo"]), name: z.string().min(1), tuning: settings.optional() }),
  strange: z.looseObject({ name: z.string().min(1), handle: z.string().optional() }),
  webhook: z.object({ target: z.url(), kind: z.string(), options: settings.default({}) }),
  life: z.object({ everyMs: z.number().min(100).nullable() }),
}

export interface Control {
  /** Answers `/__control/…`. */
  handle(request: Request, url: URL): Promise<Response>
}

export function createControl(province: Province, rules: () => FaultRule[]): Control {
  const readings: Record<string, (query: URLSearchParams) => unknown> = {
    state: () => ({
      portals: province.portalsUrl,
      facebook: province.facebookUrl,
      zaloApi: province.zaloApiUrl,
      zaloOauth: province.zaloOauthUrl,
      pages: province.pages,
      app: province.app,
      units: province.units().length,
      posts: province.posts().length,
      duplicates: province.duplicates().length,
      counts: province.counts(),
      script: rules(),
    }),
    posts: (query) => ({ posts: province.posts(query.get("account") ?? undefined) }),
    messages: (query) => ({ messages: province.messages(query.get("account") ?? undefined) }),
    duplicates: () => ({ duplicates: province.duplicates() }),
    counts: () => province.counts(),
    units: () => ({ units: province.units() }),
    articles: (query) => ({ articles: province.articles(query.get("unit") ?? "") }),
    credential: (query) => province.credential(query.get("account") ?? ""),
    script: () => ({ script: rules() }),
  }
  const levers: { [name in keyof typeof bodies]: (body: z.infer<(typeof bodies)[name]>) => unknown } = {
    script: (body) => ((Array.isArray(body) ? body : [body]).forEach((rule) => province.script(rule)), { script: rules() }),
    publish: ({ unit, article, count }) => ({
      articles: Array.from({ length: count }, () => province.publishArticle(unit, article as ArticleDraft)),
    }),
    edit: ({ article, change }) => province.editArticle(article, change as ArticleDraft),
    withdraw: ({ article }) => (province.withdrawArticle(article), { withdrawn: article }),
    portal: (body) => (province.setPortal(body.unit, body.settings as Partial<PortalSettings>), { unit: body.unit }),
    hijack: ({ unit, kind, count }) => ({ articles: province.hijack(unit, kind as HijackKind, count) }),
    account: ({ account, tuning }) => (province.tune(account, tuning as AccountTuning), { account }),
    foreign: ({ account, ...post }) => ({ id: province.foreignPost(account, post) }),
    own: (own) => ({ id: province.createAccount(own as Parameters<Province["createAccount"]>[0]) }),
    strange: (page) => ({ id: province.strangePage(page) }),
    webhook: async ({ target, kind, options }) => ({ answers: await province.sendWebhook(target, kind as WebhookKind, options as WebhookOptions) }),
    life: ({ everyMs }) => (everyMs === null ? province.stopLife() : province.startLife({ everyMs }), { everyMs }),
  }

  return {
    async handle(request, url) {
      const name = url.pathname.slice("/__control/".length)
      // A name that somebody pointed at this machine must not reach the levers.
      if (!["127.0.0.1", "localhost"].includes(url.hostname)) return Response.json({ error: "loopback only" }, { status: 403 })
      try {
        if (request.method === "GET" && readings[name]) return Response.json(readings[name](url.searchParams))
        if (request.method === "DELETE" && name === "script") {
          province.clearScript()
          return Response.json({ script: [] })
        }
        if (request.method !== "POST" || !(name in bodies))
          return Response.json({ error: `no lever "${name}"`, levers: Object.keys(bodies), readings: Object.keys(readings) }, { status: 404 })
        if (!request.headers.get("content-type")?.startsWith("application/json"))
          return Response.json({ error: "send application/json" }, { status: 415 })
        const lever = name as keyof typeof bodies
        const parsed = bodies[lever].safeParse(await request.json())
        if (!parsed.success) return Response.json({ error: z.prettifyError(parsed.error) }, { status: 400 })
        return Response.json(await (levers[lever] as (body: unknown) => unknown)(parsed.data))
      } catch (error) {
        return Response.json({ error: messageOf(error) }, { status: 400 })
      }
    },
  }
}
