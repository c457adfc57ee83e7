/** A person's first day in a real browser: invited, password set, second factor enrolled, in and out; on a phone without script and at a desk by keyboard alone. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test"
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import type { Browser, Page } from "playwright-core"
import { createWeb } from "../../src/web/index.ts"
import { listen, type Listening } from "../../src/web/listen.ts"
import { chromiumPath, hasChromium, sizes } from "./browser-world.ts"
import { codeOf, PASSWORD, testDesk, type TestDesk } from "./support.ts"

setDefaultTimeout(60_000)
const NEW = "con đò cũ đợi bên sông"

describe.skipIf(!hasChromium)("people in a browser", () => {
  let desk: TestDesk
  let server: Listening
  let browser: Browser
  const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8")
  beforeAll(async () => {
    desk = await testDesk({ LOA_PUBLIC_URL: "", PORT: "0" })
    server = await listen(desk.rooms.config)
    server.answer(createWeb(desk.rooms).fetch)
    const { chromium } = await import("playwright-core")
    browser = await chromium.launch({ executablePath: chromiumPath, args: ["--no-sandbox", "--headless=new"] })
    await desk.people.add({ id: "quantri", name: "Nguyễn Thị Hạnh", role: "province_admin", unitId: null, password: PASSWORD }, "cli")
  })
  afterAll(async () => {
    await browser?.close()
    await server?.stop()
    await desk?.close()
  })

  /** No serious fault for a screen reader, nothing wider than the screen. */
  async function look(page: Page, script = true) {
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0)
    if (!script) return
    await page.evaluate(axe)
    const faults = await page.evaluate(async () => {
      const { violations } = await (globalThis as unknown as { axe: { run(): Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }> } }).axe.run()
      return violations.filter((one) => one.impact === "serious" || one.impact === "critical").map((one) => `${one.id}: ${one.nodes[0]!.html}`)
    })
    expect(faults).toEqual([])
  }
  const seedOn = async (page: Page) => (await page.locator("pre").textContent())!.replaceAll(/\s/g, "")

  test("at a desk by keyboard alone: sign in, enrol, add a person, hand over the link; on a phone without script: use it", async () => {
    const context = await browser.newContext({ viewport: sizes.desk, locale: "vi-VN" })
    const page = await context.newPage()
    const complaints: string[] = []
    page.on("console", (message) => message.type() === "error" && complaints.push(message.text()))
    const type = async (text: string) => {
      await page.keyboard.type(text)
      await page.keyboard.press("Tab")
    }
    const settle = async (title: RegExp) => void (await page.getByRole("heading", { name: title, level: 1 }).waitFor())

    await page.goto(`${server.url}/users/new`)
    await settle(/Đăng nhập/)
    await look(page)
    await page.locator("#id").focus()
    await type("quantri")
    await type(PASSWORD)
    await page.keyboard.press("Enter")
    await settle(/Bật xác thực hai lớp/)
    await look(page)
    await page.locator("summary").focus()
    await page.keyboard.press("Enter")
    const seed = await seedOn(page)
    await page.locator("#code").focus()
    await type(codeOf(seed, desk.clock.now()))
    await page.keyboard.press("Enter")
    await settle(/Mã dự phòng/)
    await look(page)
    for (const [path, title] of [["/me", /Tài khoản của tôi/], ["/users", /Người dùng/], ["/keys", /Khóa API/], ["/audit", /Nhật ký/], ["/api/docs", /Loa API/]] as const) {
      await page.goto(server.url + path)
      await settle(title)
      await look(page)
    }
    await page.goto(`${server.url}/users/new`)
    await page.locator("#id").focus()
    await type("binh")
    await type("Lê Văn Bình")
    await type("binh@bacninh.example")
    // From "Cán bộ đơn vị" one up.
    await page.keyboard.press("ArrowUp")
    await page.locator("form[action='/users/new'] button").focus()
    await page.keyboard.press("Enter")
    await settle(/Lê Văn Bình/)
    await look(page)
    const link = (await page.locator(".notice pre").textContent())!
    expect(link).toStartWith(`${server.url}/set-password?k=`)
    expect(complaints).toEqual([])

    const phone = await (await browser.newContext({ viewport: sizes.phone, javaScriptEnabled: false, locale: "vi-VN" })).newPage()
    await phone.goto(link)
    await look(phone, false)
    await phone.getByLabel("Mật khẩu mới").fill(NEW)
    await phone.getByRole("button", { name: "Đặt mật khẩu" }).click()
    await phone.getByLabel("Tên đăng nhập").fill("binh")
    await phone.getByLabel("Mật khẩu").fill(NEW)
    await phone.getByRole("button", { name: "Đăng nhập", exact: true }).click()
    await phone.getByRole("heading", { name: "Bật xác thực hai lớp" }).waitFor()
    await look(phone, false)
    await phone.getByText("Không quét được?").click()
    const own = await seedOn(phone)
    await phone.locator("#code").fill(codeOf(own, desk.clock.now()))
    await phone.getByRole("button", { name: "Bật", exact: true }).click()
    await phone.getByRole("heading", { name: "Mã dự phòng" }).waitFor()
    await phone.getByRole("link", { name: "Tôi đã cất giữ" }).click()
    await look(phone, false)
    await phone.getByRole("button", { name: "Đăng xuất" }).click()
    // The site's data were cleared: the page of the way back is a new one for the browser, too.
    await phone.getByRole("button", { name: "Đăng nhập", exact: true }).waitFor()
    await phone.waitForLoadState("load")
    await phone.goBack()
    await phone.getByRole("heading", { name: "Đăng nhập", level: 1, exact: true }).waitFor()
    desk.clock.advance(60_000)
    await phone.getByLabel("Tên đăng nhập").fill("binh")
    await phone.getByLabel("Mật khẩu").fill(NEW)
    await phone.getByRole("button", { name: "Đăng nhập", exact: true }).click()
    await phone.locator("#code").fill(codeOf(own, desk.clock.now()))
    await phone.getByRole("button", { name: "Tiếp tục" }).click()
    await phone.getByRole("heading", { name: "Tài khoản của tôi" }).waitFor()
    await phone.goto(`${server.url}/queue`)
    await phone.getByRole("heading", { name: "Hàng chờ" }).waitFor()
    expect((await desk.people.list()).find((user) => user.id === "binh")).toMatchObject({ role: "approver", twoSteps: true })
  })
})
