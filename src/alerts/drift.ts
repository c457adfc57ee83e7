/** What a profile says now against the registry and the last look → signals. Pure: no clock, no database, no network. */
import { DAY } from "../base/clock.ts"
import { fromIsoDate, vnDate } from "../base/time.ts"
import type { Account, Profile } from "../model/index.ts"
import type { Signal } from "./signals.ts"

export interface SeenPicture {
  sha256: string | null
  /** Null = not judged. */
  verdict: "match" | "doubtful" | "other" | null
  explanation: string
}
export interface DriftCase {
  account: Account
  now: number
  profile: Profile
  picture: SeenPicture
  /** The last look; null = this is the first. */
  before: { profile: Partial<Profile> | null; picture: SeenPicture } | null
  sameName(a: string, b: string): boolean
  /** The word that lures people in this name (IMP-3), or null. */
  lureIn(name: string): string | null
  /** Without links that would work. */
  safeText(text: string): string
  /** A host of the registry, or a government one. */
  isOwnHost(host: string): boolean
  expiryDays: number
  expirySoonDays: number
}

const verified = (badge: Profile["badge"]) => badge === "blue_verified" || badge === "verified"
/** Facebook ignores dots and case in names of pages. */
const handleKey = (handle: string) => handle.toLowerCase().replaceAll(".", "").replace(/^@/, "")
const shown = (value: string | undefined) => (value ? `“${value.slice(0, 200)}”` : "(trống)")

export function driftSignals(drift: DriftCase): Signal[] {
  const { account, profile } = drift
  const before = drift.before?.profile ?? null
  const signals: Signal[] = []
  const add = (kind: Signal["kind"], text: string, evidence: Record<string, unknown>, severity?: Signal["severity"]) =>
    void signals.push({ kind, text, evidence, ...(severity ? { severity } : {}) })

  if (!drift.sameName(profile.name, account.name)) {
    const lure = drift.lureIn(profile.name)
    const words = lure ? ` Tên có từ mồi nhử “${lure}”: xử lý như sự cố chiếm quyền.` : ""
    add("page.name_changed", `tên trên nền tảng là ${shown(profile.name)}, khác tên đã đăng ký.${words}`, {
      seen: profile.name,
      registered: account.name,
      before: before?.name ?? null,
      ...(lure ? { lure, incident: true } : {}),
    })
  }
  const handle = account.handle ?? before?.handle
  if (handle && profile.handle && handleKey(handle) !== handleKey(profile.handle)) {
    add("page.handle_changed", `địa chỉ trang đổi thành ${shown(profile.handle)}, trước là ${shown(handle)}.`, {
      seen: profile.handle,
      registered: account.handle ?? null,
      before: before?.handle ?? null,
    })
  }
  const foreign = hostsOf(profile.website).filter((host) => !drift.isOwnHost(host))
  if (foreign.length) {
    add("page.website_changed", `mục trang web dẫn ra ngoài cổng của cơ quan: ${foreign.map((host) => host.replaceAll(".", "[.]")).join(", ")}.`, {
      seen: profile.website,
      before: before?.website ?? null,
    })
  }
  if (profile.published === false) add("page.unpublished", "trang đã bị gỡ khỏi chế độ công khai.", { published: false })
  if (before) {
    if (verified(before.badge) && profile.badge !== undefined && !verified(profile.badge))
      add("page.badge_lost", "mất dấu xác minh của nền tảng.", { seen: profile.badge, before: before.badge })
    if (before.category && profile.category && before.category !== profile.category)
      add("page.category_changed", `hạng mục đổi từ ${shown(before.category)} sang ${shown(profile.category)}.`, {
        seen: profile.category,
        before: before.category,
      })
    // A website that left the portal is told above, once.
    const contacts = contactChanges(before, profile).filter((change) => change.field !== "website" || !foreign.length)
    if (contacts.length)
      add("page.contact_changed", `thông tin liên hệ thay đổi: ${contacts.map((change) => change.word).join(", ")}.`, { changes: contacts })
    for (const [field, word] of [
      ["about", "phần giới thiệu"],
      ["description", "phần mô tả"],
    ] as const) {
      if (before[field] && (profile[field] ?? "") !== before[field])
        add("page.description_changed", `${word} đổi thành ${shown(drift.safeText(profile[field] ?? ""))}.`, {
          field,
          seen: profile[field] ?? null,
          before: before[field],
        })
    }
    if (before.oaType !== undefined && profile.oaType !== undefined && before.oaType !== profile.oaType)
      add("page.category_changed", `loại OA đổi từ ${before.oaType} sang ${profile.oaType}.`, { seen: profile.oaType, before: before.oaType })
    if (before.packageName && profile.packageName && before.packageName !== profile.packageName)
      add("page.package_changed", `gói dịch vụ đổi từ ${shown(before.packageName)} sang ${shown(profile.packageName)}.`, {
        seen: profile.packageName,
        before: before.packageName,
      })
  }
  const ends = profile.packageUntil ? fromIsoDate(profile.packageUntil) + DAY : Number.NaN
  if (ends - drift.now < drift.expiryDays * DAY) {
    const over = ends <= drift.now
    add(
      "page.package_expiring",
      `gói dịch vụ ${over ? "đã hết hạn" : "sắp hết hạn"} ngày ${vnDate(ends - DAY)}.`,
      { until: profile.packageUntil },
      over ? "high" : ends - drift.now < drift.expirySoonDays * DAY ? "medium" : "low",
    )
  }
  signals.push(...pictureSignals(drift))
  return signals
}

/**
 * Judged by likeness, never by bytes: a picture that still fits is no change, however it was encoded. One that never fitted is told once
 * and freezes nothing, because nobody took it away.
 */
function pictureSignals({ profile, picture, before }: DriftCase): Signal[] {
  const missing = !profile.avatar || profile.avatar.silhouette
  const was = before?.picture.verdict ?? null
  const evidence = { seen: picture.sha256, verdict: picture.verdict, explanation: picture.explanation, before: before?.picture.sha256 ?? null }
  const make = (kind: Signal["kind"], text: string): Signal[] => [{ kind, text: `${text} ${picture.explanation}`.trim(), evidence }]
  if (missing) return was === "match" ? make("page.avatar_changed", "ảnh đại diện đã bị gỡ bỏ.") : []
  if (picture.verdict === "other") {
    if (was === "match" || was === "doubtful") return make("page.avatar_changed", "ảnh đại diện đã bị thay.")
    return was === null ? make("page.avatar_wrong", "ảnh đại diện không đúng quy định.") : []
  }
  return picture.verdict === "doubtful" && was === "match" ? make("page.avatar_doubtful", "ảnh đại diện thay đổi, cần người xem lại.") : []
}

function contactChanges(before: Partial<Profile>, now: Profile) {
  const fields = [
    ["phone", "số điện thoại", before.phone, now.phone],
    ["emails", "thư điện tử", before.emails?.join(", "), now.emails?.join(", ")],
    ["website", "trang web", before.website, now.website],
  ] as const
  return fields.flatMap(([field, word, was, is]) => ((was ?? "") === (is ?? "") ? [] : [{ field, word, before: was ?? null, seen: is ?? null }]))
}

/** A website field may hold several addresses, with or without scheme. */
function hostsOf(website: string | undefined): string[] {
  return (website ?? "")
    .split(/[\s,;]+/)
    .filter(Boolean)
    .flatMap((text) => {
      const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`
      return URL.canParse(address) && /[.:]/.test(new URL(address).hostname) ? [new URL(address).hostname.toLowerCase()] : []
    })
}
