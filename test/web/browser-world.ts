/** The rehearsal province behind the real desk, and a real Chromium before it; one of each serves a whole file. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Browser, BrowserContext, Page } from "playwright-core"
import { createApp, type Rooms } from "../../src/app.ts"
import { systemClock, type Clock } from "../../src/base/clock.ts"
import { readConfig } from "../../src/base/config.ts"
import { silentLog } from "../../src/base/log.ts"
import { isoDate } from "../../src/base/time.ts"
import { collectReach } from "../../src/jobs/reach.ts"
import { watchProfiles } from "../../src/jobs/watch.ts"
import { loadRegistry } from "../../src/registry/index.ts"
import { createWeb } from "../../src/web/index.ts"
import { listen } from "../../src/web/listen.ts"
import { peopleOf } from "../../src/web/people/index.ts"
import { databaseEnv } from "../support/db.ts"

export const chromiumPath = "/usr/bin/chromium"
export const hasChromium = existsSync(chromiumPath)
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8")
export const PASSWORD = "một câu dài dễ nhớ"
export const sizes = { desk: { width: 1280, height: 900 }, phone: { width: 390, height: 844 } } as const

export interface BrowserWorld {
  rooms: Rooms
  url: string
  browser: Browser
  /** A context that is signed in as this person; without one, nobody. */
  visit(options?: { size?: keyof typeof sizes; script?: boolean; as?: string | null }): Promise<{ page: Page; context: BrowserContext; complaints: string[] }>
  /** Adds a person of the role and answers the session that `visit` may use. */
  person(id: string, role: string, unit?: string | null): Promise<void>
  close(): Promise<void>
}

/** A registry of these units only, as the checkout lists them: a small province is read and looked at quickly. */
function provinceOf(home: string, ids: readonly string[]): string {
  const { units } = loadRegistry(join(import.meta.dir, "../../accounts"), isoDate(systemClock.now()))
  const chosen = units.filter((unit) => ids.includes(unit.id)).map((unit) => ({ ...unit, accounts: unit.accounts.map(({ unitId: _, ...account }) => account) }))
  if (chosen.length !== ids.length) throw new Error(`units not found: ${ids.filter((id) => !chosen.some((unit) => unit.id === id)).join(", ")}`)
  mkdirSync(join(home, "accounts/units"), { recursive: true })
  // JSON is YAML.
  writeFileSync(join(home, "accounts/units/all.yaml"), JSON.stringify(chosen))
  return join(home, "accounts")
}

/** After a pass over every portal and a look at every profile; with `reach` also numbers: pages worth looking at. */
export async function browserWorld(options: { clock?: Clock; reach?: boolean; units?: readonly string[] } = {}): Promise<BrowserWorld> {
  const home = mkdtempSync(join(tmpdir(), "loa-desk-"))
  const clock = options.clock ?? systemClock
  const registry = options.units ? { LOA_REGISTRY: provinceOf(home, options.units) } : {}
  const database = await databaseEnv()
  const config = readConfig({ ...database.env, ...registry, LOA_MODE: "rehearsal", LOA_DATA: join(home, "data"), PORT: "0", LOA_LOG: "error", LOA_SECRET_KEY: Buffer.alloc(32, 7).toString("base64") })
  const app = createApp(config, { clock, log: silentLog })
  const rooms = await app.open({ apply: "strict", work: true, rehearsal: { life: false } })
  // Zalo fetches covers from this server while the posts go out.
  const server = await listen(rooms.config)
  server.answer(createWeb(rooms).fetch)
  await rooms.run({ all: true, signal: AbortSignal.timeout(120_000) })
  await watchProfiles(rooms, AbortSignal.timeout(120_000))
  await rooms.alerts.flush()
  await rooms.refresh()
  if (options.reach !== false) await collectReach(rooms, AbortSignal.timeout(60_000))
  const people = peopleOf(rooms)
  const { chromium } = await import("playwright-core")
  const browser = await chromium.launch({ executablePath: chromiumPath, args: ["--no-sandbox", "--headless=new"] })
  const sessions = new Map<string, { name: string; value: string }[]>()

  const enter = async (page: Page, as: string) => {
    if (as === "rehearsal") {
      await page.goto(`${server.url}/login`)
      await page.getByRole("button", { name: "Vào xem diễn tập" }).click()
    } else {
      await page.goto(`${server.url}/login`)
      await page.getByLabel("Tên đăng nhập").fill(as)
      await page.getByLabel("Mật khẩu").fill(PASSWORD)
      await page.getByRole("button", { name: "Đăng nhập", exact: true }).click()
    }
    await page.waitForURL((url) => !url.pathname.startsWith("/login"))
  }

  return {
    rooms,
    url: server.url,
    browser,
    async visit({ size = "desk", script = true, as = "rehearsal" } = {}) {
      const context = await browser.newContext({ viewport: sizes[size], javaScriptEnabled: script, bypassCSP: false, locale: "vi-VN" })
      const page = await context.newPage()
      const complaints: string[] = []
      page.on("console", (message) => message.type() === "error" && complaints.push(message.text()))
      page.on("pageerror", (error) => complaints.push(String(error)))
      if (as) {
        const known = sessions.get(as)
        if (known) await context.addCookies(known.map((cookie) => ({ ...cookie, url: server.url })))
        else {
          await enter(page, as)
          sessions.set(as, (await context.cookies()).map(({ name, value }) => ({ name, value })))
        }
      }
      return { page, context, complaints }
    },
    async person(id, role, unit = null) {
      await people.add({ id, name: `Người ${id}`, role, unitId: unit, password: PASSWORD }, "test")
    },
    async close() {
      await browser.close()
      await server.stop()
      await app.close()
      await database.drop()
      rmSync(home, { recursive: true, force: true })
    },
  }
}

let examined: Promise<Page> | null = null
const css = () => readFileSync(new URL("../../src/web/assets/desk.css", import.meta.url), "utf8")

/** Every finding of axe-core on the page as it stands. The policy of the page forbids foreign script, so a copy without it is examined. */
export async function axeFaults(world: BrowserWorld, page: Page): Promise<string[]> {
  const copy = await (examined ??= world.browser.newPage({ viewport: sizes.desk }))
  const html = (await page.content()).replace(/<link rel="stylesheet"[^>]*>/, () => `<style>${css()}</style>`).replace(/<script[^>]*><\/script>|<link rel="icon"[^>]*>/g, "").replace(/ src="\/[^"]*"/g, ' src="data:,"')
  await copy.setContent(html, { waitUntil: "domcontentloaded" })
  await copy.evaluate(axe)
  return copy.evaluate(async () => {
    const { axe: examiner } = window as unknown as { axe: { run(options: unknown): Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }> } }
    const { violations } = await examiner.run({ resultTypes: ["violations"] })
    return violations.map(({ id, impact, nodes }) => `${impact} ${id}: ${nodes[0]?.html.slice(0, 200)} (${nodes.length})`)
  })
}

/** What a phone cannot show: wider than the screen. */
export const overflow = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
