/**
 * Remakes the pictures of the README: `node scripts/run.mjs --dev scripts/screenshots.ts`; with a FOLDER every page goes there, to be looked at.
 * Everything comes from the rehearsal province.
 */
import { mkdirSync, statSync, writeFileSync } from "node:fs"
import { join, resolve } from "node:path"
import sharp from "sharp"
import { draftEmergency } from "../src/jobs/emergency.ts"
import { browserWorld, hasChromium, type BrowserWorld } from "../test/web/browser-world.ts"

const BYTES_MAX = 200_000
/** Without a folder only these are made. */
const kept = new Set(["home", "home-phone", "unit", "unit-phone", "article", "queue", "post", "post-phone", "emergency", "alerts", "rules", "reports", "registry", "stop"])
const folder = resolve(process.argv[2] ?? join(import.meta.dir, "../test/web/screenshots"))

if (!hasChromium) throw new Error("chromium is not installed")
mkdirSync(folder, { recursive: true })
const world = await browserWorld()
try {
  await prepare(world)
  const { rooms } = world
  const unit = "phuong-kinh-bac"
  const post = (await rooms.outbox.list({ state: "review", limit: 1 }))[0]!
  const article = (await rooms.outbox.list({ state: "published", limit: 1 }))[0]!
  const alert = (await rooms.alerts.list({ state: "open", limit: 1 }))[0]
  const emergency = await draftEmergency(rooms, { unit: rooms.view().livingUnits.find((one) => one.kind === "province_portal")!.id, title: "Cảnh báo lũ trên sông Cầu", body: "Mực nước sông Cầu tại trạm Đáp Cầu đang lên nhanh, dự báo vượt báo động II trong đêm nay.\n\nNgười dân vùng bãi sông chủ động di chuyển tài sản, không đi qua ngầm tràn và theo dõi thông báo của chính quyền địa phương.", url: "", targets: { all: false, kinds: ["ward", "commune"], units: [], networks: ["facebook", "zalo"] } }, "user:dien-tap")
  const report = await rooms.reports.make("weekly")
  const shots: [name: string, path: string, size: "desk" | "phone", full?: boolean][] = [
    ["home", "/", "desk", true],
    ["home-phone", "/", "phone"],
    ["unit", `/units/${unit}`, "desk", true],
    ["unit-phone", `/units/${unit}`, "phone"],
    ["article", `/articles/${article.articleId}`, "desk"],
    ["queue", "/queue?state=review", "desk"],
    ["queue-phone", "/queue?state=review", "phone"],
    ["post", `/queue/${post.id}`, "desk", true],
    ["post-phone", `/queue/${post.id}`, "phone", true],
    ["emergency", `/emergency/${emergency}`, "desk", true],
    ["emergency-form", "/emergency/new", "desk", true],
    ["alerts", "/alerts", "desk"],
    ["alert", alert ? `/alerts/${alert.id}` : "/alerts", "desk"],
    ["reports", "/reports", "desk"],
    ["report", `/reports/${report.runId}`, "desk"],
    ["rules", "/rules?judge=1", "desk"],
    ["registry", "/registry", "desk"],
    ["stop", "/stop", "desk"],
    ["take-down", `/take-down?id=${article.id}`, "desk"],
    ["settings", "/settings", "desk"],
    ["login-phone", "/login", "phone"],
  ]
  for (const [name, path, size, full = false] of shots) {
    if (!process.argv[2] && !kept.has(name)) continue
    const { page, context } = await world.visit({ size, as: name.startsWith("login") ? null : "rehearsal" })
    await page.goto(`${world.url}${path}`)
    await save(name, await page.screenshot({ fullPage: full }))
    await context.close()
  }
} finally {
  await world.close()
}

/** Some posts wait for a person, so that the queue is worth looking at. */
async function prepare({ rooms }: BrowserWorld) {
  const published = await rooms.outbox.list({ limit: 400 })
  const ids = published.filter((view, i) => view.state === "waiting" || (view.state === "published" && i % 9 === 0)).slice(0, 12).map((view) => view.id)
  await rooms.db.updateTable("deliveries").set({ state: "review", remote_id: null, remote_url: null, published_at: null }).where("id", "in", ids).execute()
}

/** Palette PNG, smaller until it fits. */
async function save(name: string, png: Buffer) {
  const file = join(folder, `${name}.png`)
  const { width = 1280, height = 900 } = await sharp(png).metadata()
  const cropped = sharp(png).extract({ left: 0, top: 0, width, height: Math.min(height, Math.round(width * (width < 600 ? 3 : 1.6))) })
  const base = await cropped.png().toBuffer()
  for (const colours of [128, 64, 32, 16]) {
    const bytes = await sharp(base).png({ palette: true, colours, effort: 8 }).toBuffer()
    writeFileSync(file, bytes)
    if (bytes.length <= BYTES_MAX) break
  }
  console.log(name, statSync(file).size)
}
