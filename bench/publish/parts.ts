/** What the publishing benches share: the other side, the registry and the settings. */
import { join } from "node:path"

/** Starts `mock.ts`; answers where it listens. */
export async function startMock(feeds: number, items: number, delayMs: number) {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, "mock.ts"), String(feeds), String(items), String(delayMs)], { stdout: "pipe", stderr: "inherit" })
  return { ...(JSON.parse(await firstLine(child.stdout)) as { networks: string; portals: string[]; hostile: Record<string, string> }), stop: () => child.kill() }
}

async function firstLine(stream: ReadableStream<Uint8Array>): Promise<string> {
  let text = ""
  for await (const chunk of stream) {
    text += new TextDecoder().decode(chunk)
    if (text.includes("\n")) break
  }
  return text
}

/** The Page and the OA of the `n`th unit. */
export const remoteIds = (n: number) => ({ page: `1${String(n).padStart(15, "0")}`, oa: `3${String(n).padStart(15, "0")}` })

/** A unit of the registry: one feed, a Page and an OA without pace, both verified. */
export function unitOf(feed: string, n: number) {
  const { page, oa } = remoteIds(n)
  const name = `UBND phường Số ${n}`
  const identity = { status: "verified", basis: "Công văn số 1", date: "2025-10-01" }
  const account = (network: string, remoteId: string) => ({ id: `u${n}-${network}`, network, remoteId, name, pace: { everyMinutes: 0, perDay: 0 }, identity })
  return { id: `u${n}`, kind: "ward", name, portal: { url: new URL("/", feed).href, burstGuard: 0, feeds: [{ url: feed }] }, accounts: [account("facebook", page), account("zalo", oa)] }
}

export const settingsOf = (networks: string, dataDir: string, registryDir: string) => ({
  LOA_MODE: "live",
  PUBLISH_TO: "*",
  LOA_DATA: dataDir,
  LOA_REGISTRY: registryDir,
  LOA_ALLOW_PRIVATE_HOSTS: "127.0.0.1",
  LOA_POLL_SECONDS_MIN: "0",
  LOA_UNKNOWN_LOOK_SECONDS: "1,2",
  LOA_LOG: "error",
  PORT: "0",
  FACEBOOK_GRAPH_URL: networks,
  FACEBOOK_APP_ID: "1",
  FACEBOOK_APP_SECRET: "bench-facebook",
  ZALO_API_URL: networks,
  ZALO_OAUTH_URL: networks,
  ZALO_APP_ID: "2",
  ZALO_APP_SECRET: "bench-zalo",
})
