/** The registering journey in a real browser: a unit official, the centre and a second person, against the rehearsal networks. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test"
import { existsSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Browser, BrowserContext, Page } from "playwright-core"
import { createWeb } from "../../src/web/index.ts"
import { listen, type Listening } from "../../src/web/listen.ts"
import { PASSWORD, testDesk, type TestDesk } from "./support.ts"

const axeSource = await Bun.file(join(import.meta.dir, "../../node_modules/axe-core/axe.min.js")).text()
const chromiumPath = "/usr/bin/chromium"
setDefaultTimeout(120_000)
const noSignal = new AbortController().signal

async function freePort(): Promise<number> {
  const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() })
  const { port } = server
  await server.stop(true)
  return port!
}

describe.skipIf(!existsSync(chromiumPath))("cases in a browser", () => {
  let desk: TestDesk
  let server: Listening
  let browser: Browser
  beforeAll(async () => {
    const port = await freePort()
    desk = await testDesk({ LOA_MODE: "rehearsal", LOA_PUBLIC_URL: `http://127.0.0.1:${port}`, PORT: String(port) })
    server = await listen(desk.rooms.config)
    server.answer(createWeb(desk.rooms).fetch)
    for (const [id, name, role, unitId] of [["lan", "Nguyễn Thị Lan", "unit_official", "kinh-bac"], ["xa", "Người phường khác", "unit_official", "vu-ninh"], ["minh", "Trần Văn Minh", "approver", null], ["hoa", "Lê Thị Hoa", "province_admin", null], ["xem", "Người kiểm tra", "auditor", null]] as const) {
      await desk.people.add({ id, name, role, unitId, password: PASSWORD }, "test")
    }
    const { chromium } = await import("playwright-core")
    browser = await chromium.launch({ executablePath: chromiumPath, args: ["--no-sandbox", "--headless=new"] })
  })
  afterAll(async () => {
    await browser?.close()
    await server?.stop()
    await desk?.close()
  })

  const complaints: string[] = []
  async function signIn(context: BrowserContext, id: string): Promise<Page> {
    context.setDefaultTimeout(20_000)
    const page = await context.newPage()
    page.on("console", (message) => message.type() === "error" && !/400|404/.test(message.text()) && complaints.push(message.text()))
    await page.goto(`${server.url}/login`)
    await page.locator("input[name=id]").fill(id)
    await page.locator("input[name=password]").fill(PASSWORD)
    await page.locator("input[name=password]").press("Enter")
    await page.getByRole("button", { name: "Đăng xuất" }).waitFor()
    return page
  }
  const look = async (page: Page, view: string) => {
    const { width } = page.viewportSize()!
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0)
    if (width > 1_000) {
      // Through evaluate: the policy of the pages lets no foreign script in.
      await page.evaluate(axeSource)
      const found = await page.evaluate(() => (globalThis as unknown as { axe: { run(): Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }> } }).axe.run())
      expect(found.violations.filter(({ impact }) => impact === "serious" || impact === "critical").map(({ id, nodes }) => `${view}: ${id} ${nodes[0]?.html}`)).toEqual([])
    }
    // A picture of every step is for eyes, and costs a minute.
    if (process.env.LOA_SHOTS) await page.screenshot({ path: join(tmpdir(), `loa-cases-${view}-${width}.png`), fullPage: true })
  }

  test.each([
    ["facebook", 1280, 900, true],
    ["zalo", 390, 844, false],
  ] as const)("%s: from the unit's wish to the entry of two persons (%d × %d, script %p)", async (network, width, height, script) => {
    const options = { viewport: { width, height }, javaScriptEnabled: script }
    const contexts = await Promise.all([browser.newContext(options), browser.newContext(options), browser.newContext(options), browser.newContext(options)])
    const [lan, minh, hoa, xa] = await Promise.all((["lan", "minh", "hoa", "xa"] as const).map((id, i) => signIn(contexts[i]!, id)))

    await lan!.goto(`${server.url}/cases`)
    await lan!.getByRole("link", { name: "Lập hồ sơ" }).click()
    await look(lan!, "kinds")
    await lan!.getByRole("link", { name: "Đăng ký tài khoản mới" }).click()
    await lan!.getByLabel("Nền tảng").selectOption(network)
    await lan!.getByLabel("Tên mong muốn").fill("Truyền thông phường Kinh Bắc")
    await lan!.getByLabel("Người liên hệ").fill("Nguyễn Thị Lan")
    await lan!.getByLabel("Điện thoại").fill("0222 000 000")
    await look(lan!, "new")
    await lan!.getByRole("button", { name: "Gửi đề nghị" }).click()
    await lan!.getByText("Đang chờ Trung tâm Thông tin tỉnh").waitFor()
    const address = lan!.url()
    const id = address.split("/").at(-1)!
    await look(lan!, "waiting")
    expect((await xa!.goto(address))!.status()).toBe(404)

    await minh!.goto(`${server.url}/cases?view=centre`)
    await look(minh!, "list")
    await minh!.getByRole("row", { name: new RegExp(id) }).getByRole("link").click()
    await look(minh!, "name")
    await minh!.getByLabel("Hoặc tên khác").fill("Truyền thông phường Kinh Bắc")
    await minh!.getByRole("button", { name: "Hoàn thành bước" }).click()
    await minh!.getByRole("alert").filter({ hasText: "147/2024" }).waitFor()
    await look(minh!, "name-refused")
    await minh!.getByLabel("Hoặc tên khác").fill("")
    await minh!.getByLabel("UBND phường Kinh Bắc", { exact: true }).check()
    await minh!.getByRole("button", { name: "Hoàn thành bước" }).click()
    await minh!.getByRole("heading", { name: "Việc cần làm: Ảnh đại diện" }).waitFor()

    await lan!.goto(address)
    await look(lan!, "picture")
    await lan!.getByLabel("Đã tải ảnh và sẽ đặt").check()
    await lan!.getByRole("button", { name: "Hoàn thành bước" }).click()
    await lan!.getByLabel("Số, ký hiệu văn bản").fill("15/QĐ-UBND")
    await lan!.getByLabel("Ngày văn bản").fill("2026-11-20")
    await lan!.getByLabel("Cơ quan ban hành").fill("UBND phường Kinh Bắc")
    await lan!.getByLabel("Họ và tên người phụ trách").fill("Nguyễn Thị Lan")
    await lan!.getByLabel("Điện thoại người phụ trách").fill("0222 000 000")
    await lan!.getByLabel("Họ và tên người thay thế").fill("Phạm Văn Nam")
    await lan!.getByLabel("Quản trị viên 1: họ và tên").fill("Nguyễn Thị Lan")
    await lan!.getByRole("button", { name: "Hoàn thành bước" }).click()
    // One administrator is not enough, and what was typed is still there.
    await lan!.getByRole("alert").filter({ hasText: "ít nhất hai quản trị viên" }).waitFor()
    expect(await lan!.getByLabel("Số, ký hiệu văn bản").inputValue()).toBe("15/QĐ-UBND")
    await look(lan!, "dossier")
    await lan!.getByLabel("Quản trị viên 2: họ và tên").fill("Phạm Văn Nam")
    await lan!.getByRole("button", { name: "Hoàn thành bước" }).click()

    const letter = await lan!.request.get(`${address}/letter.docx`)
    expect([letter.status(), (await letter.body()).subarray(0, 2).toString()]).toEqual([200, "PK"])
    expect((await xa!.request.get(`${address}/letter.pdf`)).status()).toBe(404)

    // The unit makes its account on the network and comes back with the number.
    const own = desk.rooms.province!.own!
    const maker = await contexts[0]!.newPage()
    await maker.goto(`${network === "facebook" ? own.facebookUrl : own.zaloApiUrl}/nhin/tao`)
    await maker.locator("select[name=unit]").selectOption("kinh-bac")
    await maker.locator("input[name=name]").fill("UBND phường Kinh Bắc")
    await maker.getByRole("button", { name: "Tạo" }).click()
    const remoteId = (await maker.locator("#remote-id").textContent())!
    const url = await maker.locator("#address").textContent()
    for (const box of await lan!.locator("input[name=done]").all()) await box.check()
    await lan!.getByLabel("Mã tài khoản (ID)").fill(remoteId)
    await lan!.getByRole("button", { name: "Lưu tạm" }).click()
    expect(await lan!.getByLabel("Mã tài khoản (ID)").inputValue()).toBe(remoteId)
    await lan!.getByLabel("Địa chỉ tài khoản").fill(url!)
    await look(lan!, "identity")
    await lan!.getByRole("button", { name: "Hoàn thành bước" }).click()

    // Consent on the network's own page: first the wrong account, then the right one.
    const wrong = own.units()[1]!.accounts.find((account) => account.network === network)!
    const consent = async (choose: string) => {
      await lan!.goto(`${address}/connect`)
      await lan!.getByRole("button", { name: "Tạo liên kết cấp quyền" }).click()
      await look(lan!, "connect")
      await lan!.getByRole("link", { name: /Mở trang cấp quyền/ }).click()
      if (network === "zalo") await lan!.locator("li", { hasText: choose }).getByRole("link").click()
      else {
        await lan!.locator(`input[value="${choose}"]`).check()
        await lan!.getByRole("button", { name: "Tiếp tục" }).click()
      }
    }
    await consent(wrong.remoteId!)
    await lan!.getByRole("alert").filter({ hasText: `không ${network === "zalo" ? "phải OA" : "chọn Trang"} ${remoteId}` }).waitFor()
    await look(lan!, "wrong-account")
    await consent(remoteId)
    await lan!.getByText("Đã kết nối đúng tài khoản").waitFor()
    expect(lan!.url()).not.toContain("code=")

    await minh!.goto(address)
    await minh!.getByRole("button", { name: "Kiểm tra ngay" }).click()
    await minh!.getByText("Cổng Thông tin điện tử có liên kết đến tài khoản.").waitFor()
    await look(minh!, "checks")
    await minh!.getByLabel("Tôi đã đối chiếu").check()
    await minh!.getByRole("button", { name: "Hoàn thành bước" }).click()
    await minh!.getByRole("button", { name: "Đăng bài thử" }).click()
    await minh!.getByText("đang chờ").first().waitFor()
    await desk.rooms.run({ signal: noSignal })
    desk.clock.advance(60_000)
    await desk.rooms.run({ signal: noSignal })
    await minh!.reload()
    await minh!.getByText("đã đăng").first().waitFor()
    await look(minh!, "test-post")
    await minh!.getByLabel("Đã nhìn thấy bài đăng").check()
    await minh!.getByRole("button", { name: "Hoàn thành bước" }).click()
    await minh!.getByLabel("Ghi tài khoản vào danh mục").check()
    await minh!.getByRole("button", { name: "Ghi vào sổ đăng ký" }).click()
    await minh!.getByRole("alert").filter({ hasText: "cần một người khác xác nhận" }).waitFor()

    await hoa!.goto(address)
    await hoa!.getByLabel("Ghi tài khoản vào danh mục").check()
    await look(hoa!, "activate")
    await hoa!.getByRole("button", { name: "Ghi vào sổ đăng ký" }).click()
    await hoa!.getByText("hoàn thành", { exact: true }).first().waitFor()
    await look(hoa!, "done")
    const account = desk.rooms.view().accountByRemote(network, remoteId)!
    expect([account.identity.status, account.identity.confirmedBy]).toEqual(["verified", ["Trần Văn Minh", "Lê Thị Hoa"]])
    await lan!.goto(`${server.url}/verify/${account.id}`)
    expect(await lan!.locator("[data-status]").getAttribute("data-status")).toBe("official")
    expect(complaints).toEqual([])
    for (const context of contexts) await context.close()
  })

  test("who only reads sees the case and no buttons; writes from readers and other units are refused", async () => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } })
    const page = await signIn(context, "xem")
    await page.goto(`${server.url}/cases?view=done`)
    await page.getByRole("link", { name: /Đăng ký tài khoản mới Facebook/ }).first().click()
    expect(await page.locator("main form").count()).toBe(0)
    const answer = await page.request.post(page.url(), { form: { do: "cancel", why: "x", version: "1" }, headers: { "sec-fetch-site": "same-origin" } })
    expect(answer.status()).toBe(403)
    // A call-back that nobody began says so and stores nothing.
    await page.goto(`${server.url}/facebook/callback?state=x&code=y`)
    await context.close()
    const other = await browser.newContext()
    const minh = await signIn(other, "minh")
    const stray = await minh.goto(`${server.url}/zalo/callback?state=${"x".repeat(5_000)}&code=y&oa_id=1`)
    expect(stray!.status()).toBe(400)
    await minh.getByText("không hợp lệ hoặc đã dùng").waitFor()
    await other.close()
  })
})
