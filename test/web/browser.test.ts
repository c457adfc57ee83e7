/** One story in a real browser, at a desk and on a phone; skipped (and counted as such) where chromium is not installed. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test"
import { existsSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Browser, Page } from "playwright-core"
import { createWeb } from "../../src/web/index.ts"
import { listen, type Listening } from "../../src/web/listen.ts"
import { testDesk, post, type TestDesk } from "./support.ts"

const chromiumPath = "/usr/bin/chromium"
setDefaultTimeout(60_000)

describe.skipIf(!existsSync(chromiumPath))("in a browser", () => {
  let desk: TestDesk
  let server: Listening
  let browser: Browser
  beforeAll(async () => {
    desk = await testDesk({ LOA_MODE: "rehearsal", LOA_PUBLIC_URL: "", PORT: "0" })
    server = listen(desk.rooms.config)
    server.answer(createWeb(desk.rooms).fetch)
    const { chromium } = await import("playwright-core")
    browser = await chromium.launch({ executablePath: chromiumPath, args: ["--no-sandbox", "--headless=new"] })
  })
  afterAll(async () => {
    await browser?.close()
    await server?.stop()
    await desk?.close()
  })

  /** What a screen reader or a keyboard stumbles over most often: things without a name, headings and languages left out. */
  const faults = (page: Page) =>
    page.evaluate(() => {
      const named = (element: Element) => Boolean(element.textContent?.trim() || element.getAttribute("aria-label") || (element as HTMLInputElement).labels?.length)
      const nameless = [...document.querySelectorAll("a, button, input:not([type=hidden]), select, textarea")].filter((element) => !named(element)).map((element) => element.outerHTML)
      const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id)
      return [...nameless, ...ids.filter((id, i) => ids.indexOf(id) !== i), ...(document.documentElement.lang ? [] : ["lang"]), ...(document.querySelectorAll("h1").length === 1 ? [] : ["h1"]), ...(document.querySelector("main") ? [] : ["main"])]
    })

  test.each([
    ["desk", 1280, 900, true],
    ["phone, no script", 390, 844, false],
  ] as const)("%s: from the door to an approved post", async (name, width, height, script) => {
    const delivery = await post(desk.rooms, desk.rooms.view().units[0]!.id, width + Number(script), { title: `Thông báo lịch cắt điện ${name}` })
    await desk.rooms.db.updateTable("deliveries").set({ state: "review" }).where("id", "=", delivery.id).execute()
    const context = await browser.newContext({ viewport: { width, height }, javaScriptEnabled: script })
    const page = await context.newPage()
    const complaints: string[] = []
    page.on("console", (message) => message.type() === "error" && complaints.push(message.text()))
    const look = async (view: string) => {
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0)
      expect(await faults(page)).toEqual([])
      await page.screenshot({ path: join(tmpdir(), `loa-web-${view}-${width}.png`), fullPage: true })
    }

    await page.goto(`${server.url}/queue`)
    await look("login")
    await page.getByRole("button", { name: "Vào xem diễn tập" }).click()
    await page.getByRole("heading", { name: "Toàn tỉnh hôm nay" }).waitFor()
    await look("home")
    await page.getByRole("link", { name: /UBND phường Kinh Bắc/ }).first().click()
    await page.getByRole("heading", { name: "Tài khoản" }).waitFor()
    await look("unit")
    await page.getByRole("link", { name: "Hàng chờ" }).click()
    await look("queue")
    await page.getByLabel(`Thông báo lịch cắt điện ${name}`).first().check()
    await page.getByRole("button", { name: "Duyệt đăng" }).click()
    await page.getByText("Đã duyệt 1 bài").waitFor()
    await page.getByRole("link", { name: "Cảnh báo" }).first().click()
    await look("alerts")
    await page.goto(`${server.url}/verify?q=${encodeURIComponent("UBND phường Kinh Bắc hỗ trợ vay vốn")}`)
    await page.getByText("Không có trong danh sách chính thức").first().waitFor()
    await look("verify")
    await page.getByRole("button", { name: "Đăng xuất" }).click()
    await page.goto(`${server.url}/queue`)
    await page.getByRole("heading", { name: "Đăng nhập" }).waitFor()

    expect((await desk.rooms.outbox.find(delivery.id)).state).toBe("waiting")
    expect(complaints).toEqual([])
    await context.close()
  })
})
