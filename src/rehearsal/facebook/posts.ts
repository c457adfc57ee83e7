/** Posts and photos of the fake Pages (facebook-graph.md section 3). */
import type { Media } from "../media.ts"
import { hashOf } from "../random.ts"
import { rehearsalApp } from "../types.ts"
import { dropPost, keepPost, viewsOf, type FakeAccount, type Post, type World } from "../world.ts"
import { GraphError, invalid, missing } from "./errors.ts"
import { graphTime, postInsights, reactionsOf } from "./insights.ts"
import { attachedMedia, isFalse, parseFields, project, text } from "./request.ts"

const messageCharsMax = 63_206
const photoBytesMax = 10 * 1_048_576
const fetchTimeoutMs = 10_000
const listLimitMax = 100
/** Meta ranks posts: roughly the newest first, never reliably so. */
const rankingNoiseMs = 6 * 3_600_000

interface Photo {
  id: string
  account: string
  published: boolean
  caption: string
}

export interface Posts {
  publish(account: FakeAccount, parameters: Map<string, unknown>): unknown
  photo(account: FakeAccount, parameters: Map<string, unknown>): Promise<unknown>
  list(account: FakeAccount, parameters: Map<string, unknown>, withUnpublished: boolean): unknown
  edit(account: FakeAccount, post: Post, parameters: Map<string, unknown>): unknown
  remove(account: FakeAccount, id: string): boolean
  fields(account: FakeAccount, post: Post): Record<string, unknown>
  find(id: string): { account: FakeAccount; post: Post } | undefined
  photoOwner(id: string): FakeAccount | undefined
  removePhoto(id: string): boolean
  /** A post by another app or person. */
  foreign(account: FakeAccount, post: { text: string; link?: string; app?: { id: string; name: string } }): string
  restore(kind: string, value: unknown): void
}

export function createPosts(world: World, media: Media): Posts {
  const photos = new Map<string, Photo>()
  let serial = 0
  const nextNumber = () => String(712_345_000_000_000 + ++serial)
  const app = { id: rehearsalApp.facebookAppId, name: rehearsalApp.name }
  const permalink = (post: Post) => `${world.addresses.facebook}/nhin/${post.id.split("_")[0]}/${post.id}`

  function create(account: FakeAccount, fresh: Partial<Post> & { text: string }, number = nextNumber()): Post {
    const now = world.clock.now()
    const post: Post = {
      id: `${account.remoteId}_${number}`,
      account: account.id,
      created: now,
      updated: now,
      app,
      title: null,
      link: null,
      hidden: false,
      pictures: [],
      ...fresh,
    }
    keepPost(world, post)
    return post
  }
  const messageOf = (parameters: Map<string, unknown>, ...names: string[]) => {
    const message = names.map((name) => text(parameters.get(name))).find((value) => value !== undefined) ?? ""
    if (message.length > messageCharsMax) throw invalid("Name parameter too long")
    return message
  }
  const answered = (account: FakeAccount, post: Post, parameters: Map<string, unknown>) => {
    const fields = text(parameters.get("fields"))
    return fields ? project(readable(account, post), parseFields(fields), []) : { id: post.id }
  }
  const hiddenBy = (parameters: Map<string, unknown>) => parameters.has("published") && isFalse(parameters.get("published"))

  async function bytesOf(parameters: Map<string, unknown>): Promise<Uint8Array> {
    const source = parameters.get("source")
    if (source instanceof Blob) return new Uint8Array(await source.arrayBuffer())
    const url = text(parameters.get("url"))
    if (!url) throw new GraphError(324, "(#324) Missing or invalid image file")
    if (!world.fetchPictures) return Uint8Array.of(0xff, 0xd8, 0xff)
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(fetchTimeoutMs) })
      if (response.ok) return new Uint8Array(await response.arrayBuffer())
    } catch {
      // Whatever kept Meta from reading the address, the caller is told the same.
    }
    throw new GraphError(324, "(#324) Missing or invalid image file", 2_069_019)
  }

  function readable(account: FakeAccount, post: Post): Record<string, unknown> {
    const views = viewsOf(world, account, post)
    const reactions = Object.values(reactionsOf(views)).reduce((sum, n) => sum + n, 0)
    const shares = Math.round(views / 120)
    const shimmed = post.link && `https://l.facebook.com/l.php?u=${encodeURIComponent(post.link)}`
    const bare = account.tuning.bareReads
    return {
      id: post.id,
      created_time: graphTime(post.created),
      updated_time: graphTime(post.updated),
      message: post.text || undefined,
      permalink_url: permalink(post),
      is_published: !post.hidden,
      is_hidden: post.hidden,
      from: { id: account.remoteId, name: account.tuning.name },
      application: bare ? undefined : post.app,
      admin_creator: undefined,
      attachments: bare
        ? undefined
        : post.link
          ? { data: [{ media_type: "link", type: "share", title: post.link, url: shimmed, unshimmed_url: post.link }] }
          : post.pictures.length
            ? {
                data: [
                  {
                    media_type: post.pictures.length > 1 ? "album" : "photo",
                    type: post.pictures.length > 1 ? "album" : "photo",
                    target: { id: post.pictures[0] },
                  },
                ],
              }
            : undefined,
      full_picture: post.pictures.length ? `${world.addresses.facebook}/__cdn/photo/${post.pictures[0]}` : undefined,
      shares: shares ? { count: shares } : undefined,
      reactions: { data: [], summary: { total_count: reactions } },
      comments: { data: [], summary: { order: "ranked", total_count: Math.round(views / 250), can_comment: true } },
      insights: undefined,
    }
  }

  return {
    publish(account, parameters) {
      const message = messageOf(parameters, "message")
      const link = text(parameters.get("link")) ?? null
      const staged = attachedMedia(parameters)
      if (!message && !link && !staged.length) throw invalid("At least one of message, link or attached_media is required")
      if (link && !/^https?:\/\/[^\s]+$/.test(link)) throw invalid("link URL is not properly formatted", 2_061_006)
      if (link && /^https?:\/\/([a-z]+\.)?facebook\.com\//i.test(link)) throw invalid("Facebook.com links are not allowed here", 1_609_008)
      for (const id of staged) {
        if (photos.get(id)?.account !== account.id) throw invalid(`Param attached_media must be photos of this Page, got ${id}`)
      }
      if (staged.length > 10) throw invalid("Too many attached media")
      const post = create(account, { text: message, link, pictures: staged, hidden: hiddenBy(parameters) })
      return answered(account, post, parameters)
    },
    async photo(account, parameters) {
      const bytes = await bytesOf(parameters)
      if (!bytes.length) throw new GraphError(324, "(#324) Requires upload file")
      const isImage = (bytes[0] === 0xff && bytes[1] === 0xd8) || (bytes[0] === 0x89 && bytes[1] === 0x50)
      if (!isImage || bytes.length > photoBytesMax)
        throw new GraphError(100, "(#100) Invalid parameter", 1_366_046, 400, {
          error_user_msg: "Photos should be less than 4 MB and saved as JPG or PNG.",
        })
      const caption = messageOf(parameters, "caption", "message", "name")
      const id = nextNumber()
      const published = !hiddenBy(parameters)
      const photo: Photo = { id, account: account.id, published, caption }
      photos.set(id, photo)
      media.keep(id, bytes)
      world.journal.write("photo", photo)
      if (!published) return { id }
      const post = create(account, { text: caption, pictures: [id] }, id)
      return { id, post_id: post.id }
    },
    list(account, parameters, withUnpublished) {
      const limit = Number(parameters.get("limit") ?? 25)
      if (!(limit >= 1)) throw invalid("Param limit must be a positive number")
      if (limit > listLimitMax) throw invalid("Please reduce the amount of data you're asking for, then retry your request")
      const { visibilityLagMs = 0, emptyFirstPage } = account.tuning
      const now = world.clock.now()
      const rank = (post: Post) => post.created - (hashOf(world.seed, post.id) % rankingNoiseMs)
      const ranked = [...account.posts.values()]
        .filter((post) => post.created + visibilityLagMs <= now && (withUnpublished || !post.hidden))
        .map((post) => ({ post, rank: rank(post) }))
        .sort((a, b) => b.rank - a.rank || (a.post.id < b.post.id ? 1 : -1))
        .map(({ post }) => post)
      const after = text(parameters.get("after"))
      const afterId = after ? Buffer.from(after, "base64url").toString() : null
      const cursor = (id: string) => Buffer.from(id).toString("base64url")
      const next = (id: string) => `${world.addresses.facebook}/v25.0/${account.remoteId}/published_posts?after=${cursor(id)}&limit=${limit}`
      if (emptyFirstPage && !afterId)
        return { data: [], paging: { cursors: { before: cursor("start"), after: cursor("start") }, next: next("start") } }
      const at = afterId === null || afterId === "start" ? 0 : ranked.findIndex((post) => post.id === afterId) + 1
      if (afterId && afterId !== "start" && at === 0) throw invalid("The After Cursor specified exceeds the max limit supported by this endpoint")
      const slice = ranked.slice(at, at + limit)
      const fieldsText = text(parameters.get("fields")) ?? ""
      const fields = parseFields(fieldsText)
      const metrics = /insights\.metric\(([^)]*)\)/.exec(fieldsText)?.[1]
      const data = slice.map((post) => {
        const whole = readable(account, post)
        if (metrics) whole.insights = postInsights(world, account, post, new Map([["metric", metrics]]))
        return project(whole, fields, ["created_time", "message"])
      })
      const last = slice.at(-1)
      if (!last) return { data }
      return {
        data,
        paging: { cursors: { before: cursor(slice[0]!.id), after: cursor(last.id) }, ...(at + limit < ranked.length ? { next: next(last.id) } : {}) },
      }
    },
    edit(account, post, parameters) {
      if (post.app.id !== app.id) throw new GraphError(200, "(#200) Only the app that created this post can edit it")
      const changed: Post = { ...post, updated: world.clock.now() }
      if (parameters.has("message")) changed.text = messageOf(parameters, "message")
      if (parameters.has("is_hidden")) changed.hidden = !isFalse(parameters.get("is_hidden"))
      if (parameters.has("is_published")) changed.hidden = isFalse(parameters.get("is_published"))
      const staged = attachedMedia(parameters)
      if (staged.length) changed.pictures = staged
      keepPost(world, changed)
      return { success: true }
    },
    remove(account, id) {
      if (!dropPost(world, account, id)) throw missing(id)
      return true
    },
    fields: readable,
    find(id) {
      const account = world.byRemoteId.get(id.slice(0, id.indexOf("_")))
      const post = account?.posts.get(id)
      return account && post ? { account, post } : undefined
    },
    photoOwner(id) {
      const photo = photos.get(id)
      return photo && world.accounts.get(photo.account)
    },
    removePhoto(id) {
      const photo = photos.get(id)
      photos.delete(id)
      world.journal.write("photo gone", { id })
      const account = photo?.published ? world.accounts.get(photo.account) : undefined
      if (account) dropPost(world, account, `${account.remoteId}_${id}`)
      return true
    },
    foreign: (account, post) =>
      create(account, { text: post.text, link: post.link ?? null, app: post.app ?? { id: "555000555000555", name: "Trang của kẻ lạ (diễn tập)" } })
        .id,
    restore(kind, value) {
      const number = (id: string) => Math.max(0, Number(id.slice(id.indexOf("_") + 1)) - 712_345_000_000_000)
      if (kind === "photo") {
        const photo = value as Photo
        photos.set(photo.id, photo)
        serial = Math.max(serial, number(photo.id))
      } else if (kind === "photo gone") photos.delete((value as { id: string }).id)
      else if (kind === "post") serial = Math.max(serial, number((value as Post).id))
    },
  }
}
