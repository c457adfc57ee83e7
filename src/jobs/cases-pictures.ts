/** Profile pictures that satisfy the plan, at the sizes the networks show, each judged by our own judge before it is offered. */
import { existsSync } from "node:fs"
import { join } from "node:path"
import type { Rooms } from "../app.ts"
import { checkout } from "../base/config.ts"
import { expectedPictures, renderAvatar, rulesetOn, subjectOfUnit, type Expectation, type ImageVerdict } from "../checks/index.ts"
import type { NetworkName, Unit } from "../model/index.ts"

/** What the networks keep of a profile picture, largest first (Facebook shows 176 and 36 px of it, Zalo 180 and 48). */
export const pictureSizes: Record<NetworkName, readonly (720 | 800 | 320 | 180)[]> = { facebook: [800, 320], zalo: [720, 180] }

export interface OfferedPicture {
  id: Expectation
  /** The reference file it is made from. */
  path: string
  label: string
}

/** What the unit may use and we have a reference of; empty when its approved logo was never filed. */
export async function picturesFor(rooms: Rooms, unit: Unit): Promise<OfferedPicture[]> {
  return expectationsOf(rooms, unit).flatMap((id) => {
    const path = referenceOf(rooms.config.registryDir, id)
    return path ? [{ id, path, label: labelOf(id, unit) }] : []
  })
}

/** What the plan allows, whether or not a reference is filed. */
export function expectationsOf(rooms: Rooms, unit: Unit): Expectation[] {
  return expectedPictures(unit, subjectOfUnit(unit).level, rulesetOn(rooms.checks.rules.rulesets, rooms.checks.today()), {}) as Expectation[]
}

const labelOf = (id: Expectation, unit: Unit) =>
  id === "emblem" ? "Quốc huy" : id === "logo:province" ? "Biểu trưng của tỉnh" : `Biểu trưng (logo) của ${unit.name}`

function referenceOf(registryDir: string, id: Expectation): string | null {
  const name = id === "emblem" ? "emblem.png" : `logos/${id.slice("logo:".length)}.png`
  return [registryDir, join(checkout, "accounts")].map((dir) => join(dir, "images", name)).find((file) => existsSync(file)) ?? null
}

const backgrounds: Partial<Record<Expectation, string>> = { emblem: "#ffffff" }
const kept = new Map<string, Promise<Uint8Array>>()
const KEPT_MAX = 200

export function renderPicture({ id, path }: OfferedPicture, size: 180 | 320 | 720 | 800): Promise<Uint8Array> {
  const key = `${path} ${size}`
  const made = kept.get(key) ?? renderAvatar({ reference: path, size, background: backgrounds[id] ?? "#ffffff" })
  kept.set(key, made)
  made.catch(() => kept.delete(key))
  if (kept.size > KEPT_MAX) kept.delete(kept.keys().next().value!)
  return made
}

/** As the networks show it: cut to a circle on the grey of their pages. */
export async function circlePreview(offered: OfferedPicture, size: 180 | 320): Promise<Uint8Array> {
  const { default: sharp } = await import("sharp")
  const mask = Buffer.from(`<svg width="${size}" height="${size}"><circle cx="${size / 2}" cy="${size / 2}" r="${size / 2}" fill="#fff"/></svg>`)
  const round = await sharp(await renderPicture(offered, size))
    .ensureAlpha()
    .composite([{ input: mask, blend: "dest-in" }])
    .png()
    .toBuffer()
  return sharp({ create: { width: size + 16, height: size + 16, channels: 3, background: "#e4e6eb" } })
    .composite([{ input: round, gravity: "centre" }])
    .png()
    .toBuffer()
}

/** The verdict our watch would give on the picture: nothing is offered that it would complain of. */
export async function judgePicture(rooms: Rooms, unit: Unit, offered: OfferedPicture, size: 180 | 320 | 720 | 800): Promise<ImageVerdict> {
  return rooms.images.judge(await renderPicture(offered, size), { expect: expectationsOf(rooms, unit) })
}
