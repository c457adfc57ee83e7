import { UsageError } from "../base/errors.ts"
import { leadershipCoverage } from "../jobs/leadership.ts"
import type { Command } from "./command.ts"
import { table } from "./words.ts"

const whole = (text: unknown, name: string, fallback: number, max: number): number => {
  if (text === undefined) return fallback
  const number = Number(text)
  if (!/^\d+$/.test(String(text)) || number < 1 || number > max)
    throw new UsageError("bad_option", `--${name} ${String(text)}: expected a whole number from 1 to ${max}`)
  return number
}

export const leadershipCommand: Command = {
  name: "leadership coverage",
  summary: { vi: "Cổng nào đã đồng bộ tin lãnh đạo tỉnh, cổng nào chưa", en: "Which portals carry the province's leadership news" },
  options: {
    days: { type: "string", value: "N", help: { vi: "số ngày gần đây (mặc định 7)", en: "days back (default 7)" } },
    hours: {
      type: "string",
      value: "N",
      help: { vi: "quá bao nhiêu giờ thì coi là thiếu (mặc định 24)", en: "missing after so many hours (default 24)" },
    },
  },
  async run({ app, values }) {
    const rooms = await app.open()
    const coverage = await leadershipCoverage(rooms, { days: whole(values.days, "days", 7, 90), lateHours: whole(values.hours, "hours", 24, 720) })
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
