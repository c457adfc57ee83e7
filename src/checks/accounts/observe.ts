/** Looks at accounts through what the composition root hands in, and turns each look into an observation. */
import { messageOf } from "../../base/errors.ts"
import type { ProfileOutcome } from "../../model/network.ts"
import type { Account, Unit } from "../../model/unit.ts"
import type { ImageVerdict } from "../images/index.ts"
import { accountLinksToPortal } from "./facts.ts"
import type { SeenAccount } from "./store.ts"

export interface ObserveDeps {
  readProfile(account: Account): Promise<ProfileOutcome>
  /** Fetches and judges the avatar; absent or null = not judged this time. */
  judgeAvatar?(account: Account, unit: Unit, url: string): Promise<{ sha256: string; image: ImageVerdict } | null>
  /** Does the portal link to the account? null = not looked at. */
  portalLinks?(account: Account, unit: Unit): Promise<boolean | null>
  unitOf(account: Account): Unit | undefined
  /** Looks at the same time; default 4. */
  concurrency?: number
  onFailure?(account: Account, reason: string): void
}

/** What was seen of each account; accounts that could not be read now are left out, so that old knowledge stays. */
export async function refreshObservations(accounts: readonly Account[], deps: ObserveDeps): Promise<SeenAccount[]> {
  const queue = [...accounts]
  const seen: SeenAccount[] = []
  const look = async () => {
    for (let account = queue.shift(); account; account = queue.shift()) {
      try {
        const entry = await lookAt(account, deps)
        if (entry) seen.push(entry)
      } catch (error) {
        // One account must not spoil the look at the others.
        deps.onFailure?.(account, messageOf(error))
      }
    }
  }
  await Promise.all(Array.from({ length: Math.max(1, deps.concurrency ?? 4) }, look))
  return seen.sort((a, b) => (a.accountId < b.accountId ? -1 : 1))
}

async function lookAt(account: Account, deps: ObserveDeps): Promise<SeenAccount | null> {
  const unit = deps.unitOf(account)
  if (!unit) return null
  const outcome = await deps.readProfile(account)
  if (outcome.kind === "gone") return { accountId: account.id, reachable: false, profile: null, avatarSha256: null, image: null, links: null }
  if (outcome.kind !== "read") {
    deps.onFailure?.(account, outcome.reason)
    return null
  }
  const { profile } = outcome
  const avatar = profile.avatar && !profile.avatar.silhouette && deps.judgeAvatar ? await deps.judgeAvatar(account, unit, profile.avatar.url) : null
  const portalLinksToAccount = deps.portalLinks ? await deps.portalLinks(account, unit) : null
  return {
    accountId: account.id,
    reachable: true,
    profile,
    avatarSha256: avatar?.sha256 ?? profile.avatar?.sha256 ?? null,
    image: avatar?.image ?? null,
    links: { portalLinksToAccount, accountLinksToPortal: accountLinksToPortal(profile, unit) },
  }
}
