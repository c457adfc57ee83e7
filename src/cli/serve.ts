import { allJobs } from "../jobs/index.ts"
import { serveLoops, type Part } from "../jobs/serve.ts"
import { createWeb } from "../web/index.ts"
import { listen } from "../web/listen.ts"
import { peopleOf } from "../web/people/index.ts"
import type { Command } from "./command.ts"

const parts: readonly Part[] = ["poll", "publish", "timetable"]

export const serveCommand: Command = {
  name: "serve",
  summary: { vi: "Chạy thường trực: đọc cổng, đăng bài, trang web, API", en: "Run for good: timetable, publisher, web, API" },
  options: {
    "no-web": { type: "boolean", help: { vi: "không mở trang web", en: "without web and API" } },
    "no-jobs": { type: "boolean", help: { vi: "chỉ mở trang web", en: "web and API only" } },
    jobs: {
      type: "string",
      value: parts.join(","),
      list: parts,
      help: { vi: "chỉ làm những phần này (mặc định: tất cả)", en: "only these parts (default: all)" },
    },
  },
  async run({ app, values, signal, json, progress }) {
    const wanted = typeof values.jobs === "string" ? values.jobs.split(",").map((part) => part.trim()) : [...parts]
    const active = new Set<Part>(values["no-jobs"] ? [] : (wanted as Part[]))

    const server = values["no-web"] ? null : await listen(app.config)
    const rooms = await app.open({ apply: "strict", work: true, rehearsal: { life: true } })
    if (server) server.answer(createWeb(rooms).fetch)
    const code = server && rooms.config.mode === "live" ? await peopleOf(rooms).makeSetupCode() : null
    if (code) progress(`Chưa có người dùng nào. Trong 60 phút tới, mở ${rooms.config.publicUrl}/setup và nhập mã cài đặt (chỉ hiện lần này): ${code}`)
    for (const line of welcome(rooms.province, server?.url ?? null)) progress(line)
    try {
      await serveLoops(rooms, active, signal, allJobs())
    } finally {
      await server?.stop()
    }
    return { json: { stopped: true }, text: json ? "" : "Loa đã dừng." }
  },
}

function welcome(province: { addresses: { pages: { portals: string; facebook: string; zalo: string } } } | null, url: string | null): string[] {
  const lines = url ? [`Loa đang chạy tại ${url}`] : ["Loa đang chạy (không mở trang web)"]
  if (province) {
    const { pages } = province.addresses
    lines.push(
      "Chế độ diễn tập: mọi cổng và mạng xã hội đều là giả, không có gì ra ngoài.",
      `  Cổng của 119 đơn vị:   ${pages.portals}`,
      `  Facebook diễn tập:     ${pages.facebook}`,
      `  Zalo diễn tập:         ${pages.zalo}`,
    )
  }
  return [...lines, "Ctrl-C để dừng."]
}
