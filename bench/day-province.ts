/** The other side of `bench/day.ts`: portals and networks in a process of their own, so that Loa's memory is Loa's alone. Same clock, moved by messages. */
import { join } from "node:path"
import { ManualClock } from "../src/base/clock.ts"
import { checkout } from "../src/base/config.ts"
import { isoDate } from "../src/base/time.ts"
import type { UnitFile } from "../src/model/index.ts"
import { isPublishing, loadRegistry } from "../src/registry/index.ts"
import { startProvince, type FacebookCredential, type ZaloCredential } from "../src/rehearsal/index.ts"

interface Beginning {
  at: number
  units: number
  pictures: boolean
}
interface Stand {
  units: UnitFile[]
  credentials: Record<string, FacebookCredential | ZaloCredential>
  facebookUrl: string
  zaloApiUrl: string
  zaloOauthUrl: string
}
interface Truth {
  shown: number
  /** Articles that stand on one account more than once. */
  twice: number
  rss: number
}
type Message = { move: number; writers: string[] } | { truth: true }

/** Starts the province in another process and answers with what Loa must know of it. */
export async function startElsewhere(beginning: Beginning) {
  let [answered, failed]: ((answer: unknown) => void)[] = []
  const next = <T>() => new Promise<T>((...settle) => ([answered, failed] = settle as ((answer: unknown) => void)[]))
  const stand = next<Stand>()
  const child = Bun.spawn([process.execPath, import.meta.path, JSON.stringify(beginning)], { stdio: ["ignore", "inherit", "inherit"], ipc: (answer) => answered?.(answer), onExit: (_, code) => failed?.(new Error(`the province ended with ${code}`)) })
  const ask = <T>(message: Message): Promise<T> => {
    const answer = next<T>()
    child.send(message)
    return answer
  }
  return {
    ...(await stand),
    /** It is `at` now, and these units put an article on their portals. */
    move: (at: number, writers: string[]) => ask<"done">({ move: at, writers }),
    truth: () => ask<Truth>({ truth: true }),
    async stop() {
      child.kill()
      await child.exited
    },
  }
}

async function main({ at, units: howMany, pictures }: Beginning) {
  const clock = new ManualClock(at)
  const all = loadRegistry(join(checkout, "accounts"), isoDate(at)).units.filter((unit) => !unit.ends && unit.portal).slice(0, howMany)
  const units = all.map((unit): UnitFile => ({ ...unit, accounts: unit.accounts.map(({ unitId: _, ...account }) => account) }))
  const province = await startProvince({ units, clock, pictures, articlesPerPortal: 2, olderArticles: 6 })
  // Nobody moves the clock any more.
  process.on("disconnect", () => process.exit(0))
  process.on("message", (message: Message) => {
    if ("move" in message) {
      clock.set(message.move)
      for (const unit of message.writers) province.publishArticle(unit)
      process.send!("done")
    } else {
      process.send!({ shown: province.posts().filter((post) => post.articleUrl !== null).length, twice: province.duplicates().length, rss: process.memoryUsage.rss() } satisfies Truth)
    }
  })
  const ids = province.units().flatMap((unit) => unit.accounts.filter((account) => isPublishing(account.network)).map((account) => account.id))
  process.send!({
    units: province.units(),
    credentials: Object.fromEntries(ids.flatMap((id) => [[id, province.credential(id)] as const]).filter(([, credential]) => credential !== null)) as Stand["credentials"],
    facebookUrl: province.facebookUrl,
    zaloApiUrl: province.zaloApiUrl,
    zaloOauthUrl: province.zaloOauthUrl,
  } satisfies Stand)
}

if (import.meta.main) await main(JSON.parse(process.argv[2]!) as Beginning)
