/** Several `loa serve` processes on one database, and the wait until the networks carry what the portals published. */
import type { Subprocess } from "bun"
import { standing, type World } from "./world.ts"

/** Starts a process that polls, publishes and keeps the timetable; its log goes to `lines`. */
export function serve(w: World, extra: Record<string, string> = {}, args: string[] = []) {
  const child = w.start(["serve", "--no-web", ...args], extra) as Subprocess<"pipe", "pipe", "pipe">
  child.stdin.end()
  const lines: string[] = []
  void read(child.stdout, lines)
  void read(child.stderr, lines)
  return { child, lines, kill: () => child.kill("SIGKILL") }
}
/** Waits until each of them has begun to work. */
export const working = (list: Serving[]) => until(() => list.every(({ lines }) => lines.some((line) => line.includes("Loa đang chạy"))), 30_000)
export type Serving = ReturnType<typeof serve>

async function read(stream: ReadableStream<Uint8Array>, lines: string[]) {
  let rest = ""
  const decoder = new TextDecoder()
  for await (const chunk of stream) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n")
    rest = parts.pop() ?? ""
    lines.push(...parts)
    if (lines.length > 500) lines.splice(0, lines.length - 500)
  }
}

export async function stopAll(list: Serving[]): Promise<(number | null)[]> {
  for (const { child } of list) child.kill("SIGTERM")
  return Promise.all(list.map(({ child }) => child.exited))
}

/** What is missing on the pages now: `account url`. */
export function missing(w: World): string[] {
  const open: string[] = []
  for (const unit of w.units) {
    const urls = w.province.articles(unit.id).map((article) => article.url)
    for (const account of unit.accounts) {
      const there = new Set(standing(w.province, account.id))
      open.push(...urls.filter((url) => !there.has(url)).map((url) => `${account.id} ${url}`))
    }
  }
  return open
}

/** Waits until `done` or until the time is over; answers whether it was done. */
export async function until(done: () => boolean | Promise<boolean>, ms: number): Promise<boolean> {
  for (const end = performance.now() + ms; performance.now() < end; await Bun.sleep(100)) if (await done()) return true
  return done()
}

/** Every article once on every account, and every delivery says so with the right id. */
export async function ledger(w: World) {
  const { deliveries } = (await w.loa(["deliveries", "list", "--json"])).json as { deliveries: { state: string; remoteId: string | null }[] }
  const ids = new Set(w.province.posts().map((post) => post.id))
  return {
    missing: missing(w),
    doubled: w.province.duplicates(),
    open: deliveries.filter((delivery) => delivery.state !== "published").length,
    wrongIds: deliveries.filter((delivery) => delivery.state === "published" && !ids.has(delivery.remoteId ?? "")).length,
  }
}
export const balanced = { missing: [], doubled: [], open: 0, wrongIds: 0 }

let count = 0
/** A fresh article on every portal. */
export function news(w: World, each = 1) {
  for (const unit of w.units) for (let i = 0; i < each; i++) w.province.publishArticle(unit.id, { title: `Tin chung số ${++count} của ${unit.name}`, body: [`Nội dung của tin số ${count}.`] })
}
