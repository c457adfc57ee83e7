/** How accounts are looked at: profile from the network, avatar through the image judge, front page of the portal. Joins networks, safe fetching and checks. */
import { existsSync } from "node:fs"
import { mkdir, rename, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { SECOND } from "../base/clock.ts"
import { defaults, type Config } from "../base/config.ts"
import { sha256 } from "../base/hash.ts"
import type { SafeFetch } from "../base/safe-fetch.ts"
import { expectedPictures, pageLinksToAccount, rulesetOn, type Checks, type Expectation, type ImageJudge, type ObserveDeps } from "../checks/index.ts"
import type { Account, Unit, UnitKind } from "../model/index.ts"
import { avatarHostAllowed, type Networks } from "../networks/index.ts"

export interface EyesDeps {
  config: Config
  checks: Checks
  networks: Networks
  safeFetch: SafeFetch
  images: ImageJudge
  /** Sees every picture that was judged, with its bytes. */
  onPicture?(account: Account, picture: { sha256: string; verdict: string; bytes: Uint8Array }): void
  networkAccount(id: string): { id: string; unitId: string; network: "facebook" | "zalo"; remoteId: string } | null
}

const AVATAR_BYTES_MAX = 5_000_000
const PAGE_BYTES_MAX = 3_000_000
/** Long enough for the accounts of one unit in one pass, short enough for a person who mends a link and looks again. */
const PAGE_LIVES_MS = 3 * SECOND
const levelOf: Record<UnitKind, "province_portal" | "department" | "commune"> = {
  province_portal: "province_portal",
  department: "department",
  commune: "commune",
  ward: "commune",
  district: "commune",
  town: "commune",
  city: "commune",
  township: "commune",
}

export function createEyes(deps: EyesDeps): Omit<ObserveDeps, "unitOf" | "onFailure"> {
  /** One front page serves all accounts of a unit. */
  const pages = new Map<string, Promise<string | null>>()
  const frontPage = (url: string) => {
    const known = pages.get(url)
    if (known) return known
    const page = deps
      .safeFetch(url, { maxBytes: PAGE_BYTES_MAX, timeoutMs: 20 * SECOND, redirectsMax: 5, accept: "text/html" })
      .then((answer) => (answer.status === 200 ? new TextDecoder().decode(answer.body) : null), () => null)
    pages.set(url, page)
    if (pages.size > 500) pages.delete(pages.keys().next().value!)
    void page.then(() => setTimeout(() => pages.delete(url), PAGE_LIVES_MS).unref())
    return page
  }
  return {
    async readProfile(account) {
      const own = deps.networkAccount(account.id)
      return own ? deps.networks.of(own.network).profile(own) : { kind: "gone", code: "no_id", reason: "Tài khoản chưa có mã trên nền tảng." }
    },
    async judgeAvatar(account: Account, unit: Unit, url: string) {
      if (account.network === "facebook" && !avatarHostAllowed(url, deps.config.facebook.graphUrl)) return null
      if (account.network === "zalo" && !zaloHostAllowed(url, deps.config.zalo.apiUrl)) return null
      const answer = await deps.safeFetch(url, { maxBytes: AVATAR_BYTES_MAX, timeoutMs: 15 * SECOND, redirectsMax: 0, accept: "image/*" })
      if (answer.status !== 200) return null
      const ruleset = rulesetOn(deps.checks.rules.rulesets, deps.checks.today())
      const expect = expectedPictures(unit, levelOf[unit.kind], ruleset, {}) as Expectation[]
      const seen = { sha256: sha256(answer.body), image: await deps.images.judge(answer.body, { expect }) }
      await keepAvatar(deps.config.dataDir, seen.sha256, answer.body)
      deps.onPicture?.(account, { sha256: seen.sha256, verdict: seen.image.verdict, bytes: answer.body })
      return seen
    },
    async portalLinks(account, unit) {
      if (!unit.portal) return null
      const html = await frontPage(unit.portal.url)
      return html === null ? null : pageLinksToAccount(html, account)
    },
    concurrency: 6,
  }
}

const AVATAR_SIZE = 192
export const avatarFile = (dataDir: string, hash: string) => join(dataDir, "avatars", `${hash}.jpg`)

/** The picture the desk shows, small and re-encoded: the file as it came from outside is never handed on. A picture that cannot be read is left out. */
async function keepAvatar(dataDir: string, hash: string, bytes: Uint8Array): Promise<void> {
  const file = avatarFile(dataDir, hash)
  if (dataDir === ":memory:" || existsSync(file)) return
  try {
    const { default: sharp } = await import("sharp")
    const small = await sharp(bytes, { limitInputPixels: 40_000_000 })
      .rotate()
      .resize(AVATAR_SIZE, AVATAR_SIZE, { fit: "cover" })
      .flatten({ background: "#ffffff" })
      .jpeg({ quality: 82 })
      .toBuffer()
    await mkdir(join(dataDir, "avatars"), { recursive: true, mode: 0o700 })
    await writeFile(`${file}.part`, small)
    await rename(`${file}.part`, file)
  } catch {
    // Judging says what is wrong with the picture; the desk shows a letter instead.
  }
}

/** Zalo serves avatars from its picture hosts; another base address (rehearsal, tests) may serve them itself (interface.md 4). */
function zaloHostAllowed(address: string, apiUrl: string): boolean {
  if (!URL.canParse(address)) return false
  const url = new URL(address)
  if (apiUrl !== defaults.zaloApiUrl && url.host === new URL(apiUrl).host) return true
  return url.protocol === "https:" && /(^|\.)(zadn\.vn|zdn\.vn|zalo\.me|zaloapp\.com)$/.test(url.hostname)
}
