/**
 * Rehearsal mode's other side. The first process of a LOA_DATA starts the province and leaves its addresses in
 * `rehearsal/province.json`; other processes (a `loa run` beside a `serve`) find them there and use the same province.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { stringify } from "yaml"
import type { Clock } from "../base/clock.ts"
import { checkout, type Config } from "../base/config.ts"
import type { Log } from "../base/log.ts"
import type { Unit, UnitFile } from "../model/index.ts"
import { isPublishing } from "../registry/index.ts"
import type { FacebookCredential, Province, ZaloCredential } from "../rehearsal/index.ts"

export interface Addresses {
  pid: number
  portalsUrl: string
  facebookUrl: string
  zaloApiUrl: string
  zaloOauthUrl: string
  pages: Province["pages"]
  credentials: Record<string, FacebookCredential | ZaloCredential>
}

export interface JoinedProvince {
  addresses: Addresses
  /** The registry of the rehearsal, as files. */
  registryDir: string
  /** The province itself when this process runs it. */
  own: Province | null
  stop(): Promise<void>
}

const folder = (config: Config) => join(config.dataDir, "rehearsal")

async function running(config: Config): Promise<Addresses | null> {
  try {
    const addresses = JSON.parse(readFileSync(join(folder(config), "province.json"), "utf8")) as Addresses
    process.kill(addresses.pid, 0)
    const answer = await fetch(addresses.portalsUrl, { signal: AbortSignal.timeout(2_000) })
    return answer.ok ? addresses : null
  } catch {
    return null
  }
}

/** A unit as its file has it: accounts do not repeat whose they are. */
const fileOf = (unit: Unit): UnitFile => ({ ...unit, accounts: unit.accounts.map(({ unitId: _unitId, ...account }) => account) })

/** The province of this LOA_DATA: joined when another process runs it, else started here. */
export async function joinProvince(
  config: Config,
  clock: Clock,
  log: Log,
  units: readonly Unit[],
  options: { ports?: { portals: number; facebook: number; zalo: number }; life?: boolean } = {},
): Promise<JoinedProvince> {
  const dir = folder(config)
  const registryDir = join(dir, "accounts")
  const found = await running(config)
  if (found && existsSync(registryDir)) return { addresses: found, registryDir, own: null, stop: async () => undefined }

  const { startProvince } = await import("../rehearsal/index.ts")
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const own = await startProvince({
    units: units.filter((unit) => !unit.ends).map(fileOf),
    clock,
    ports: options.ports ?? { portals: 0, facebook: 0, zalo: 0 },
    stateFile: join(dir, "state.jsonl"),
    emblemFile: join(checkout, "accounts/images/emblem.png"),
  })
  const listed = own.units()
  const addresses: Addresses = {
    pid: process.pid,
    portalsUrl: own.portalsUrl,
    facebookUrl: own.facebookUrl,
    zaloApiUrl: own.zaloApiUrl,
    zaloOauthUrl: own.zaloOauthUrl,
    pages: own.pages,
    credentials: Object.fromEntries(
      listed.flatMap((unit) =>
        unit.accounts.filter((account) => isPublishing(account.network)).flatMap((account) => {
          const credential = own.credential(account.id)
          return credential ? [[account.id, credential]] : []
        }),
      ),
    ),
  }
  mkdirSync(join(registryDir, "units"), { recursive: true })
  writeAtomically(join(registryDir, "units", "rehearsal.yaml"), stringify(listed))
  const source = listed.find((unit) => unit.kind === "province_portal")
  // What leadership news is; it feeds the portals and is not posted on everybody's accounts.
  if (source)
    writeAtomically(
      join(registryDir, "routes.yaml"),
      stringify([
        {
          id: "tin-lanh-dao-tinh",
          enabled: false,
          when: { units: [source.id], sections: ["Hoạt động của lãnh đạo"] },
          to: { all: true },
          leadership: true,
        },
      ]),
    )
  inviteStrangers(own, registryDir)
  writeAtomically(join(dir, "province.json"), JSON.stringify(addresses))
  if (options.life) own.startLife()
  log.info("the rehearsal province is up", { portals: own.pages.portals, facebook: own.pages.facebook, zalo: own.pages.zalo })
  return {
    addresses,
    registryDir,
    own,
    stop: async () => {
      rmSync(join(dir, "province.json"), { force: true })
      await own.stop()
    },
  }
}

/** Two pages that imitate units, and the file in which somebody noted them: one can be read by Loa, the other only by people. */
function inviteStrangers(province: Province, registryDir: string) {
  const file = join(registryDir, "observed", "dien-tap.yaml")
  const unit = province.units().find((one) => one.kind === "ward" || one.kind === "commune")
  if (existsSync(file) || !unit) return
  mkdirSync(join(registryDir, "observed"), { recursive: true })
  const pages = [
    { name: `${unit.name} - Hỗ trợ thu hồi tiền`, publicAccess: true, avatar: "emblem" as const, about: "Trang hỗ trợ người dân (diễn tập)" },
    { name: unit.name, publicAccess: false, avatar: "building" as const },
  ]
  writeAtomically(
    file,
    stringify(
      pages.map((page) => ({
        url: `${province.pages.facebook}/${province.strangePage(page)}`,
        network: "facebook",
        name: page.name,
        note: "Người dân phản ánh (diễn tập)",
      })),
    ),
  )
}

function writeAtomically(file: string, text: string) {
  writeFileSync(`${file}.new`, text, { mode: 0o600 })
  renameSync(`${file}.new`, file)
}

/** The configuration of a process that talks to the province and to nothing else. */
export async function rehearsalConfig(config: Config, joined: JoinedProvince): Promise<Config> {
  const { rehearsalApp } = await import("../rehearsal/index.ts")
  const { addresses } = joined
  return {
    ...config,
    registryDir: joined.registryDir,
    allowPrivate: [...config.allowPrivate, "127.0.0.1"],
    // People rehearsing want to see the article, not wait five minutes for it.
    pollSecondsMin: process.env.LOA_POLL_SECONDS_MIN ? config.pollSecondsMin : 5,
    facebook: {
      ...config.facebook,
      graphUrl: addresses.facebookUrl,
      appId: rehearsalApp.facebookAppId,
      appSecret: rehearsalApp.facebookAppSecret,
      webhookVerifyToken: rehearsalApp.facebookVerifyToken,
    },
    zalo: {
      ...config.zalo,
      apiUrl: addresses.zaloApiUrl,
      oauthUrl: addresses.zaloOauthUrl,
      appId: rehearsalApp.zaloAppId,
      appSecret: rehearsalApp.zaloAppSecret,
      oaSecretKey: rehearsalApp.zaloOaSecretKey,
    },
  }
}
