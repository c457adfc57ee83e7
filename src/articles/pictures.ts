/** Pictures of articles: found, fetched once per address, kept under their hash below `LOA_DATA/media`. */
import { access, mkdir, readFile, rename, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { HOUR } from "../base/clock.ts"
import { sha256 } from "../base/hash.ts"
import { FetchFailure } from "../base/safe-fetch.ts"
import type { Db } from "../db/index.ts"
import type { Article, Picture } from "../model/index.ts"
import type { ArticlesParts } from "./index.ts"
import { pagePictures, probePage } from "./page.ts"
import { asCover, coverSize, pictureLimits, plainCover, reencode, type Reencoded } from "./reencode.ts"
import { SlowHosts } from "./slow-hosts.ts"
import type { ArticlesRoom, PreparedPicture } from "./types.ts"

/** A picture that could not be had is not asked for again before this. */
const failureLivesMs = 6 * HOUR
const candidatesMax = 8

type PictureDoors = Pick<ArticlesRoom, "preparePictures" | "coverFor" | "defaultCover" | "pictureFile" | "probePage">

export function createPictures(parts: ArticlesParts): PictureDoors {
  const folder = join(parts.dataDir === ":memory:" ? "data" : parts.dataDir, "media")
  const fileOf = (hash: string) => join(folder, `${hash}.jpg`)
  const exists = (path: string) => access(path).then(() => true, () => false)
  /** Work under way by address: two articles with one picture fetch it once. */
  const running = new Map<string, Promise<PreparedPicture | null>>()
  const hosts = new SlowHosts()
  const covers = new Map<string, Promise<Picture>>()
  const pages = new PageMemory()

  async function store(result: Extract<Reencoded, { kind: "ready" }>, sourceUrl: string): Promise<Picture> {
    const hash = sha256(result.data)
    const path = fileOf(hash)
    if (!(await exists(path))) {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      // Written aside and renamed: a reader never sees half a picture.
      const aside = `${path}.${process.pid}.${Math.random().toString(36).slice(2)}`
      await writeFile(aside, result.data, { mode: 0o600 })
      await rename(aside, path)
    }
    return { sha256: hash, width: result.width, height: result.height, bytes: result.data.length, path, sourceUrl }
  }

  const ignored = (url: string, reason: string): PreparedPicture => ({ kind: "ignored", sourceUrl: url, reason })

  /** Null when the host has just kept another question waiting too long: that says nothing about this picture. */
  async function obtain(url: string, now: number, signal?: AbortSignal): Promise<PreparedPicture | null> {
    try {
      const fetching = () =>
        parts.safeFetch(url, {
          maxBytes: pictureLimits.sourceBytesMax,
          timeoutMs: 20_000,
          connectTimeoutMs: 8_000,
          redirectsMax: 3,
          accept: "image/jpeg,image/png,image/webp,image/*;q=0.8",
          ...(signal ? { signal } : {}),
        })
      const answer = await hosts.ask(url, now, fetching)
      if (!answer) return null
      if (answer.status !== 200) return ignored(url, `HTTP ${answer.status}`)
      const result = await reencode(answer.body)
      return result.kind === "ready" ? { kind: "ready", picture: await store(result, url) } : ignored(url, result.reason)
    } catch (error) {
      if (error instanceof FetchFailure && !signal?.aborted) return ignored(url, `${error.code}: ${error.message}`)
      throw error
    }
  }

  async function prepare(db: Db, url: string, now: number, signal?: AbortSignal): Promise<PreparedPicture> {
    const key = sha256(url)
    const known = await db.selectFrom("pictures").selectAll().where("source_key", "=", key).executeTakeFirst()
    if (known?.sha256 && (await exists(fileOf(known.sha256)))) {
      return {
        kind: "ready",
        picture: {
          sha256: known.sha256,
          width: known.width ?? 0,
          height: known.height ?? 0,
          bytes: known.bytes ?? 0,
          path: fileOf(known.sha256),
          sourceUrl: url,
        },
      }
    }
    if (known?.failed && known.tried_at > now - failureLivesMs) return ignored(url, known.failed)
    const work = running.get(key) ?? obtain(url, now, signal).finally(() => running.delete(key))
    running.set(key, work)
    const result = await work
    if (!result) return ignored(url, "its host does not answer in time")
    const row = {
      source_key: key,
      source_url: url,
      tried_at: now,
      ...(result.kind === "ready"
        ? { sha256: result.picture.sha256, width: result.picture.width, height: result.picture.height, bytes: result.picture.bytes, failed: null }
        : { sha256: null, width: null, height: null, bytes: null, failed: result.reason.slice(0, 300) }),
    }
    await db.insertInto("pictures").values(row).onConflict((conflict) => conflict.column("source_key").doUpdateSet(row)).execute()
    return result
  }

  const needReady = (result: Reencoded) => {
    if (result.kind === "ignored") throw new Error(`a cover could not be made: ${result.reason}`)
    return result
  }
  const remembered = (key: string, make: () => Promise<Picture>): Promise<Picture> => {
    const cover = covers.get(key) ?? make()
    covers.set(key, cover)
    // Failures are not remembered, and the memory stays small.
    cover.catch(() => covers.delete(key))
    if (covers.size > 1_000) covers.delete(covers.keys().next().value!)
    return cover
  }

  return {
    probePage: (url, signal) => probePage(parts.safeFetch, url, signal),
    async preparePictures(db, article: Article, { max, now, signal }) {
      const ready: Picture[] = []
      const tryAll = async (urls: string[]) => {
        for (const url of urls) {
          if (ready.length >= max) return
          const result = await prepare(db, url, now, signal)
          if (result.kind === "ready" && !ready.some((picture) => picture.sha256 === result.picture.sha256)) ready.push(result.picture)
        }
      }
      await tryAll(article.pictures.slice(0, candidatesMax))
      if (ready.length === 0 && max > 0 && !article.url.includes("#") && pages.worthAsking(article.url, now)) {
        const found = await hosts.ask(article.url, now, () => pagePictures(parts.safeFetch, article.url, signal)).catch(noPage)
        if (found) pages.learn(article.url, found.length > 0, now)
        await tryAll(found?.slice(0, 3) ?? [])
      }
      return ready
    },
    coverFor(picture) {
      if (
        picture.width >= 1_000 &&
        picture.height >= 640 &&
        picture.width / picture.height > 1.2 &&
        picture.width / picture.height < 2.2 &&
        picture.bytes <= pictureLimits.bytesMax
      )
        return Promise.resolve(picture)
      return remembered(picture.sha256, async () => store(needReady(await asCover(picture.path)), picture.sourceUrl))
    },
    defaultCover(unitId) {
      return remembered("default cover", async () => {
        const given = parts.coverPath && (await exists(parts.coverPath)) ? parts.coverPath : null
        // The built-in cover is a finished picture: no unit without pictures makes Loa draw one.
        if (given) return store({ kind: "ready", data: await readFile(given), ...coverSize }, "cover:default")
        const emblem = parts.emblemPath && (await exists(parts.emblemPath)) ? parts.emblemPath : null
        return store(needReady(await plainCover({ r: 158, g: 20, b: 24 }, emblem)), `cover:${unitId}`)
      })
    },
    async pictureFile(hash) {
      if (!/^[0-9a-f]{64}$/.test(hash)) return null
      return (await exists(fileOf(hash))) ? fileOf(hash) : null
    },
  }
}

const noPage = (error: unknown): string[] => {
  if (error instanceof FetchFailure) return []
  throw error
}

/** Article pages of a host that named no picture three times running are left alone for six hours. */
class PageMemory {
  private readonly misses = new Map<string, { count: number; until: number }>()

  worthAsking(url: string, now: number): boolean {
    const known = this.misses.get(new URL(url).host)
    return !known || known.count < missesMax || known.until <= now
  }
  learn(url: string, found: boolean, now: number): void {
    const { host } = new URL(url)
    if (found) this.misses.delete(host)
    else this.misses.set(host, { count: (this.misses.get(host)?.count ?? 0) + 1, until: now + leaveAloneMs })
    if (this.misses.size > 20_000) this.misses.delete(this.misses.keys().next().value!)
  }
}
const missesMax = 3
const leaveAloneMs = 6 * HOUR
