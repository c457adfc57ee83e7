/**
 * Renders the emblem of the npm package `coat-of-arms` 6.4.0 (MIT) into accounts/images/, and our own drawings of signs
 * worth naming into accounts/images/signs/. Run once, by hand; the package (73 MB) is no dependency of ours: install it
 * somewhere and name its folder.
 *
 *   node scripts/run.mjs scripts/build-emblem.ts /tmp/somewhere/node_modules/coat-of-arms
 */
import { join, resolve } from "node:path"
import sharp from "sharp"
import { checkout } from "../src/base/config.ts"
import { sha256 } from "../src/base/hash.ts"

const drawingPath = "dist/coats/VN.svg"
const drawingSha256 = "40e6ec0a611438a3b879bd1bb905b81d08ddd0c73cb32251b75f9d8e629ec61d"

const folder = process.argv[2]
if (!folder) throw new Error("usage: scripts/build-emblem.ts FOLDER_OF_THE_PACKAGE")
const svg = await Bun.file(join(resolve(folder), drawingPath)).bytes()
if (sha256(svg) !== drawingSha256) throw new Error(`${drawingPath} is not the drawing of coat-of-arms 6.4.0`)

// Rendered large, trimmed to what is visible, then sized: the reference must fill its box exactly.
const large = await sharp(svg, { density: 288 }).trim({ background: "#00000000", threshold: 1 }).png().toBuffer()
const images = join(checkout, "accounts", "images")
await sharp(large).resize({ height: 512 }).png({ compressionLevel: 9 }).toFile(join(images, "emblem.png"))
await sharp(large).resize({ height: 192 }).png({ compressionLevel: 9 }).toFile(join(images, "emblem-192.png"))

/** Our own drawings, 192 px: only what tells the sign apart, as the coarse search sees 17 to 41 pixels of it. */
const star = (cx: number, cy: number, radius: number, fill: string) => {
  const points = Array.from({ length: 10 }, (_, i) => {
    const reach = i % 2 ? radius * 0.382 : radius
    const angle = (i * Math.PI) / 5 - Math.PI / 2
    return `${(cx + reach * Math.cos(angle)).toFixed(2)},${(cy + reach * Math.sin(angle)).toFixed(2)}`
  })
  return `<polygon points="${points.join(" ")}" fill="${fill}"/>`
}
const red = "#da251d"
const gold = "#ffdd00"
/** Two branches of leaves from the bottom upwards, as on wreaths. */
const wreath = (cy: number, reach: number, leaf: number, count: number, from: number, step: number) =>
  [1, -1].flatMap((side) =>
    Array.from({ length: count }, (_, i) => {
      const angle = Math.PI / 2 - side * (from + i * step)
      const [x, y] = [120 + reach * 1.1 * Math.cos(angle), cy + reach * Math.sin(angle)]
      const turn = (angle * 180) / Math.PI - side * 55
      return `<ellipse cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" rx="${leaf}" ry="${leaf * 0.45}" fill="${gold}" stroke="#b02a10" stroke-width="1.5" transform="rotate(${turn.toFixed(1)} ${x.toFixed(1)} ${y.toFixed(1)})"/>`
    }),
  ).join("")
const signs: Record<string, string> = {
  "quoc-ky": `<rect width="192" height="192" fill="${red}"/>${star(96, 101, 76, gold)}`,
  "quoc-ky-ngang": `<rect y="32" width="192" height="128" fill="${red}"/>${star(96, 99, 38.4, gold)}`,
  "co-dang": `<rect width="192" height="192" fill="${red}"/><g fill="none" stroke="${gold}" stroke-linecap="butt"><path d="M72 44C124 40 156 78 144 116C133 148 92 154 62 130" stroke-width="15"/><path d="M70 122L48 146" stroke-width="13"/><path d="M78 76L148 148" stroke-width="13"/><path d="M62 96L102 56" stroke-width="24"/></g>`,
  "cong-an": `${wreath(90, 84, 26, 7, 0.3, 0.34)}<circle cx="120" cy="84" r="64" fill="#0d8a3f" stroke="${gold}" stroke-width="4"/>${wreath(84, 47, 11, 9, 0.5, 0.26)}<circle cx="120" cy="84" r="34" fill="${red}" stroke="${gold}" stroke-width="3"/>${star(120, 84, 17, gold)}<circle cx="120" cy="138" r="19" fill="none" stroke="${gold}" stroke-width="9"/><rect x="62" y="156" width="116" height="24" rx="6" fill="${gold}"/>`,
}
for (const [name, body] of Object.entries(signs)) {
  const drawn = Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="240" height="192">${body}</svg>`)
  await sharp(drawn).trim({ background: "#00000000", threshold: 1 }).png({ compressionLevel: 9, palette: true }).toFile(join(images, "signs", `${name}.png`))
}
