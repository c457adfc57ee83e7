/** What a unit may show: the emblem for wards, an approved logo for departments; nothing is offered that our own judge would complain of. */
import { afterAll, expect, test } from "bun:test"
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import sharp from "sharp"
import { createApp, type Rooms } from "../../src/app.ts"
import { ManualClock } from "../../src/base/clock.ts"
import { checkout, readConfig } from "../../src/base/config.ts"
import { silentLog } from "../../src/base/log.ts"
import { circlePreview, judgePicture, picturesFor, pictureSizes, renderPicture } from "../../src/jobs/cases-pictures.ts"
import { unitFile, type Unit } from "../../src/model/index.ts"

const dir = mkdtempSync(join(tmpdir(), "loa-pictures-"))
mkdirSync(join(dir, "images/logos"), { recursive: true })
// Any drawing with a transparent ground may stand in for an approved logo.
copyFileSync(join(checkout, "accounts/images/signs/cong-an.png"), join(dir, "images/logos/so-mau.png"))
const app = createApp(readConfig({ LOA_MODE: "live", LOA_REGISTRY: dir, LOA_DATA: ":memory:" }), { clock: new ManualClock(Date.parse("2026-11-24T02:00:00Z")), log: silentLog })
const rooms = { config: app.config, checks: app.checks, images: app.images } as unknown as Rooms
const unit = (id: string, kind: string, name: string) => ({ ...unitFile.parse({ id, kind, name }), accounts: [] }) as Unit
afterAll(() => rmSync(dir, { recursive: true }))

test.each([
  ["phuong-mau", "ward", "UBND phường Mẫu", ["emblem"]],
  ["cong-tinh", "province_portal", "Cổng Thông tin điện tử tỉnh Bắc Ninh", ["emblem"]],
  ["so-mau", "department", "Sở Mẫu tỉnh Bắc Ninh", ["logo:so-mau"]],
  // Nobody filed its logo: nothing is invented.
  ["so-khac", "department", "Sở Khác tỉnh Bắc Ninh", []],
] as const)("%s", async (id, kind, name, expected) => {
  const of = unit(id, kind, name)
  const offered = await picturesFor(rooms, of)
  expect(offered.map((one) => one.id as string)).toEqual([...expected])
  for (const one of offered) {
    for (const size of new Set([...pictureSizes.facebook, ...pictureSizes.zalo])) {
      const { width, height, hasAlpha } = await sharp(await renderPicture(one, size)).metadata()
      expect([width, height, hasAlpha]).toEqual([size, size, false])
    }
    expect((await judgePicture(rooms, of, one, 720)).verdict).toBe("match")
    // The corners of the preview are the network's grey, its middle the picture.
    const { data, info } = await sharp(await circlePreview(one, 320)).raw().toBuffer({ resolveWithObject: true })
    expect([...data.subarray(0, 3)]).toEqual([0xe4, 0xe6, 0xeb])
    const middle = ((info.height >> 1) * info.width + (info.width >> 1)) * info.channels
    expect([...data.subarray(middle, middle + 3)]).not.toEqual([0xe4, 0xe6, 0xeb])
  }
})
