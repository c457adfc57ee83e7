/** The rehearsal province: fake portals, Graph API and Zalo API over real HTTP. Started by rehearsal mode, `loa rehearse` and tests, never in live mode. */
import { join } from "node:path"
import { checkout } from "../base/config.ts"
import { castOf, type Addresses } from "./cast.ts"
import { createControl } from "./control.ts"
import { createFacebook } from "./facebook/server.ts"
import { pageTokenOf, systemTokenOf } from "./facebook/tokens.ts"
import { createFaults } from "./faults.ts"
import { openJournal } from "./journal.ts"
import { createMedia } from "./media.ts"
import { addOwnAccount, createAccountPages, type OwnAccount } from "./own-accounts.ts"
import { createPeoplePages } from "./people.ts"
import { createPictures } from "./pictures.ts"
import { createPortals } from "./portals/portals.ts"
import { createPortalHandler } from "./portals/server.ts"
import { hashOf } from "./random.ts"
import { listen, type Handler, type Listener } from "./serve.ts"
import { rehearsalApp, type AccountTuning, type Province, type ProvinceOptions } from "./types.ts"
import { deliverWebhook } from "./webhooks.ts"
import { accountOf, addStrangePage, articleUrlOf, tuneAccount, visiblePost, type Post, type World } from "./world.ts"
import { createZalo } from "./zalo/server.ts"

export * from "./types.ts"
export { faultRule } from "./control.ts"
export { groupOf as zaloGroupOf } from "./zalo/server.ts"

const lifeEveryMs = 8_000
/** The first one comes soon: a newcomer is watching. */
const firstLifeMs = 1_500

export async function startProvince(options: ProvinceOptions): Promise<Province> {
  const { clock, seed = 1, host = "127.0.0.1", ports = { portals: 0, facebook: 0, zalo: 0 }, pictures = true } = options
  const journal = openJournal(options.stateFile)
  const lastPorts = journal.past.findLast(([kind]) => kind === "ports")?.[1] as Record<string, number> | undefined
  const isFirstStart = journal.past.length === 0

  // Servers first, because every address of the province depends on their ports; they answer once the province stands.
  let handlers: { portals: Handler; facebook: Handler; zalo: Handler } | null = null
  const soon = (name: "portals" | "facebook" | "zalo"): Handler => (request) => handlers?.[name](request) ?? new Response("starting", { status: 503 })
  const listeners: Listener[] = []
  const open = async (name: string, port: number, handler: Handler) => {
    const listener = await listen(host, port, lastPorts?.[name], handler)
    listeners.push(listener)
    return listener
  }
  const portalServer = await open("portals", ports.portals, soon("portals"))
  const facebookServer = await open("facebook", ports.facebook, soon("facebook"))
  const zaloServer = await open("zalo", ports.zalo, soon("zalo"))
  const portalBases = new Map<string, string>()
  if (options.portPerPortal)
    for (const unit of options.units) if (!unit.ends) portalBases.set(unit.id, (await open(`portal ${unit.id}`, 0, soon("portals"))).url)
  journal.write("ports", {
    portals: portalServer.port,
    facebook: facebookServer.port,
    zalo: zaloServer.port,
    ...Object.fromEntries([...portalBases].map(([id, url]) => [`portal ${id}`, Number(new URL(url).port)])),
  })

  const urlOf = (unitId: string) => `${portalBases.get(unitId) ?? portalServer.url}/${unitId}/`
  const addresses: Addresses = {
    portal: urlOf,
    feed: (unitId) => `${urlOf(unitId)}rss`,
    person: (network, remoteId) => `${network === "facebook" ? facebookServer.url : zaloServer.url}/nhin/${remoteId}`,
  }
  const cast = castOf(options.units, { seed, now: clock.now(), addresses, wrongAccounts: options.wrongAccounts ?? true })
  const world: World = {
    clock,
    seed,
    latencyMs: options.latencyMs ?? 0,
    fetchPictures: pictures,
    faults: createFaults(seed),
    journal,
    pictures: createPictures(seed, options.emblemFile ?? join(checkout, "accounts/images/emblem.png")),
    units: new Map(cast.units.map((unit) => [unit.id, unit])),
    accounts: new Map(),
    byRemoteId: new Map(),
    counts: new Map(),
    ownLinks: new Map(),
    addresses: { portals: portalServer.url, facebook: facebookServer.url, zalo: zaloServer.url },
  }
  for (const { file, unitId, shown, connectable } of cast.members) {
    const account = {
      id: file.id,
      unitId,
      network: file.network as "facebook" | "zalo",
      remoteId: file.remoteId!,
      connectable,
      tuning: shown,
      avatarVersion: 1,
      posts: new Map<string, Post>(),
    }
    world.accounts.set(account.id, account)
    world.byRemoteId.set(account.remoteId, account)
  }

  const portals = createPortals(world, cast.units, cast.silentPortals, pictures, urlOf)
  const facebook = createFacebook(world, createMedia(options.stateFile ? `${options.stateFile}.media` : null))
  const zalo = createZalo(world)
  restore(world, { portals, facebook: facebook.posts, tokens: zalo.tokens, articles: zalo.articles })
  if (isFirstStart) portals.fill(options.articlesPerPortal ?? 3, options.olderArticles ?? 0)

  let life: ReturnType<typeof setTimeout> | null = null
  let beats = 0
  const stopLife = () => {
    if (life) clearTimeout(life)
    life = null
  }
  const province: Province = {
    portalUrl: urlOf,
    feedUrl: addresses.feed,
    facebookUrl: facebookServer.url,
    zaloApiUrl: zaloServer.url,
    zaloOauthUrl: `${zaloServer.url}/v4/oa`,
    portalsUrl: portalServer.url,
    app: rehearsalApp,
    pages: { portals: `${portalServer.url}/`, facebook: `${facebookServer.url}/nhin`, zalo: `${zaloServer.url}/nhin` },
    units: () => cast.units,
    systemUserToken: systemTokenOf(seed),
    credential(accountId) {
      const account = accountOf(world, accountId)
      if (!account.connectable) return null
      return account.network === "facebook" ? { page_access_token: pageTokenOf(seed, account) } : zalo.tokens.current(account)
    },
    publishArticle: (unitId, draft) => portals.publish(unitId, draft),
    editArticle: (articleId, change) => portals.edit(articleId, change),
    withdrawArticle: (articleId) => portals.withdraw(articleId),
    articles: (unitId) => [...portals.get(unitId).articles],
    setPortal: (unitId, settings) => portals.set(unitId, settings),
    hijack: (unitId, kind, count) => portals.hijack(unitId, kind, count),
    startLife({ everyMs = lifeEveryMs } = {}) {
      stopLife()
      const unitIds = [...portals.all.keys()]
      const beat = () => {
        portals.publish(unitIds[hashOf(seed, `life ${beats++}`) % unitIds.length]!)
        life = setTimeout(beat, everyMs)
      }
      life = setTimeout(beat, Math.min(everyMs, firstLifeMs))
    },
    stopLife,
    script: (rule) => world.faults.add(rule),
    clearScript: () => world.faults.clear(),
    tune: (accountId, tuning) => tuneAccount(world, accountId, tuning),
    strangePage: (page) => addStrangePage(world, page).remoteId,
    createAccount: (own) => addOwnAccount(world, own).remoteId,
    foreignPost(accountId, post) {
      const account = accountOf(world, accountId)
      return account.network === "facebook" ? facebook.posts.foreign(account, post) : zalo.articles.foreign(account, post)
    },
    posts(accountId) {
      const accounts = accountId ? [accountOf(world, accountId)] : [...world.accounts.values()]
      return accounts.flatMap((account) => [...account.posts.values()].map((post) => visiblePost(account, post)))
    },
    duplicates: () => duplicatesOf(world),
    messages: (accountId) => zalo.messages.filter((message) => !accountId || message.account === accountOf(world, accountId).id),
    counts: () => Object.fromEntries(world.counts),
    sendWebhook: (target, kind, webhook) => deliverWebhook(world, target, kind, webhook),
    async stop() {
      stopLife()
      handlers = null
      await Promise.all(listeners.map((listener) => listener.stop()))
      journal.close()
    },
  }

  const control = createControl(province, () => world.faults.list())
  type Pages = (request: Request, path: string) => Promise<Response> | Response | null
  const withControl = (handler: Handler, ...pages: Pages[]): Handler => (request) => {
    // Nearly every call is an API call: look at the address as text before it is taken apart.
    if (!/\/__control\/|\/nhin|:\d+\/$/.test(request.url)) return handler(request)
    const url = new URL(request.url)
    if (url.pathname.startsWith("/__control/")) return control.handle(request, url)
    for (const page of pages) {
      const answer = page(request, url.pathname)
      if (answer) return answer
    }
    return handler(request)
  }
  handlers = {
    portals: withControl(createPortalHandler(world, portals)),
    facebook: withControl(facebook.handle, createAccountPages(world, "facebook"), createPeoplePages(world, "facebook")),
    zalo: withControl(zalo.handle, createAccountPages(world, "zalo"), createPeoplePages(world, "zalo")),
  }
  zalo.articles.resume()
  return province
}

type Restorer = { restore(kind: string, value: unknown): void }
function restore(world: World, rooms: Record<string, Restorer>): void {
  for (const [kind, value] of world.journal.past) {
    if (kind === "post") world.accounts.get((value as Post).account)?.posts.set((value as Post).id, value as Post)
    else if (kind === "own account") addOwnAccount(world, value as OwnAccount, true)
    else if (kind === "strange page") addStrangePage(world, value as Parameters<typeof addStrangePage>[1], true)
    else if (kind === "post gone") {
      const { account, id } = value as { account: string; id: string }
      world.accounts.get(account)?.posts.delete(id)
    } else if (kind === "tune") {
      const { account, tuning } = value as { account: string; tuning: AccountTuning }
      if (world.accounts.has(account)) tuneAccount(world, account, tuning, true)
    }
    for (const room of Object.values(rooms)) room.restore(kind, value)
  }
  world.journal.past.length = 0
}

function duplicatesOf(world: World) {
  const found: { account: string; articleUrl: string; posts: string[] }[] = []
  for (const account of world.accounts.values()) {
    const byArticle = new Map<string, string[]>()
    for (const post of account.posts.values()) {
      const url = articleUrlOf(post)
      if (url) byArticle.set(url, [...(byArticle.get(url) ?? []), post.id])
    }
    for (const [articleUrl, posts] of byArticle) if (posts.length > 1) found.push({ account: account.id, articleUrl, posts })
  }
  return found
}
