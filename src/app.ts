/**
 * The composition root: configuration → parts → rooms. Nothing is opened before a command asks for it, so that judging a
 * name or a picture needs no database. Rooms do not know each other; what one needs of another is handed in here.
 */
import { existsSync } from "node:fs"
import { join } from "node:path"
import { Audit } from "./audit/index.ts"
import { Alerts } from "./alerts/index.ts"
import { Checks, createImageJudge, type ImageJudge } from "./checks/index.ts"
import { createArticles, type ArticlesRoom } from "./articles/index.ts"
import { systemClock, MINUTE, type Clock } from "./base/clock.ts"
import { checkout, type Config } from "./base/config.ts"
import { messageOf, NotFoundError, UsageError } from "./base/errors.ts"
import { newId } from "./base/hash.ts"
import { createLog, type Log } from "./base/log.ts"
import { createSafeFetch, type SafeFetch } from "./base/safe-fetch.ts"
import { isoDate } from "./base/time.ts"
import { inLine, inTransaction, isLost, keepSharedTime, openDb, type Db } from "./db/index.ts"
import { createFeeds, type FeedsRoom } from "./feeds/index.ts"
import { checkAlertFiles } from "./jobs/alert-messages.ts"
import { createCompose } from "./jobs/compose.ts"
import { createEyes } from "./jobs/eyes.ts"
import { feedAlert } from "./jobs/feed-alerts.ts"
import { Intake, type Compose, type IntakeDeps } from "./jobs/intake.ts"
import { freeLeases } from "./jobs/lease.ts"
import type { JoinedProvince } from "./jobs/province.ts"
import { Publisher } from "./jobs/publisher.ts"
import { recoverTokens } from "./jobs/recover-tokens.ts"
import { reportSources } from "./jobs/report-sources.ts"
import { runPass, type RunSummary } from "./jobs/run-pass.ts"
import { Firewall } from "./jobs/firewall.ts"
import { Routing } from "./jobs/routing.ts"
import type { NetworkAccount, NetworkName } from "./model/index.ts"
import { createNetworks, type Networks } from "./networks/index.ts"
import { Outbox, ownPosts, registerWorker, unregisterWorker } from "./outbox/index.ts"
import { isPublishing, loadRegistry, RegistryRoom, type Registry } from "./registry/index.ts"
import { loadPostTemplates } from "./render/index.ts"
import { Reports } from "./reports/index.ts"

export interface OpenOptions {
  /** `strict`: a folder with mistakes stops the command (serve, run); `lenient`: the registry applied last is used; `never`: the folder is not read. */
  apply?: "strict" | "lenient" | "never"
  /** Take part in the work: register as a worker, free what dead ones held. */
  work?: boolean
  rehearsal?: { ports?: { portals: number; facebook: number; zalo: number }; life?: boolean }
}

export interface App {
  readonly config: Config
  readonly clock: Clock
  readonly log: Log
  /** Rules and names can be judged before anything is opened; accounts once the rooms are open. */
  readonly checks: Checks
  /** The source firewall: word and domain lists; no database. */
  readonly firewall: Firewall
  /** Judges pictures by the references of accounts/images/; no database. */
  readonly images: ImageJudge
  open(options?: OpenOptions): Promise<Rooms>
  close(): Promise<void>
}

export interface Rooms {
  /** With the addresses of the rehearsal province in rehearsal mode. */
  config: Config
  clock: Clock
  log: Log
  db: Db
  engine: "sqlite" | "postgres"
  worker: string
  audit: Audit
  registry: RegistryRoom
  feeds: FeedsRoom
  articles: ArticlesRoom
  networks: Networks
  outbox: Outbox
  alerts: Alerts
  checks: Checks
  images: ImageJudge
  intake: Intake
  routing: Routing
  /** Posts from articles, as intake makes them. */
  compose: Compose
  reports: Reports
  safeFetch: SafeFetch
  province: JoinedProvince | null
  publisher(): Publisher
  /** The registry as of the last `refresh`. */
  view(): Registry
  /** Re-reads the registry, brings lanes and feeds in line and releases what a changed rule no longer holds. */
  refresh(): Promise<Registry>
  networkAccount(id: string): NetworkAccount | null
  /** Takes over what dead processes left half done. */
  recover(): Promise<void>
  run(options: { all?: boolean; signal: AbortSignal; onProgress?: (line: string) => void }): Promise<RunSummary>
}

const PUBLISH_AT_ONCE = 96
const DATABASE_WAIT_MS = 30_000
const userAgent = (config: Config) => `Loa/0.1 (+${config.publicUrl}; cross-posting of official portals)`

export function createApp(config: Config, parts: { clock?: Clock; log?: Log } = {}): App {
  const clock = parts.clock ?? systemClock
  const log = parts.log ?? createLog(config.logLevel)
  const checks = new Checks({ clock, registryDir: config.registryDir })
  const firewall = new Firewall(config.registryDir)
  const images = createImageJudge({ imagesDir: join(config.registryDir, "images") })
  let opening: Promise<{ rooms: Rooms; close(): Promise<void> }> | null = null
  return {
    config,
    clock,
    log,
    checks,
    firewall,
    images,
    open: async (options = {}) => (await (opening ??= openRooms({ config, clock, log, checks, firewall, images }, options))).rooms,
    close: async () => {
      if (opening) await opening.then((opened) => opened.close(), () => undefined)
    },
  }
}

async function openRooms({ config: given, clock, log, checks, firewall, images }: Omit<App, "open" | "close">, options: OpenOptions) {
  let config = given
  let province: JoinedProvince | null = null
  if (config.mode === "rehearsal") {
    const { joinProvince, rehearsalConfig } = await import("./jobs/province.ts")
    const loaded = loadRegistry(config.registryDir, isoDate(clock.now()))
    province = await joinProvince(config, clock, log, loaded.units, options.rehearsal)
    config = await rehearsalConfig(config, province)
  }
  const opened = await openDb({ databaseUrl: config.databaseUrl, dataDir: config.dataDir, ...(options.work ? { waitMs: DATABASE_WAIT_MS } : {}) })
  const { db, engine } = opened
  await keepSharedTime(db, clock)
  const audit = new Audit(clock)
  const alerts = new Alerts({ db, clock, log, audit })
  const raise = alerts.note.bind(alerts)
  const registry = new RegistryRoom({ db, clock, audit })
  await applyRegistry(registry, config, log, options.apply ?? "lenient")
  let view = await registry.current()

  const safeFetch = createSafeFetch({ allowPrivate: config.allowPrivate, userAgent: userAgent(config) })
  const feeds = createFeeds({ clock, safeFetch, pollSecondsMin: config.pollSecondsMin, allowPrivate: config.allowPrivate })
  const articles = createArticles({
    safeFetch,
    dataDir: config.dataDir,
    emblemPath: imageOf(given, "emblem.png"),
    coverPath: imageOf(given, "cover.jpg"),
  })
  const worker = options.work ? await registerWorker(db, clock) : `guest-${newId(clock.now())}`
  const networks = createNetworks({
    db,
    clock,
    log,
    config,
    dataDir: config.dataDir,
    owner: worker,
    ownPosts: (account, ids) => ownPosts(db, account, ids),
  })
  const outbox = new Outbox({
    db,
    engine,
    clock,
    log,
    audit,
    worker,
    account: (id) => view.accountById(id) ?? null,
    gate: (id) => checks.gate(id),
    publishTo: config.publishTo,
    // The one visitor of a rehearsal plays both persons.
    fourEyes: config.mode !== "rehearsal",
    lookMs: (network) => config.unknownLookMs ?? defaultLookMs[network],
    raise,
  })
  checks.watch({ db, audit, view: () => view })
  checks.lookThrough(createEyes({ config, checks, networks, safeFetch, images, networkAccount: (id) => networkAccount(id) }))
  const networkAccount = (id: string): NetworkAccount | null => {
    const account = view.accountById(id)
    return account && isPublishing(account.network) && account.remoteId
      ? { id, unitId: account.unitId, network: account.network, remoteId: account.remoteId }
      : null
  }
  const compose = createCompose({
    db,
    clock,
    articles,
    registry: () => view,
    templates: loadPostTemplates(config.templatesDir, join(checkout, "templates")),
    mediaDir: join(config.dataDir, "media"),
    publicUrl: () => config.publicUrl,
  })
  const news: IntakeDeps = {
    db,
    clock,
    log,
    worker,
    feeds,
    articles,
    outbox,
    registry: () => view,
    screen: (article) => firewall.screen(article, view),
    factAlert: feedAlert,
    compose,
    raise,
  }

  let reports: Reports | null = null
  const rooms: Rooms = {
    config,
    clock,
    log,
    db,
    engine,
    worker,
    audit,
    registry,
    feeds,
    articles,
    networks,
    outbox,
    alerts,
    checks,
    images,
    intake: new Intake(news),
    routing: new Routing(news),
    compose,
    // The sources read the rooms that are introduced here: they are fitted on first use.
    get reports() {
      return (reports ??= new Reports({
        db,
        clock,
        audit,
        sources: reportSources(rooms),
        templatesDir: config.templatesDir,
        filesDir: join(config.dataDir, "reports"),
        evidenceDir: join(config.registryDir, "evidence"),
      }))
    },
    safeFetch,
    province,
    networkAccount,
    view: () => view,
    publisher: () =>
      new Publisher({ outbox, network: (name: NetworkName) => networks.of(name), account: networkAccount, clock, log, concurrency: PUBLISH_AT_ONCE }),
    async refresh() {
      const next = await registry.current()
      if (next !== view) {
        view = next
        await syncRegistry(rooms)
      }
      await checks.refreshIfChanged()
      await outbox.releaseHeld()
      return view
    },
    async recover() {
      await keepSharedTime(db, clock)
      if (clock.jump?.()) return
      const dead = await outbox.recover()
      await inTransaction(db, (tx) => feeds.freeOwners(tx, dead))
      await networks.tokens.freeOwners(dead)
      await freeLeases(db, dead)
      await recoverTokens(rooms)
    },
    run: (how) => runPass(rooms, how),
  }
  await syncRegistry(rooms)
  if (options.work) {
    // Lists that would misjudge stop the start, not the first article.
    void firewall.lists
    checkAlertFiles(config.templatesDir)
    await checks.refresh()
    await recoverTokens(rooms)
    await networks.start()
    // Another machine's key is no lost key: we would stop every account of the others.
    if (engine === "postgres" && networks.tokens.foreignKey)
      throw new UsageError("key_differs", "no stored credential opens with this key: every machine needs the same LOA_SECRET_KEY (or secret.key)")
    await rooms.recover()
    await outbox.releaseHeld()
  }
  if (province) await connectRehearsal(rooms, province)
  return {
    rooms,
    close: async () => {
      // A database that is away keeps nobody from stopping: what is left half done is found by the next process.
      for (const last of [() => alerts.flush(), ...(options.work ? [() => unregisterWorker(db, worker)] : []), () => opened.close()]) {
        await last().catch((error: unknown) => {
          if (!isLost(error)) throw error
          log.warn("stopped while the database was away", { error: messageOf(error) })
        })
      }
      await province?.stop()
    },
  }
}

/** Zalo takes longer to show an article than Facebook a post (contracts: 1 and 5, 2 and 10 minutes). */
const defaultLookMs: Record<NetworkName, number[]> = { facebook: [MINUTE, 5 * MINUTE], zalo: [2 * MINUTE, 10 * MINUTE] }

async function applyRegistry(registry: RegistryRoom, config: Config, log: Log, how: "strict" | "lenient" | "never") {
  if (how === "never") return
  try {
    const change = await registry.applyFolder(config.registryDir, "job:start")
    if (change.changed) log.info("registry applied", { version: change.version })
  } catch (error) {
    const usable = how === "lenient" && error instanceof UsageError && (await registry.current()).version > 0
    if (!usable) throw error
    log.warn("the registry folder has mistakes; the version applied last is used", { error: error.message })
  }
}

/** Lanes for accounts and rows for feeds of this version of the registry; once a version. */
async function syncRegistry(rooms: Rooms): Promise<void> {
  const view = rooms.view()
  const stamp = `${view.version}/${view.day}`
  const done = await rooms.db.selectFrom("settings").select("value").where("name", "=", "registry.synced").executeTakeFirst()
  if (done?.value === stamp) return
  await inTransaction(rooms.db, async (tx) => {
    await inLine(tx, "registry")
    const now = rooms.clock.now()
    await rooms.outbox.syncLanes(tx, view.accounts.filter((account) => isPublishing(account.network)))
    await rooms.feeds.sync(tx, [...view.feeds], now)
    await tx
      .insertInto("settings")
      .values({ name: "registry.synced", value: stamp, updated_at: now })
      .onConflict((conflict) => conflict.column("name").doUpdateSet({ value: stamp, updated_at: now }))
      .execute()
  })
}

/** In rehearsal the consent of every account is given beforehand. */
async function connectRehearsal(rooms: Rooms, province: JoinedProvince): Promise<void> {
  for (const [id, credential] of Object.entries(province.addresses.credentials)) {
    const account = rooms.networkAccount(id)
    if (!account || (await rooms.networks.of(account.network).tokenState(id)).state === "ok") continue
    const outcome = await rooms.networks.of(account.network).connect(account, credential)
    if (outcome.kind === "refused") rooms.log.info("a rehearsal account was not connected", { account: id, reason: outcome.reason })
  }
}

export function accountOrThrow(rooms: Rooms, id: string): NetworkAccount {
  const account = rooms.networkAccount(id)
  if (!account) throw new NotFoundError("account", id)
  return account
}

/** A picture of the registry folder, else the built-in one. */
function imageOf(config: Config, name: string): string | null {
  const files = [config.registryDir, join(checkout, "accounts")].map((dir) => join(dir, "images", name))
  return files.find((file) => existsSync(file)) ?? null
}
