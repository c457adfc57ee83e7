/** Articles of the fake OAs: create → token → verify → id, with pictures really fetched (zalo-oa.md section 4). */
import { sleep } from "../../base/runtime.ts"
import { hexOf, tokenOf } from "../random.ts"
import { rehearsalApp } from "../types.ts"
import { dropPost, keepPost, viewsOf, type FakeAccount, type Post, type World } from "../world.ts"
import { ZaloError, success } from "./errors.ts"

const titleCharsMax = 150
const descriptionCharsMax = 300
const authorCharsMax = 50
const pictureBytesMax = 1_048_576
const pictureTimeoutMs = 8_000
const sliceMax = 10
/** Zalo remembers an address it could not read for a while. */
const badUrlMs = 10 * 60_000
/** How long a verify waits for the pictures before it says "still working". */
const verifyPatienceMs = 250

type Payload = Record<string, unknown>
interface Job {
  token: string
  account: string
  payload: Payload
  /** Id of the article being changed; null = a new one. */
  updates: string | null
  id: string | null
  failed: string | null
  polls: number
  done: Promise<void> | null
}

export interface Articles {
  create(account: FakeAccount, payload: Payload): unknown
  update(account: FakeAccount, payload: Payload): unknown
  verify(account: FakeAccount, payload: Payload): Promise<unknown>
  remove(account: FakeAccount, payload: Payload): unknown
  slice(account: FakeAccount, query: URLSearchParams): unknown
  detail(account: FakeAccount, id: string): unknown
  foreign(account: FakeAccount, post: { text: string; title?: string; link?: string; app?: { id: string; name: string } }): string
  restore(kind: string, value: unknown): void
  /** Work that a killed process left behind. */
  resume(): void
}

const textOf = (value: unknown) => (typeof value === "string" ? value : "")

export function createArticles(world: World): Articles {
  const jobs = new Map<string, Job>()
  const badUrls = new Map<string, number>()
  const goodUrls = new Set<string>()
  const app = { id: rehearsalApp.zaloAppId, name: rehearsalApp.name }
  let serial = 0

  function refuse(message: string): never {
    throw new ZaloError(-201, message)
  }
  /** What Zalo checks at once; everything about fetching shows only at verify. */
  function check(payload: Payload): void {
    if (payload.type !== "normal" && payload.type !== "video") refuse("type accept only 2 value normal and video")
    const title = textOf(payload.title)
    if (title.length < 1 || title.length >= titleCharsMax) refuse("title allow 1 to 150 characters")
    if (textOf(payload.description).length >= descriptionCharsMax) refuse("description allow 1 to 300 characters")
    if (payload.status !== undefined && payload.status !== "show" && payload.status !== "hide") refuse("status is invalid")
    if (payload.comment !== undefined && payload.comment !== "show" && payload.comment !== "hide") refuse("comment is invalid")
    if (payload.type === "video") {
      if (!textOf(payload.video_id)) refuse("video_id is invalid")
      checkUrl(payload.avatar, "avatar")
      return
    }
    const author = textOf(payload.author)
    if (!author || author.length > authorCharsMax) refuse("author allow 1 to 50 characters")
    const cover = payload.cover as Payload | undefined
    if (!cover || typeof cover !== "object" || (cover.cover_type !== "photo" && cover.cover_type !== "video")) refuse("cover value is invalid")
    if (cover.status !== "show" && cover.status !== "hide") refuse("create media fail")
    if (cover.cover_type === "photo") checkUrl(cover.photo_url, "photo_url")
    else if (!textOf(cover.video_id)) refuse("cover video_id is invalid")
    const body = payload.body
    if (!Array.isArray(body) || !body.length) refuse("body is invalid")
    for (const block of body as Payload[]) {
      if (block.type === "text") {
        if (!textOf(block.content)) refuse("body content is invalid")
      } else if (block.type === "image") checkUrl(block.url, "body image url")
      else if (block.type === "video") checkUrl(block.thumb, "body video thumb")
      else if (block.type !== "product") refuse("body type is invalid")
    }
  }
  function checkUrl(value: unknown, field: string): void {
    const url = textOf(value)
    if (!/^https?:\/\/[\x21-\x7e]+$/.test(url) || !URL.canParse(url)) refuse(`${field} ${url} is invalid`)
  }
  const pictureUrls = (payload: Payload): string[] => {
    const cover = payload.cover as Payload | undefined
    const blocks = (payload.body as Payload[] | undefined) ?? []
    return [
      cover?.photo_url,
      payload.avatar,
      ...blocks.map((block) => (block.type === "image" ? block.url : block.type === "video" ? block.thumb : undefined)),
    ].filter((url): url is string => typeof url === "string")
  }

  /** null when the picture is fine, else Zalo's words. */
  async function fetchFailure(url: string): Promise<string | null> {
    if (!world.fetchPictures || goodUrls.has(url)) return null
    const bad = badUrls.get(url)
    if (bad !== undefined && bad > world.clock.now()) return "Upload media failed. Too many failed attempts"
    let failure: string | null = "Upload media failed. Cannot load media"
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(pictureTimeoutMs) })
      const bytes = new Uint8Array(await response.arrayBuffer())
      const isImage = (bytes[0] === 0xff && bytes[1] === 0xd8) || (bytes[0] === 0x89 && bytes[1] === 0x50)
      if (response.ok && isImage) failure = bytes.length > pictureBytesMax ? "Upload media failed. Media is over 1MB" : null
    } catch {
      // An address that cannot be read is the failure already named.
    }
    if (failure) badUrls.set(url, world.clock.now() + badUrlMs)
    else {
      if (goodUrls.size > 5_000) goodUrls.clear()
      goodUrls.add(url)
    }
    return failure
  }

  const textOfPayload = (payload: Payload) =>
    [textOf(payload.description), ...((payload.body as Payload[] | undefined) ?? []).map((block) => textOf(block.content))].filter(Boolean).join("\n")
  function publish(job: Job): void {
    const { payload } = job
    const now = world.clock.now()
    const account = world.accounts.get(job.account)!
    const old = job.updates ? account.posts.get(job.updates) : undefined
    if (job.updates && !old) {
      job.failed = "Media is not existed"
      return
    }
    const id = old?.id ?? hexOf(world.seed, `zalo article ${job.account} ${++serial}`, 20)
    keepPost(world, {
      id,
      account: job.account,
      created: old?.created ?? now,
      updated: now,
      app,
      title: textOf(payload.title),
      text: textOfPayload(payload),
      link: null,
      hidden: payload.status === "hide",
      pictures: pictureUrls(payload),
      payload,
      // One journal line says both that the article stands and that the job is done: a kill between two lines would publish twice.
      job: job.token,
    })
    job.id = id
  }
  /** The OA's pictures are loaded in the background; without pictures the article stands at once. */
  function begin(job: Job): void {
    jobs.set(job.token, job)
    if (!world.fetchPictures) return publish(job)
    job.done = Promise.all(pictureUrls(job.payload).map(fetchFailure)).then((failures) => {
      job.failed = failures.find((failure) => failure !== null) ?? null
      if (!job.failed) publish(job)
    })
  }
  function accept(account: FakeAccount, payload: Payload, updates: string | null) {
    check(payload)
    const token = `${tokenOf(world.seed, `job ${account.id} ${++serial}`, 60)}+/${serial}==`
    const job: Job = { token, account: account.id, payload, updates, id: null, failed: null, polls: 0, done: null }
    world.journal.write("zalo job", { token, account: account.id, payload, updates })
    begin(job)
    return success({ token })
  }

  const ownPost = (account: FakeAccount, id: unknown): Post => account.posts.get(textOf(id)) ?? refuse("id is invalid")

  return {
    create: (account, payload) => accept(account, payload, null),
    update(account, payload) {
      return accept(account, payload, ownPost(account, payload.id).id)
    },
    async verify(account, payload) {
      const job = jobs.get(textOf(payload.token))
      if (!job || job.account !== account.id) refuse("token is invalid")
      job.polls++
      const { processingPolls = 0, idlessPolls = 0 } = account.tuning
      if (processingPolls < 0 || job.polls <= processingPolls) throw new ZaloError(-214, "Media is being processed")
      if (job.polls <= processingPolls + idlessPolls) return success({})
      if (job.done && !job.id && !job.failed) await Promise.race([job.done, sleep(verifyPatienceMs)])
      if (job.failed) throw new ZaloError(-200, job.failed)
      if (!job.id) throw new ZaloError(-214, "Media is being processed")
      return success({ id: job.id })
    },
    remove(account, payload) {
      if (!dropPost(world, account, ownPost(account, payload.id).id)) refuse("id is invalid")
      return success()
    },
    slice(account, query) {
      const type = query.get("type")
      if (type !== "normal" && type !== "video") refuse("type accept only 2 value normal and video")
      const limit = Number(query.get("limit") ?? sliceMax)
      const offset = Number(query.get("offset") ?? 0)
      if (limit > sliceMax) refuse("maximum limit is 10")
      if (!(limit >= 1) || !(offset >= 0)) refuse("limit is invalid")
      const { stringCounters, countersResetAt } = account.tuning
      const all = [...account.posts.values()]
        .filter((post) => (post.payload?.type ?? "normal") === type)
        .sort((a, b) => b.created - a.created || (a.id < b.id ? 1 : -1))
      const counter = (value: number) => (stringCounters ? String(value) : value)
      const medias = all.slice(offset, offset + limit).map((post) => {
        const views = viewsOf(world, account, post, countersResetAt)
        return {
          id: post.id, type, title: post.title, status: post.hidden ? "hide" : "show", create_date: post.created, update_date: post.updated,
          total_view: counter(views), total_share: counter(Math.floor(views / 70)),
          thumb: post.pictures[0] ?? "", link_view: `${world.addresses.zalo}/nhin/${account.remoteId}/${post.id}`,
        }
      })
      return success({ total: counter(all.length), medias })
    },
    detail(account, id) {
      const post = ownPost(account, id)
      return success({
        ...post.payload,
        id: post.id,
        status: post.hidden ? "hide" : "show",
        title: post.title,
        link_view: `${world.addresses.zalo}/nhin/${account.remoteId}/${post.id}`,
      })
    },
    foreign(account, post) {
      const now = world.clock.now()
      const id = hexOf(world.seed, `zalo foreign ${account.id} ${++serial}`, 20)
      const title = post.title ?? post.text.slice(0, 100)
      keepPost(world, {
        id,
        account: account.id,
        created: now,
        updated: now,
        app: post.app ?? { id: "0", name: "OA Manager" },
        title,
        text: post.text,
        link: post.link ?? null,
        hidden: false,
        pictures: [],
        payload: { type: "normal", title, description: post.text, body: [{ type: "text", content: post.text }] },
      })
      return id
    },
    restore(kind, value) {
      if (kind === "zalo job") {
        const job = value as Pick<Job, "token" | "account" | "payload" | "updates">
        serial += 2
        if (world.accounts.has(job.account)) jobs.set(job.token, { ...job, id: null, failed: null, polls: 0, done: null })
      } else if (kind === "post") {
        serial++
        const { id, job } = value as Post
        const done = job ? jobs.get(job) : undefined
        if (done) done.id = id
      }
    },
    resume() {
      for (const job of jobs.values()) if (!job.id && !job.failed) begin(job)
    },
  }
}
