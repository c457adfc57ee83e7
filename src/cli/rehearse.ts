/** `loa rehearse`: only the built-in province, for people who want to look at it and for programs that drive it. */
import { join, resolve } from "node:path"
import { checkout } from "../base/config.ts"
import { InvalidInputError, UsageError } from "../base/errors.ts"
import { isoDate } from "../base/time.ts"
import { loadRegistry } from "../registry/index.ts"
import { startProvince, type Province } from "../rehearsal/index.ts"
import type { Command, CommandContext, Lang } from "./command.ts"

function wholeNumber(values: CommandContext["values"], name: string, fallback: number, max: number): number {
  const value = values[name]
  if (value === undefined) return fallback
  const number = Number(value)
  if (typeof value !== "string" || !/^\d+$/.test(value) || number > max) throw new UsageError("bad_option", `--${name} ${value}: 0…${max}`)
  return number
}

const addressesOf = (province: Province) => ({
  portals: province.portalsUrl,
  facebook: province.facebookUrl,
  zaloApi: province.zaloApiUrl,
  zaloOauth: province.zaloOauthUrl,
  pages: province.pages,
  control: `${province.facebookUrl}/__control/state`,
  app: province.app,
})

function welcome(province: Province, lang: Lang): string {
  const units = province.units().filter((unit) => unit.portal)
  const example = units[0]!
  const [title, portals, facebook, zalo, apis, drive, end] =
    lang === "vi"
      ? [
          `Tỉnh diễn tập đang chạy: ${units.length} cổng, mọi thứ đều là giả.`,
          "Các cổng",
          "Facebook diễn tập",
          "Zalo diễn tập",
          "Địa chỉ API",
          "Điều khiển",
          "Ctrl-C để dừng.",
        ]
      : [
          `The rehearsal province is running: ${units.length} portals, everything is made up.`,
          "Portals",
          "Rehearsal Facebook",
          "Rehearsal Zalo",
          "API addresses",
          "Drive it",
          "Ctrl-C ends it.",
        ]
  const post = (lever: string, body: unknown) =>
    `  curl -s ${province.facebookUrl}/__control/${lever} -H 'content-type: application/json' -d '${JSON.stringify(body)}'`
  return [
    title,
    `  ${portals}: ${province.pages.portals}`,
    `  ${facebook}: ${province.pages.facebook}`,
    `  ${zalo}: ${province.pages.zalo}`,
    `${apis}: FACEBOOK_GRAPH_URL=${province.facebookUrl} ZALO_API_URL=${province.zaloApiUrl} ZALO_OAUTH_URL=${province.zaloOauthUrl}`,
    `${drive}:`,
    post("publish", { unit: example.id, article: { title: "Thông báo diễn tập" } }),
    post("script", { on: "facebook.feed", what: "500_and_create", times: 1 }),
    post("hijack", { unit: example.id, kind: "gambling" }),
    `  curl -s ${province.facebookUrl}/__control/state`,
    end,
  ].join("\n")
}

export const rehearseCommand: Command = {
  name: "rehearse",
  summary: {
    vi: "Chỉ chạy tỉnh diễn tập (cổng, Facebook, Zalo giả) cho tới khi dừng",
    en: "Run only the rehearsal province (fake portals, Facebook, Zalo) until stopped",
  },
  options: {
    seed: { type: "string", value: "N", help: { vi: "hạt giống ngẫu nhiên (mặc định 1)", en: "random seed (default 1)" } },
    port: {
      type: "string",
      value: "N",
      help: { vi: "cổng mạng đầu tiên trong ba cổng liên tiếp (mặc định: cổng trống)", en: "first of three ports in a row (default: free ones)" },
    },
    articles: {
      type: "string",
      value: "N",
      help: { vi: "số tin mỗi cổng có lúc đầu (mặc định 3)", en: "articles each portal starts with (default 3)" },
    },
    every: {
      type: "string",
      value: "SECONDS",
      help: { vi: "cứ bao nhiêu giây có một tin mới (mặc định 8; 0 = không)", en: "a new article every so many seconds (default 8; 0 = none)" },
    },
    latency: { type: "string", value: "MS", help: { vi: "độ trễ của hai mạng, mili giây", en: "latency of the two networks in milliseconds" } },
    state: { type: "string", value: "FILE", help: { vi: "tệp nhớ bài đăng giữa các lần chạy", en: "file that remembers posts between runs" } },
    "no-pictures": { type: "boolean", help: { vi: "tin không có ảnh", en: "articles without pictures" } },
  },
  async run({ values, app, cwd, json, lang, signal }) {
    const { clock, config } = app
    const { units, mistakes } = loadRegistry(config.registryDir, isoDate(clock.now()))
    if (mistakes.length) throw new InvalidInputError("registry", mistakes)
    const port = wholeNumber(values, "port", 0, 65_533)
    const everySeconds = wholeNumber(values, "every", 8, 86_400)
    const province = await startProvince({
      units: units.length ? units : loadRegistry(join(checkout, "accounts"), isoDate(clock.now())).units,
      clock,
      seed: wholeNumber(values, "seed", 1, 2 ** 31),
      ports: port ? { portals: port, facebook: port + 1, zalo: port + 2 } : undefined,
      articlesPerPortal: wholeNumber(values, "articles", 3, 200),
      olderArticles: 2,
      latencyMs: wholeNumber(values, "latency", 0, 60_000),
      stateFile: typeof values.state === "string" ? resolve(cwd, values.state) : undefined,
      pictures: !values["no-pictures"],
    })
    if (everySeconds) province.startLife({ everyMs: everySeconds * 1_000 })
    // Printed at once, because whoever started us needs the addresses while we run.
    process.stdout.write((json ? JSON.stringify(addressesOf(province), null, 2) : welcome(province, lang)) + "\n")
    if (!signal.aborted) await new Promise<void>((done) => signal.addEventListener("abort", () => done(), { once: true }))
    await province.stop()
    return { exit: 0, json: undefined, text: "" }
  },
}
