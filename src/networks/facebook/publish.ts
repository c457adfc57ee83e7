/** One try to publish (contract 3.1–3.3): a link post, one photo, several photos staged and attached, or text. */
import { readFile } from "node:fs/promises"
import { SECOND } from "../../base/clock.ts"
import { messageOf } from "../../base/errors.ts"
import { idText } from "../../base/json-ids.ts"
import type { FacebookContent, NetworkAccount, PostPicture, PublishOutcome } from "../../model/index.ts"
import { PUBLISH_MS, READ_MS, saysSuccess, type GraphAnswer } from "./client.ts"
import { outcomeOf, type FailureContext } from "./errors.ts"
import { multipart, type Multipart } from "./multipart.ts"
import { callAsPage, type FacebookContext } from "./page.ts"

const PHOTOS_MAX = 10
/** Scraping and staging may take this long; the post itself then still has its full minute within the outbox's lease. */
const PREPARE_MS = 25 * SECOND
const UPLOAD_BYTES_MAX = 2 * 1024 * 1024

export async function publish(
  context: FacebookContext,
  account: NetworkAccount,
  content: FacebookContent,
  signal?: AbortSignal,
): Promise<PublishOutcome> {
  const begun = context.clock.now()
  const preparing = () => PREPARE_MS - (context.clock.now() - begun)
  const mode = modeOf(content)
  if (mode === "link" && content.changes.includes("scrape_first")) await scrape(context, account, content.articleUrl, signal)
  if (mode !== "photo_text") return postToFeed(context, account, content, linkOrText(content, mode), [], signal)

  const pictures = content.pictures.slice(0, PHOTOS_MAX)
  const uploads: Uint8Array[] = []
  for (const picture of pictures) {
    const upload = await readPicture(picture, content.changes.includes("reencode_picture"))
    if ("problem" in upload)
      return { kind: "later", code: "picture_unreadable", reason: `Chưa đọc được tệp ảnh của bài: ${upload.problem}`, scope: "delivery" }
    uploads.push(upload.bytes)
  }
  if (pictures.length === 1) return postPhoto(context, account, content, pictures[0]!, uploads[0]!, signal)

  const staged: string[] = []
  for (const [at, picture] of pictures.entries()) {
    if (preparing() <= 0) {
      await unstage(context, account, staged)
      return { kind: "later", code: "staging_slow", reason: "Tải ảnh lên Facebook quá chậm.", scope: "delivery" }
    }
    const form = photoForm(uploads[at]!, picture, { published: "false" })
    const answer = await callAsPage(context, account, {
      method: "POST",
      path: `${account.remoteId}/photos`,
      form,
      kind: "publish",
      timeoutMs: PREPARE_MS,
      signal,
    })
    const id = answer.ok ? idText(answer.body.id) : null
    if (id) {
      staged.push(id)
      continue
    }
    await unstage(context, account, staged)
    // Nobody sees a staged photo: whatever happened, no post exists and the whole may be tried again.
    const outcome: PublishOutcome = answer.ok
      ? { kind: "unknown", code: "no_id", reason: "", repost: true }
      : await outcomeOf(answer.failure, failureContext(context, account, content))
    return outcome.kind === "unknown" ? { kind: "later", code: outcome.code, reason: "Chưa tải được ảnh lên Facebook.", scope: "delivery" } : outcome
  }
  const body = { message: content.message, attached_media: staged.map((id) => ({ media_fbid: id })), published: true }
  return postToFeed(context, account, content, body, staged, signal)
}

/** The mode after the cures that the outbox recorded, and after what the content really holds. */
export function modeOf(content: FacebookContent): FacebookContent["mode"] {
  const { changes } = content
  if (changes.includes("text_only")) return "text"
  const wanted = changes.includes("photo_text") ? "photo_text" : content.mode
  if (wanted === "photo_text" && content.pictures.length === 0) return "text"
  return wanted === "link" && changes.includes("drop_link") ? "text" : wanted
}

const linkOrText = (content: FacebookContent, mode: "link" | "text") =>
  mode === "link" ? { message: content.message, link: content.articleUrl, published: true } : { message: content.message, published: true }

async function postToFeed(
  context: FacebookContext,
  account: NetworkAccount,
  content: FacebookContent,
  json: unknown,
  staged: string[],
  signal?: AbortSignal,
): Promise<PublishOutcome> {
  const answer = await callAsPage(context, account, {
    method: "POST",
    path: `${account.remoteId}/feed`,
    query: { fields: "id,permalink_url,created_time" },
    json,
    kind: "publish",
    timeoutMs: PUBLISH_MS,
    signal,
  })
  if (answer.ok) return sentAs(idText(answer.body.id), answer.body)
  const outcome = await outcomeOf(answer.failure, failureContext(context, account, content))
  // After an unknown outcome the post may exist and show these photos.
  if (outcome.kind !== "unknown") await unstage(context, account, staged)
  return outcome
}

async function postPhoto(
  context: FacebookContext,
  account: NetworkAccount,
  content: FacebookContent,
  picture: PostPicture,
  upload: Uint8Array,
  signal?: AbortSignal,
): Promise<PublishOutcome> {
  const form = photoForm(upload, picture, { caption: content.message, published: "true" })
  const answer = await callAsPage(context, account, {
    method: "POST",
    path: `${account.remoteId}/photos`,
    form,
    kind: "publish",
    timeoutMs: PUBLISH_MS,
    signal,
  })
  // `id` is the photo, `post_id` the post. A photo without a post id was published all the same; its own id leads to it.
  if (answer.ok) return sentAs(idText(answer.body.post_id) ?? idText(answer.body.id), answer.body)
  return outcomeOf(answer.failure, failureContext(context, account, content))
}

function sentAs(id: string | null, body: Record<string, unknown>): PublishOutcome {
  if (!id) return { kind: "unknown", code: "no_id", reason: "Facebook nhận bài nhưng không cho biết mã bài.", repost: true }
  const at = typeof body.created_time === "string" ? Date.parse(body.created_time) : Number.NaN
  const url =
    typeof body.permalink_url === "string" && /^https?:\/\//.test(body.permalink_url) ? body.permalink_url : `https://www.facebook.com/${id}`
  return { kind: "sent", remoteId: id, url, ...(Number.isFinite(at) ? { at } : {}) }
}

function photoForm(bytes: Uint8Array, picture: PostPicture, fields: Record<string, string>): Multipart {
  const all = picture.alt ? { ...fields, alt_text_custom: picture.alt } : fields
  return multipart(all, { field: "source", name: `${picture.sha256.slice(0, 16)}.jpg`, type: "image/jpeg", bytes })
}

async function readPicture(picture: PostPicture, reencode: boolean): Promise<{ bytes: Uint8Array } | { problem: string }> {
  try {
    const bytes = reencode ? await smallJpeg(picture.path) : await readFile(picture.path)
    // An empty part is answered with the puzzling error 324.
    return bytes.length > 0 ? { bytes } : { problem: "tệp rỗng" }
  } catch (error) {
    return { problem: messageOf(error).replaceAll(picture.path, picture.sha256) }
  }
}

/** JPEG of at most 2 MB and 2048 px, the form that cures subcode 1366046. */
async function smallJpeg(path: string): Promise<Buffer> {
  const { default: sharp } = await import("sharp")
  for (const quality of [85, 70, 50]) {
    const bytes = await sharp(path, { limitInputPixels: 100_000_000 })
      .rotate()
      .flatten({ background: "#ffffff" })
      .resize(2048, 2048, { fit: "inside", withoutEnlargement: true })
      .jpeg({ quality })
      .toBuffer()
    if (bytes.length <= UPLOAD_BYTES_MAX || quality === 50) return bytes
  }
  throw new Error("unreachable")
}

/** Lets Meta read the page anew before the link is posted (contract 3.6). A failure changes nothing: the post will tell. */
async function scrape(context: FacebookContext, account: NetworkAccount, url: string, signal?: AbortSignal) {
  await callAsPage(context, account, { method: "POST", path: "", query: { id: url, scrape: "true" }, kind: "publish", timeoutMs: READ_MS, signal })
}

/** Best effort: what stays behind is invisible. */
async function unstage(context: FacebookContext, account: NetworkAccount, photoIds: string[]) {
  await Promise.all(photoIds.map((id) => callAsPage(context, account, { method: "DELETE", path: id, kind: "publish", timeoutMs: READ_MS })))
}

export function failureContext(context: FacebookContext, account: NetworkAccount, content: FacebookContent): FailureContext {
  return {
    usage: context.client.usage,
    pageId: account.remoteId,
    changes: content.changes,
    strike: (code) => context.tokens.strike(account.id, code),
  }
}

/** Edits the text of a post of ours; the link of a post cannot be changed (contract 3.5). */
export async function update(
  context: FacebookContext,
  account: NetworkAccount,
  remoteId: string,
  content: FacebookContent,
  signal?: AbortSignal,
): Promise<PublishOutcome> {
  const answer = await callAsPage(context, account, {
    method: "POST",
    path: remoteId,
    json: { message: content.message },
    kind: "publish",
    timeoutMs: PUBLISH_MS,
    signal,
  })
  if (answer.ok) {
    return saysSuccess(answer.body)
      ? { kind: "sent", remoteId }
      : { kind: "unknown", code: "no_success", reason: "Facebook chưa xác nhận đã sửa bài.", repost: true }
  }
  if (isMissing(answer)) return { kind: "refused", code: "100", reason: "Bài không còn trên Trang hoặc không sửa được." }
  return outcomeOf(answer.failure, failureContext(context, account, content))
}

/** Deletes a post and reads it back: "deleted" without a look has been believed in vain elsewhere (contract 9). */
export async function remove(
  context: FacebookContext,
  account: NetworkAccount,
  remoteId: string,
  content: FacebookContent,
  signal?: AbortSignal,
): Promise<PublishOutcome> {
  const answer = await callAsPage(context, account, { method: "DELETE", path: remoteId, kind: "publish", timeoutMs: PUBLISH_MS, signal })
  if (!answer.ok && !isMissing(answer)) return outcomeOf(answer.failure, failureContext(context, account, content))
  if (answer.ok && !saysSuccess(answer.body))
    return { kind: "unknown", code: "no_success", reason: "Facebook chưa xác nhận đã gỡ bài.", repost: true }
  const look = await callAsPage(context, account, { path: remoteId, query: { fields: "id" }, kind: "needed", signal })
  if (look.ok && idText(look.body.id) !== null) {
    return answer.ok
      ? { kind: "later", code: "still_there", reason: "Facebook báo đã gỡ nhưng bài vẫn còn.", afterMs: 60 * SECOND, scope: "delivery" }
      : { kind: "refused", code: "100", reason: "Facebook không cho gỡ bài này." }
  }
  return { kind: "sent", remoteId }
}

/** Code 100 on a post's own node: it is gone (or not ours), which is no verdict about the account. */
const isMissing = (answer: GraphAnswer) => !answer.ok && answer.failure.kind === "graph" && answer.failure.code === 100
