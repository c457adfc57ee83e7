import { join, resolve } from "node:path"
import { checkout } from "../base/config.ts"
import { UsageError } from "../base/errors.ts"
import {
  checkLexicon,
  createScreen,
  loadLexicon,
  readItems,
  type LabelledItem,
  type ScreenOutcome,
  type ScreenVerdict,
} from "../checks/screen/index.ts"
import type { Command, CommandContext, CommandResult, Lang } from "./command.ts"
import { readJson } from "./words.ts"

const builtIn = join(checkout, "accounts/lexicon")
/** The labelled examples every changed list is judged against. */
const exampleFiles = ["plans.json", "own.json"].map((name) => join(checkout, "accounts/lexicon/examples", name))

export const outcomeWords: Record<ScreenOutcome, Record<Lang, string>> = {
  allow: { vi: "cho đăng", en: "allow" },
  hold: { vi: "giữ lại", en: "hold" },
  block: { vi: "chặn", en: "block" },
}

export const screenCommand: Command = {
  name: "screen",
  summary: { vi: "Xét một hoặc nhiều tin qua bộ lọc nguồn", en: "Source-firewall verdict for one article or an array" },
  options: {
    file: {
      type: "string",
      value: "ITEMS.json",
      help: { vi: "tệp tin cần xét (mặc định: đầu vào chuẩn)", en: "items to judge (default: standard input)" },
    },
    "check-lexicon": {
      type: "boolean",
      help: {
        vi: "thử danh sách từ ở THƯ_MỤC (mặc định: accounts/lexicon) trên bộ ví dụ có nhãn",
        en: "judge the labelled examples with the lists of DIR",
      },
    },
  },
  positionals: "[DIR]",
  async run(context) {
    if (context.values["check-lexicon"]) return tryLexicon(context)
    if (context.positionals.length) throw new UsageError("bad_option", `${context.positionals[0]}: use --file ITEMS.json`)
    const file = context.values.file as string | undefined
    const items = readItems(await readJson(file, context.cwd, context.stdin), file ?? "stdin")
    const { screen } = createScreen(loadLexicon(join(context.app.config.registryDir, "lexicon"), builtIn))
    const judged = items.map((item, index) => ({ id: item.id ?? String(index), title: item.title, ...screen(item) }))
    const results = judged.map(({ id, verdict, rule, signals, reasons, matches, quarantine }) => ({
      id,
      verdict,
      rule,
      signals,
      reasons,
      matches,
      quarantine,
    }))
    const clean = judged.every(({ verdict }) => verdict === "allow")
    return { exit: clean ? 0 : 1, json: { results }, text: judged.map((one) => lines(one, context.lang)).join("\n") }
  },
}

function lines({ id, title, verdict, rule, signals, reasons }: ScreenVerdict & { id: string; title: string }, lang: Lang): string {
  const head = `${outcomeWords[verdict][lang].toUpperCase().padEnd(9)} ${id}  ${title.replace(/\s+/g, " ").slice(0, 80)}`
  if (verdict === "allow") return head
  return [head, ...reasons.map((reason) => `          ${reason}`), `          ${rule} · ${signals.join(", ")}`].join("\n")
}

/** A list that breaks an example is refused: exit 1, the examples are named. */
async function tryLexicon({ app, positionals, cwd, lang }: CommandContext): Promise<CommandResult> {
  const active = join(app.config.registryDir, "lexicon")
  const candidate = loadLexicon(positionals[0] ? resolve(cwd, positionals[0]) : active, builtIn)
  const labelled: LabelledItem[] = []
  for (const file of exampleFiles) labelled.push(...((await readJson(file, cwd, async () => "")) as LabelledItem[]))
  const check = checkLexicon(candidate, labelled, positionals[0] ? loadLexicon(active, builtIn) : undefined)
  const percent = `${Math.round(check.heldShare * 1000) / 10} %`
  const head =
    lang === "en"
      ? `${check.accepted ? "Accepted" : "Refused"}: ${check.examples} examples, ${check.changes.length} changed, honest items held ${percent}`
      : `${check.accepted ? "Dùng được" : "Không dùng được"}: ${check.examples} ví dụ, ${check.changes.length} ví dụ đổi kết quả, tin thật bị giữ ${percent}`
  const rows = check.changes.map(
    (change) =>
      `${change.broken ? "✗" : "·"} ${change.id}  ${outcomeWords[change.before][lang]} → ${outcomeWords[change.after][lang]}  ${change.title.slice(0, 70)}`,
  )
  return { exit: check.accepted ? 0 : 1, json: check, text: [head, ...rows].join("\n") }
}
