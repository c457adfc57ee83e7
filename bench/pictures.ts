/**
 * Pictures per second through fetch, check, re-encode, hash and keep, beside a bare sharp loop over the same bytes with the same number at once.
 *
 *   bun bench/pictures.ts [--pictures 120] [--at-once 6]
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import sharp from "sharp"
import { createArticles } from "../src/articles/index.ts"
import { pictureLimits } from "../src/articles/reencode.ts"
import { createSafeFetch } from "../src/base/safe-fetch.ts"
import { openDb } from "../src/db/index.ts"
import type { Article } from "../src/model/index.ts"

const { values } = parseArgs({ options: { pictures: { type: "string" }, "at-once": { type: "string" } } })
const count = Number(values.pictures ?? 120)
const atOnce = Number(values["at-once"] ?? 6)

/** Photographs as portals serve them: 2400×1600, about a megabyte, each of its own. */
const sources = await Promise.all(
  Array.from({ length: count }, async (_, i) => {
    const noise = await sharp({ create: { width: 300, height: 200, channels: 3, background: "#888", noise: { type: "gaussian", mean: 128 + (i % 60), sigma: 18 } } }).blur(1.2).png().toBuffer()
    return sharp(noise).resize(2_400, 1_600, { kernel: "cubic" }).jpeg({ quality: 92 }).toBuffer()
  }),
)
const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: (request) => new Response(sources[Number(new URL(request.url).pathname.slice(1))] as BodyInit, { headers: { "content-type": "image/jpeg" } }) })
sharp.cache(false)

async function eachOf(work: (i: number) => Promise<unknown>): Promise<number> {
  const began = performance.now()
  let next = 0
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let i = next++; i < count; i = next++) await work(i)
    }),
  )
  return (count * 1_000) / (performance.now() - began)
}

const bare = () =>
  eachOf((i) =>
    sharp(sources[i]!).rotate().resize({ width: pictureLimits.sideMax, height: pictureLimits.sideMax, fit: "inside", withoutEnlargement: true }).flatten({ background: "#ffffff" }).toColourspace("srgb").jpeg({ quality: 85, chromaSubsampling: "4:2:0" }).toBuffer(),
  )

async function loa(): Promise<number> {
  const dataDir = mkdtempSync(join(tmpdir(), "loa-bench-"))
  const opened = await openDb({ databaseUrl: null, dataDir })
  const articles = createArticles({ safeFetch: createSafeFetch({ allowPrivate: ["127.0.0.1"], userAgent: "Loa bench" }), dataDir, emblemPath: null, coverPath: null })
  let ready = 0
  const rate = await eachOf(async (i) => {
    const article = { id: `a${i}`, url: `http://127.0.0.1:${server.port}/tin/${i}`, pictures: [`http://127.0.0.1:${server.port}/${i}`] } as unknown as Article
    const prepared = await articles.preparePictures(opened.db, article, { max: 1, now: Date.now() })
    ready += prepared.length
  })
  await opened.close()
  rmSync(dataDir, { recursive: true, force: true })
  if (ready !== count) throw new Error(`${ready} of ${count} pictures were made`)
  return rate
}

await bare()
const rates: { bare: number; loa: number }[] = []
for (let round = 0; round < 3; round++) rates.push({ bare: await bare(), loa: await loa() })
const middle = rates.sort((a, b) => a.loa / a.bare - b.loa / b.bare)[1]!
console.table([{ pictures: count, "at once": atOnce, "source KB": Math.round(sources[0]!.length / 1024), "bare sharp/s": middle.bare.toFixed(1), "fetch to kept file/s": middle.loa.toFixed(1), ratio: (middle.loa / middle.bare).toFixed(2) }])
server.stop(true)
process.exit(0)
