/**
 * A small rehearsal province in this process, and Loa as a child process in live mode against it: what an operator would see.
 * Every world has its own LOA_DATA, registry folder and ports.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createApp } from "../../src/app.ts"
import { systemClock, type Clock } from "../../src/base/clock.ts"
import { readConfig } from "../../src/base/config.ts"
import { silentLog } from "../../src/base/log.ts"
import { unitFile, type UnitFile } from "../../src/model/index.ts"
import { rehearsalApp, startProvince, type Province } from "../../src/rehearsal/index.ts"
import { databaseEnv, engine } from "./db.ts"

const main = join(import.meta.dir, "../../src/main.ts")

export interface WorldOptions {
  /** How many wards; each gets a Page and an OA. */
  units?: number
  articlesPerPortal?: number
  olderArticles?: number
  pictures?: boolean
  /** Each portal is a host of its own, so that politeness per host and port does not queue one behind another. */
  portPerPortal?: boolean
  env?: Record<string, string>
  /** Changes the registry before it is written. */
  edit?: (units: UnitFile[]) => void
  connect?: boolean
  /** What time the portals and networks believe it is. */
  clock?: Clock
  /** Instead of the engine of this run. */
  engine?: "sqlite" | "postgres"
}

export interface Ran {
  code: number
  signal: string | null
  stdout: string
  stderr: string
  // biome-ignore lint: tests look into documents whose shape they assert
  json: any
}

export async function world(options: WorldOptions = {}) {
  const home = mkdtempSync(join(tmpdir(), "loa-world-"))
  const province = await startProvince({
    units: wards(options.units ?? 2),
    clock: options.clock ?? systemClock,
    pictures: options.pictures ?? false,
    articlesPerPortal: options.articlesPerPortal ?? 3,
    olderArticles: options.olderArticles ?? 0,
    wrongAccounts: false,
    portPerPortal: options.portPerPortal ?? false,
  })
  const registryDir = join(home, "accounts")
  const units = province.units()
  for (const unit of units) for (const account of unit.accounts) account.pace = { everyMinutes: 0, perDay: 0 }
  options.edit?.(units)
  const writeRegistry = (list: UnitFile[] = units) => {
    mkdirSync(join(registryDir, "units"), { recursive: true })
    writeFileSync(join(registryDir, "units", "units.yaml"), JSON.stringify(list, null, 1))
  }
  writeRegistry()

  const port = await freePort()
  const database = await databaseEnv(options.engine ?? engine)
  const env: Record<string, string> = {
    PATH: process.env.PATH ?? "",
    HOME: home,
    TZ: "UTC",
    LOA_MODE: "live",
    PUBLISH_TO: "*",
    LOA_DATA: join(home, "data"),
    LOA_REGISTRY: registryDir,
    LOA_ALLOW_PRIVATE_HOSTS: "127.0.0.1",
    LOA_POLL_SECONDS_MIN: "0",
    LOA_UNKNOWN_LOOK_SECONDS: "1,2",
    LOA_LOG: "warn",
    PORT: String(port),
    FACEBOOK_GRAPH_URL: province.facebookUrl,
    FACEBOOK_APP_ID: rehearsalApp.facebookAppId,
    FACEBOOK_APP_SECRET: rehearsalApp.facebookAppSecret,
    FACEBOOK_WEBHOOK_VERIFY_TOKEN: rehearsalApp.facebookVerifyToken,
    ZALO_API_URL: province.zaloApiUrl,
    ZALO_OAUTH_URL: province.zaloOauthUrl,
    ZALO_APP_ID: rehearsalApp.zaloAppId,
    ZALO_APP_SECRET: rehearsalApp.zaloAppSecret,
    ZALO_OA_SECRET_KEY: rehearsalApp.zaloOaSecretKey,
    ...database.env,
    ...options.env,
  }

  const start = (args: string[], extra: Record<string, string> = {}) => Bun.spawn([process.execPath, main, ...args], { env: { ...env, ...extra }, stdin: "pipe", stdout: "pipe", stderr: "pipe" })

  async function loa(args: string[], extra: { env?: Record<string, string>; stdin?: string } = {}): Promise<Ran> {
    const child = start(args, extra.env)
    if (extra.stdin !== undefined) child.stdin.write(extra.stdin)
    child.stdin.end()
    const [stdout, stderr] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text(), child.exited])
    let json: unknown = null
    try {
      json = JSON.parse(stdout)
    } catch {}
    return { code: child.exitCode ?? -1, signal: child.signalCode as string | null, stdout, stderr, json }
  }

  /** Connects every account in this process: quicker than one child for each. */
  async function connectAll() {
    const app = createApp(readConfig(env, home), { log: silentLog })
    const rooms = await app.open({ apply: "strict" })
    for (const account of rooms.view().accounts) {
      const own = rooms.networkAccount(account.id)
      const credential = own ? province.credential(account.id) : null
      if (!own || !credential) continue
      const outcome = await rooms.networks.of(own.network).connect(own, credential)
      if (outcome.kind === "refused") throw new Error(`${account.id}: ${outcome.reason}`)
    }
    await app.close()
  }
  if (options.connect !== false) await connectAll()

  return {
    home,
    env,
    province,
    units,
    registryDir,
    writeRegistry,
    connectAll,
    loa,
    start,
    /** Runs passes until nothing waits for its time any more (at most `passes`). */
    async settle(passes = 8): Promise<Ran> {
      let last = await loa(["run", "--all", "--json"])
      for (let i = 1; i < passes; i++) {
        const { unknown = 0, sending = 0, waiting = 0 } = last.json?.deliveries ?? {}
        if (last.json && unknown + sending + waiting === 0) break
        await Bun.sleep(1_050)
        last = await loa(["run", "--all", "--json"])
      }
      return last
    },
    async close() {
      await province.stop()
      await database.drop()
      rmSync(home, { recursive: true, force: true })
    },
  }
}
export type World = Awaited<ReturnType<typeof world>>

/** Articles that stand on each account, by URL: the truth of the networks. */
export const standing = (province: Province, account: string) => province.posts(account).filter((post) => !post.hidden).map((post) => post.articleUrl).sort()

const names = ["Kinh Bắc", "Vũ Ninh", "Võ Cường", "Nam Sơn", "Hạp Lĩnh", "Từ Sơn", "Tam Sơn", "Phù Khê", "Đồng Nguyên", "Quế Võ"]
const slugs = ["kinh-bac", "vu-ninh", "vo-cuong", "nam-son", "hap-linh", "tu-son", "tam-son", "phu-khe", "dong-nguyen", "que-vo"]

function wards(count: number): UnitFile[] {
  return Array.from({ length: count }, (_, i) => {
    // Ten wards have names of their own; a bigger world numbers the next ones.
    const slug = slugs[i] ?? `so-${i + 1}`
    return unitFile.parse({ id: `phuong-${slug}`, kind: "ward", name: `UBND phường ${names[i] ?? `Số ${i + 1}`}`, portal: { url: `https://${slug.replaceAll("-", "")}.bacninh.gov.vn` } })
  })
}

async function freePort(): Promise<number> {
  const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() })
  const { port } = server
  await server.stop(true)
  return port!
}
