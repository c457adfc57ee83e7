/** Several `loa serve` processes on one PostgreSQL, publishing 2,380 posts to each of two networks that answer in 20 ms. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { PostgresServer } from "../../test/support/postgres.ts"

const FEEDS = 119
const ITEMS = 20

export async function publishTogether(counts: number[]): Promise<Record<string, string | number>[]> {
  const server = await PostgresServer.start({ durable: true })
  const rows: Record<string, string | number>[] = []
  try {
    for (const count of counts) rows.push(await together(server, count))
  } finally {
    await server.dispose()
  }
  return rows
}

async function together(server: PostgresServer, count: number) {
  const here = import.meta.dir
  const mock = Bun.spawn([process.execPath, join(here, "mock.ts"), String(FEEDS), String(ITEMS), "20"], { stdout: "pipe", stderr: "inherit" })
  const { networks, portals } = JSON.parse(await firstLine(mock.stdout)) as { networks: string; portals: string[] }
  const home = mkdtempSync(join(tmpdir(), "loa-together-"))
  mkdirSync(join(home, "accounts/units"), { recursive: true })
  writeFileSync(join(home, "accounts/units/units.yaml"), JSON.stringify(portals.map(unit)))
  await server.run(`create database together_${count}`)
  const env = {
    PATH: process.env.PATH ?? "", HOME: home, LOA_MODE: "live", PUBLISH_TO: "*", LOA_DATA: join(home, "data"), LOA_REGISTRY: join(home, "accounts"), LOA_ALLOW_PRIVATE_HOSTS: "127.0.0.1", LOA_POLL_SECONDS_MIN: "0", LOA_LOG: "error",
    DATABASE_URL: server.url(`together_${count}`), LOA_SECRET_KEY: Buffer.alloc(32, 7).toString("base64"),
    FACEBOOK_GRAPH_URL: networks, FACEBOOK_APP_ID: "1", FACEBOOK_APP_SECRET: "bench-facebook", ZALO_API_URL: networks, ZALO_OAUTH_URL: networks, ZALO_APP_ID: "2", ZALO_APP_SECRET: "bench-zalo",
  }
  await Bun.spawn([process.execPath, join(here, "setup.ts")], { env, stdout: "inherit", stderr: "inherit" }).exited
  await fetch(`${networks}/__reset`)
  const wanted = FEEDS * ITEMS * 2
  const truth = async () => (await (await fetch(`${networks}/__truth`)).json()) as { posts: { count: number }[]; firstPostAt: number; lastPostAt: number }
  const began = Date.now()
  const children = Array.from({ length: count }, () => Bun.spawn([process.execPath, join(here, "../../src/main.ts"), "serve", "--no-web", "--jobs", "poll,publish"], { env, stdout: "ignore", stderr: "ignore" }))
  let seen = await truth()
  while (seen.posts.length < wanted && Date.now() - began < 180_000) {
    await Bun.sleep(100)
    seen = await truth()
  }
  for (const child of children) child.kill("SIGTERM")
  await Promise.all(children.map((child) => child.exited))
  const last = await truth()
  mock.kill()
  rmSync(home, { recursive: true, force: true })
  const seconds = (last.lastPostAt - last.firstPostAt) / 1_000
  return { processes: count, posts: last.posts.length, lost: wanted - last.posts.length, doubled: last.posts.filter((post) => post.count > 1).length, "s to last post": ((last.lastPostAt - began) / 1_000).toFixed(1), "posts/s": Math.round(last.posts.length / seconds), "CPU s, all": children.reduce((sum, child) => sum + Number(child.resourceUsage()!.cpuTime.total) / 1e6, 0).toFixed(1) }
}

function unit(feed: string, n: number) {
  const verified = { status: "verified", basis: "Công văn số 1", date: "2025-10-01" }
  const account = (network: string) => ({ id: `u${n}-${network}`, network, remoteId: `${network === "facebook" ? 1 : 3}${String(n).padStart(15, "0")}`, name: `UBND phường Số ${n}`, pace: { everyMinutes: 0, perDay: 0 }, identity: verified })
  return { id: `u${n}`, kind: "ward", name: `UBND phường Số ${n}`, portal: { url: new URL("/", feed).href, burstGuard: 0, feeds: [{ url: feed }] }, accounts: [account("facebook"), account("zalo")] }
}

async function firstLine(stream: ReadableStream<Uint8Array>): Promise<string> {
  let text = ""
  for await (const chunk of stream) {
    text += new TextDecoder().decode(chunk)
    if (text.includes("\n")) break
  }
  return text
}
