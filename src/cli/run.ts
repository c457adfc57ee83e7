import { listenIfFree } from "../web/listen.ts"
import type { RunSummary } from "../jobs/index.ts"
import type { Command } from "./command.ts"

export const runCommand: Command = {
  name: "run",
  summary: {
    vi: "Một lượt: đọc cổng đến hạn, kiểm tra, xếp hàng, đăng, đối chiếu",
    en: "One pass: poll due feeds, screen, enqueue, deliver and settle",
  },
  options: { all: { type: "boolean", help: { vi: "đọc mọi nguồn tin, không chờ đến hạn", en: "poll every feed, due or not" } } },
  async run({ app, values, signal, progress }) {
    const server = await listenIfFree(app.config)
    try {
      const rooms = await app.open({ apply: "strict", work: true })
      // Zalo fetches pictures from us: without a running `serve`, this pass hands them out itself.
      server?.answer(async (request) => (await import("../web/media.ts")).mediaOnly(rooms).fetch(request))
      const summary = await rooms.run({ all: values.all === true, signal, onProgress: progress })
      return { exit: summary.needsPerson.length ? 1 : 0, json: summary, text: textOf(summary) }
    } finally {
      await server?.stop()
    }
  },
}

function textOf({ feeds, articles, deliveries, needsPerson }: RunSummary): string {
  return [
    `Nguồn tin: đọc ${feeds.polled}, không đổi ${feeds.notModified}, lỗi ${feeds.failed}.`,
    `Tin: mới ${articles.new}, sửa ${articles.updated}, giữ lại ${articles.held}.`,
    `Bài đăng: đã đăng ${deliveries.published}, đang chờ ${deliveries.waiting}, chờ duyệt ${deliveries.review}, bị giữ ${deliveries.held}, chưa rõ ${deliveries.unknown}, không đăng ${deliveries.refused}.`,
    ...(needsPerson.length ? ["", "Cần người xem:", ...needsPerson.map((line) => `  ${line}`)] : []),
  ].join("\n")
}
