/**
 * The journeys of the desk in a real browser: at a desk and on a phone, with the keyboard alone, without script. Skipped (and counted as such)
 * where chromium is not installed. One province, one server and one browser serve the whole file.
 */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test"
import type { Page } from "playwright-core"
import type { DeliveryView } from "../../src/outbox/index.ts"
import { axeFaults, browserWorld, hasChromium, overflow, type BrowserWorld } from "./browser-world.ts"

setDefaultTimeout(120_000)

describe.skipIf(!hasChromium)("in a browser", () => {
  let world: BrowserWorld
  /** Posts that wait for approval, each for one journey. */
  let waiting: DeliveryView[] = []
  beforeAll(async () => {
    world = await browserWorld({ reach: false, units: ["cong-tinh", "so-tai-chinh", "so-y-te", "phuong-kinh-bac", "phuong-vu-ninh", "phuong-tu-son", "xa-trung-chinh", "xa-deo-gia", "xa-yen-phong"] })
    const { rooms } = world
    const all = (await rooms.outbox.list({ state: "published", limit: 2_000 })).filter((view) => view.network === "facebook")
    waiting = all.slice(0, 8)
    await rooms.db.updateTable("deliveries").set({ state: "review", remote_id: null, remote_url: null, published_at: null }).where("id", "in", waiting.map((view) => view.id)).execute()
    rooms.alerts.note({ key: "name", kind: "page.name_changed", severity: "high", unit: "so-tai-chinh", account: "so-tai-chinh-facebook", summary: "Tên trang đã đổi", evidence: { before: "Sở Tài chính", seen: "Hỗ trợ tài chính 24h" } })
    await rooms.alerts.flush()
    await world.person("can-bo", "unit_official", "phuong-kinh-bac")
    await world.person("xem", "auditor")
  })
  afterAll(() => world?.close())

  const stateOf = async (id: string) => (await world.rooms.outbox.find(id)).state
  const messageOf = async (id: string) => {
    const content = (await world.rooms.outbox.posts([id])).get(id)!
    return content.network === "facebook" ? content.message : ""
  }
  const heading = (page: Page) => page.getByRole("heading", { level: 1 }).innerText()

  test("every page fits a phone, and axe finds nothing on it", async () => {
    const { rooms } = world
    const published = (await rooms.outbox.list({ state: "published", limit: 1 }))[0]!
    const zalo = (await rooms.outbox.list({ network: "zalo", state: "published", limit: 1 }))[0]!
    const alert = (await rooms.alerts.list({ limit: 1 }))[0]!
    const { runId } = await rooms.reports.make("weekly", { formats: ["html"] })
    await rooms.db.updateTable("deliveries").set({ state: "review" }).where("id", "=", zalo.id).execute()
    const paths = [
      "/", "/units/phuong-kinh-bac", "/units/so-tai-chinh", `/articles/${published.articleId}`, "/queue", "/queue?state=held", "/queue?state=published", `/queue/${waiting[0]!.id}`, `/queue/${zalo.id}`, `/queue/${published.id}`,
      `/take-down?id=${published.id}`, "/emergency", "/emergency/new", "/alerts", `/alerts/${alert.id}`, "/reports", `/reports/${runId}`, "/rules?judge=1&unit=so-tai-chinh", "/registry", "/stop", "/settings", "/feeds", "/me", "/me/two-steps",
      "/cases", "/cases/new", "/cases/new?kind=register", "/users", "/users/new", "/keys", "/audit", "/leadership", "/api/docs",
      "/verify", "/verify?q=ubnd+phuong+kinh+bac", "/verify?q=zzz", `/verify/${published.account}`, "/snapshots",
    ]
    const failures: Record<string, number> = { "/nope": 404, "/units/nope": 404, "/verify/nope": 404, "/queue/nope": 404 }
    const faults: Record<string, unknown> = {}
    const desk = await world.visit({ size: "desk" })
    const phone = await world.visit({ size: "phone" })
    for (const path of [...paths, ...Object.keys(failures)]) {
      const answer = await desk.page.goto(`${world.url}${path}`, { waitUntil: "domcontentloaded" })
      await phone.page.goto(`${world.url}${path}`, { waitUntil: "domcontentloaded" })
      const found = [...(answer?.status() === (failures[path] ?? 200) ? [] : [`status ${answer?.status()}`]), ...(await axeFaults(world, desk.page)), ...((await overflow(phone.page)) > 0 ? [`${await overflow(phone.page)} pixels too wide for a phone`] : [])]
      if (found.length) faults[path] = found
    }
    const door = await world.visit({ size: "phone", as: null })
    await door.page.goto(`${world.url}/login`)
    faults.login = await axeFaults(world, door.page)
    expect(faults).toEqual({ login: [] })
    expect([...desk.complaints, ...phone.complaints].filter((text) => !text.includes("status of 404"))).toEqual([])
    for (const { context } of [desk, phone, door]) await context.close()
  })

  test("at a desk: words are changed under a live counter and preview, then approved", async () => {
    const { id } = waiting[1]!
    const { page, context, complaints } = await world.visit()
    await page.goto(`${world.url}/queue/${id}`)
    const field = page.getByLabel("Lời bài")
    const counter = page.locator("#n-message")
    const source = (await messageOf(id)).split("\n").at(-1)!
    const words = "Lời mới từ bàn làm việc 👍"
    await field.fill(words)
    // One emoji is one character on Facebook.
    expect(await counter.innerText()).toBe(`${[...words].length + 2 + source.length}/5.000`)
    expect(await page.locator("#live-message").innerText()).toBe(words)
    await field.fill("x".repeat(5_001))
    expect([await counter.getAttribute("class"), await field.getAttribute("aria-invalid")]).toEqual(["count over", "true"])
    await field.fill(words)
    await page.getByRole("button", { name: "Lưu lời bài" }).click()
    await page.getByText("Đã lưu lời mới của 1 bài").waitFor()
    expect(await messageOf(id)).toBe(`${words}\n\n${source}`)
    await page.getByRole("button", { name: "Duyệt đăng" }).click()
    await page.getByText("Đã duyệt 1 bài").waitFor()
    expect(await stateOf(id)).toBe("waiting")
    expect(complaints).toEqual([])
    await context.close()
  })

  test("on a phone without script: mistakes come back with what was typed; reject with a reason", async () => {
    const { id } = waiting[2]!
    const { page, context } = await world.visit({ size: "phone", script: false })
    await page.goto(`${world.url}/queue`)
    await page.getByRole("link", { name: "xem, sửa lời" }).first().waitFor()
    // What only works with script is not shown without it.
    expect(await page.getByText("Chọn tất cả trên trang này").isVisible()).toBe(false)
    await page.goto(`${world.url}/queue/${id}`)
    const typed = `Xem thêm tại trung-thuong.example.com ${"y".repeat(5_000)}`
    await page.getByLabel("Lời bài").fill(typed)
    await page.getByRole("button", { name: "Lưu lời bài" }).click()
    await page.getByText("Có 2 lỗi, chưa lưu gì").waitFor()
    expect(await page.getByLabel("Lời bài").inputValue()).toBe(typed)
    expect(await page.locator("#e-message").innerText()).toContain("tối đa 5.000 ký tự")
    await page.getByLabel("Lời bài").fill("Ngắn gọn.")
    await page.getByRole("button", { name: "Xem thử" }).click()
    expect(await page.getByRole("region", { name: "Bản xem trước" }).innerText()).toContain("Ngắn gọn.")
    await page.getByRole("button", { name: "Từ chối" }).click()
    await page.getByText("Từ chối cần ghi lý do").waitFor()
    await page.getByLabel("Lý do từ chối hoặc hủy").fill("Trùng nội dung")
    await page.getByRole("button", { name: "Từ chối" }).click()
    await page.getByText("Đã từ chối 1 bài").waitFor()
    expect(await stateOf(id)).toBe("cancelled")
    await context.close()
  })

  test("with the keyboard alone: from the skip link to an approved post", async () => {
    const { page, context } = await world.visit()
    await page.goto(`${world.url}/`)
    await page.keyboard.press("Tab")
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Đến nội dung")
    await page.keyboard.press("Enter")
    const focused = () => page.evaluate(() => (document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent ?? "").trim())
    const tabTo = async (name: string, tries = 60) => {
      for (let i = 0; i < tries && (await focused()) !== name; i++) await page.keyboard.press("Tab")
      expect(await focused()).toBe(name)
    }
    await page.goto(`${world.url}/settings`)
    await tabTo("Hàng chờ")
    await page.keyboard.press("Enter")
    await page.getByRole("heading", { name: "Hàng chờ" }).waitFor()
    const first = await page.locator("input[name=id]").first().inputValue()
    for (let i = 0; i < 60 && (await page.evaluate(() => (document.activeElement as HTMLInputElement)?.name)) !== "id"; i++) await page.keyboard.press("Tab")
    await page.keyboard.press("Space")
    // The focus must be seen, not only be there.
    expect(await page.evaluate(() => getComputedStyle(document.activeElement!).outlineStyle)).toBe("solid")
    await tabTo("Duyệt đăng", 400)
    await page.keyboard.press("Enter")
    await page.getByText("Đã duyệt 1 bài").waitFor()
    expect(await stateOf(first)).toBe("waiting")
    await context.close()
  })

  test.each([
    ["desk", true],
    ["phone", false],
  ] as const)("an emergency post from a %s (script: %p): written, looked at, confirmed", async (size, script) => {
    const { page, context } = await world.visit({ size, script })
    await page.goto(`${world.url}/emergency`)
    await page.getByRole("link", { name: "Soạn tin khẩn" }).click()
    await page.getByRole("button", { name: "Xem trước và xác nhận" }).click()
    await page.getByText("điều cần sửa, chưa lưu gì").waitFor()
    await page.getByLabel("Tiêu đề").fill(`Cảnh báo lũ (${size})`)
    await page.getByLabel(/^Nội dung/).fill("Nước sông lên nhanh.\n\nNgười dân không qua ngầm tràn.")
    await page.getByLabel("Chỉ những đơn vị này:").check()
    if (script) {
      await page.getByLabel("Tìm đơn vị trong danh sách").fill("kinh bac")
      expect(await page.locator("#units > label:visible").count()).toBe(1)
    }
    await page.getByLabel("UBND phường Kinh Bắc").check()
    await page.getByRole("button", { name: "Xem trước và xác nhận" }).click()
    await page.getByText("Hiển thị trên Zalo OA").waitFor()
    await page.getByLabel(/Tôi đã đọc bài trên từng mạng/).check()
    await page.getByRole("button", { name: "Gửi tin khẩn ngay" }).click()
    await page.getByText("Đã gửi. Bài đang được đăng ngay.").waitFor()
    await world.rooms.publisher().untilQuiet(AbortSignal.timeout(30_000))
    const posts = await world.rooms.outbox.list({ unit: "phuong-kinh-bac", limit: 2 })
    expect(posts.map((view) => [view.network, view.state]).sort()).toEqual([["facebook", "published"], ["zalo", "published"]])
    await context.close()
  })

  test("a mistake is taken down from the article's page", async () => {
    const view = (await world.rooms.outbox.list({ unit: "phuong-kinh-bac", state: "published", limit: 1 }))[0]!
    const { page, context } = await world.visit({ size: "phone" })
    await page.goto(`${world.url}/articles/${view.articleId}`)
    await page.getByRole("link", { name: "Gỡ bài…" }).click()
    await page.getByLabel("Lý do gỡ").fill("Sai số liệu")
    await page.getByLabel("Tôi hiểu bài sẽ biến mất").check()
    await page.getByRole("button", { name: "Gỡ bài" }).click()
    await page.getByText(/Đang gỡ \d bài/).waitFor()
    await world.rooms.publisher().untilQuiet(AbortSignal.timeout(30_000))
    expect(await stateOf(view.id)).toBe("cancelled")
    await context.close()
  })

  test("one button stops everything, a banner says so everywhere, and it goes on again", async () => {
    const { page, context } = await world.visit({ size: "phone", script: false })
    await page.goto(`${world.url}/`)
    await page.getByRole("link", { name: "Dừng toàn bộ việc đăng…" }).click()
    await page.getByLabel("Lý do").fill("Nghi bị xâm nhập")
    await page.getByRole("button", { name: "Dừng toàn bộ việc đăng" }).click()
    await page.getByText("Đã dừng toàn bộ việc đăng.").waitFor()
    const auditor = await world.visit({ as: "xem" })
    await auditor.page.goto(`${world.url}/queue`)
    await auditor.page.getByText("Đang dừng toàn bộ việc đăng").waitFor()
    expect(await auditor.page.getByRole("button", { name: "Duyệt đăng" }).count()).toBe(0)
    expect((await world.rooms.outbox.lanes()).every((lane) => lane.paused_reason !== null)).toBe(true)
    await page.getByRole("button", { name: "Cho đăng trở lại" }).click()
    await page.getByText("Việc đăng đã trở lại bình thường.").waitFor()
    await auditor.context.close()
    await context.close()
  })

  test("alerts, rules, reports and the registry are worked with", async () => {
    const { page, context, complaints } = await world.visit()
    await page.goto(`${world.url}/alerts`)
    await page.locator("ul.rows a").first().click()
    await page.getByRole("button", { name: "Tiếp nhận" }).click()
    await page.getByText("Đã tiếp nhận.").waitFor()
    const download = page.waitForEvent("download")
    await page.getByRole("link", { name: "Tải hồ sơ sự cố (ZIP)" }).click()
    expect((await download).suggestedFilename()).toMatch(/^su-co-.*\.zip$/)

    await page.goto(`${world.url}/rules`)
    await page.getByLabel("Ngày").fill("2025-08-01")
    await page.getByLabel("Bộ quy tắc").selectOption("A2024")
    await page.getByRole("button", { name: "Xét" }).click()
    await page.getByRole("heading", { name: /Kết quả ngày 01\/08\/2025 theo A2024/ }).waitFor()

    await page.goto(`${world.url}/reports`)
    await page.locator("table a").first().click()
    await page.getByRole("link", { name: "Xem trước" }).click()
    expect(await page.locator("body").innerText()).toContain("BÁO CÁO")

    await page.goto(`${world.url}/registry`)
    await page.getByLabel("Tệp .xlsx").setInputFiles({ name: "so.xlsx", mimeType: "application/octet-stream", buffer: Buffer.from("không phải Excel") })
    await page.getByRole("button", { name: "Soát tệp" }).click()
    await page.getByText("Có 1 lỗi, chưa nhập gì").waitFor()
    expect(complaints.filter((text) => !text.includes("400"))).toEqual([])
    await context.close()
  })

  test("a unit official signs in, sees the own unit and nothing else", async () => {
    const { page, context } = await world.visit({ size: "phone", as: "can-bo" })
    expect(await heading(page)).toBe("UBND phường Kinh Bắc")
    expect(await page.getByRole("navigation", { name: "Chính" }).innerText()).not.toContain("Sổ đăng ký")
    await page.getByRole("link", { name: "Hàng chờ" }).click()
    expect(await page.locator("main").innerText()).not.toContain("phường Vũ Ninh")
    for (const path of ["/units/phuong-vu-ninh", "/registry", "/reports", "/emergency", `/queue/${waiting.find((view) => view.unit !== "phuong-kinh-bac")!.id}`]) expect([path, (await page.goto(`${world.url}${path}`))!.status()]).toEqual([path, 404])
    await context.close()
  })
})
