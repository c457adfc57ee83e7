import { leadershipCoverage } from "../jobs/leadership.ts"
import type { Command } from "./command.ts"
import { table } from "./words.ts"

export const leadershipCommand: Command = {
  name: "leadership coverage",
  summary: { vi: "Cổng nào đã đồng bộ tin lãnh đạo tỉnh, cổng nào chưa", en: "Which portals carry the province's leadership news" },
  options: {
    days: { type: "string", value: "N", whole: [1, 90], help: { vi: "số ngày gần đây (mặc định 7)", en: "days back (default 7)" } },
    hours: {
      type: "string",
      value: "N",
      whole: [1, 720],
      help: { vi: "quá bao nhiêu giờ thì coi là thiếu (mặc định 24)", en: "missing after so many hours (default 24)" },
    },
  },
  async run({ app, values }) {
    const rooms = await app.open()
    const coverage = await leadershipCoverage(rooms, { days: Number(values.days ?? 7), lateHours: Number(values.hours ?? 24) })
    const rows = coverage.portals.map((portal) => [
      portal.unit,
      `${portal.carried}/${coverage.items.length}`,
      portal.readable ? String(portal.missing.length) : "chưa đọc được",
      portal.lagHours === null ? "–" : String(portal.lagHours).replace(".", ","),
    ])
    const lagging = coverage.portals.some((portal) => portal.readable && portal.missing.length)
    return {
      exit: lagging ? 1 : 0,
      json: coverage,
      text: coverage.items.length
        ? table(["Đơn vị", "Đã có", `Thiếu sau ${coverage.lateHours} giờ`, "Trễ (giờ)"], rows)
        : "Chưa có tin lãnh đạo trong thời gian này.",
    }
  },
}
