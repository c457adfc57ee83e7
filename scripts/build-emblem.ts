/**
 * Renders the emblem of the npm package `coat-of-arms` 6.4.0 (MIT) into accounts/images/. Run once, by hand; the
 * package (73 MB) is no dependency of ours: install it somewhere and name its folder.
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
