/** What each fact about a feed means for people: a severity for every kind, in Vietnamese, one key per feed and kind. */
import { expect, test } from "bun:test"
import { alertKindWord, feedFactKinds, type FeedFactKind, type PollOutcome } from "../../src/model/index.ts"
import { feedAlert } from "../../src/jobs/feed-alerts.ts"

const outcome = { feed: { id: "f1", unitId: "phuong-1", url: "https://phuong1.bacninh.gov.vn/rss" }, status: 200, code: null, at: 5 } as PollOutcome
const severityOf = (kind: FeedFactKind, action: "tell" | "hold" | "quarantine" = "tell") => feedAlert({ kind, action, detail: "" }, outcome)?.severity ?? null

test("every kind has its severity; what quarantines a feed is critical", () => {
  expect(Object.fromEntries(feedFactKinds.map((kind) => [kind, severityOf(kind)]))).toEqual({
    silent: "low", empty: "low", html_instead: "medium", failing: "medium", moved: "low", gone: "high", window_overflow: "medium", window_shrunk: "low", reordered: null,
    burst: "high", night: "medium", new_host: "critical", language_shift: "high", old_dates: "medium", guid_pattern_changed: "medium", guid_unusable: "low", xml_suspicious: "high", reappeared: null, restless_text: "low",
  })
  expect(severityOf("burst", "quarantine")).toBe("critical")
  expect(severityOf("xml_suspicious", "quarantine")).toBe("critical")
})

test("one alert a feed and kind, named in Vietnamese", () => {
  const alert = feedAlert({ kind: "burst", action: "hold", detail: "25 new items", facts: { count: 25 } }, outcome)!
  expect(alert).toMatchObject({ key: "feed:f1:burst", kind: "feed.burst", unit: "phuong-1", account: null, evidence: { count: 25, action: "hold" } })
  for (const kind of feedFactKinds) if (severityOf(kind)) expect([kind, alertKindWord(`feed.${kind}`)]).not.toEqual([kind, `feed.${kind}`])
})

test("an alert says what happened: why a feed cannot be read, and no quarantine where there is none", () => {
  const summary = (kind: FeedFactKind, action: "tell" | "quarantine", code: string | null = null) => feedAlert({ kind, action, detail: "" }, { ...outcome, code } as PollOutcome)!.summary
  expect(summary("failing", "tell", "http_404")).toBe("Không đọc được nguồn tin nhiều lần liền (HTTP 404): https://phuong1.bacninh.gov.vn/rss")
  expect(summary("failing", "tell", "dns")).toContain("(không tìm thấy máy chủ)")
  expect(summary("html_instead", "tell", "rejected")).toContain("(trang từ chối của tường lửa)")
  expect(summary("xml_suspicious", "quarantine")).toContain("bị cách ly")
  expect(summary("xml_suspicious", "tell")).not.toContain("cách ly")
})
