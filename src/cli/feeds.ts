import { NotFoundError } from "../base/errors.ts"
import { vnDateTime } from "../base/time.ts"
import { inTransaction } from "../db/index.ts"
import type { FeedHealth } from "../feeds/index.ts"
import type { Command } from "./command.ts"
import { actor, needIds, table } from "./words.ts"

const stateOf = (feed: FeedHealth) =>
  !feed.active ? "nghỉ" : feed.quarantined ? "cách ly" : feed.stopped ? "đã ngừng" : feed.failures > 2 ? "lỗi" : "tốt"

const list: Command = {
  name: "feeds list",
  summary: { vi: "Liệt kê nguồn tin và tình trạng", en: "List feeds and their health" },
  async run({ app }) {
    const rooms = await app.open()
    const feeds = await inTransaction(rooms.db, (tx) => rooms.feeds.health(tx, rooms.clock.now()))
    const ill = feeds.some((feed) => feed.active && feed.quarantined)
    return {
      exit: ill ? 1 : 0,
      json: { feeds },
      text: table(
        ["Mã", "Đơn vị", "Tình trạng", "Đọc lúc", "Lý do", "Địa chỉ"],
        feeds.map((feed) => [
          feed.feedId,
          feed.unitId,
          stateOf(feed),
          feed.lastPolledAt ? vnDateTime(feed.lastPolledAt) : "",
          feed.quarantined ?? feed.stopped ?? (feed.failures ? (feed.lastReason ?? "") : ""),
          feed.url,
        ]),
      ),
    }
  },
}

const release: Command = {
  name: "feeds release",
  summary: {
    vi: "Bỏ cách ly nguồn tin sau khi đơn vị xác nhận đã làm sạch; tin bị giữ được xét lại",
    en: "Release a quarantined feed; its held items are judged again",
  },
  positionals: "ID…",
  async run({ app, positionals }) {
    const rooms = await app.open()
    const ids = needIds(positionals)
    for (const id of ids) if (!rooms.view().feedById(id)) throw new NotFoundError("feed", id)
    const now = rooms.clock.now()
    const again = await inTransaction(rooms.db, async (tx) => {
      let count = 0
      for (const id of ids) {
        await rooms.feeds.release(tx, id, actor(), now)
        count += await rooms.articles.releaseHeld(tx, id, now)
      }
      await rooms.audit.write(tx, ids.map((id) => ({ actor: actor(), action: "feed.released", subject: `feed:${id}` })))
      return count
    })
    return { json: { feeds: ids, articles: again }, text: `Đã bỏ cách ly ${ids.length} nguồn tin; ${again} tin bị giữ sẽ được xét lại.` }
  },
}

export const feedCommands: Command[] = [list, release]
