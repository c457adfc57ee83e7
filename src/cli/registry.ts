/** `loa registry …`: the accounts/ folder, the database and the Excel sheet of an office, in every direction. */
import { mkdir, readFile, stat, writeFile } from "node:fs/promises"
import { dirname, join, resolve } from "node:path"
import { InvalidInputError, messageOf, mistakeLine, UsageError, type Mistake } from "../base/errors.ts"
import { isoDate, vnDateTime } from "../base/time.ts"
import { importXlsx, loadRegistry, readFolder, templateXlsx, type DeskChange, type DiffEntry, type RegistryChange } from "../registry/index.ts"
import type { Command, CommandContext, Option } from "./command.ts"
import { actor } from "./words.ts"

const dirOption: Record<string, Option> = {
  dir: { type: "string", value: "DIR", help: { vi: "thư mục sổ đăng ký (mặc định: LOA_REGISTRY)", en: "registry folder (default: LOA_REGISTRY)" } },
}
/** `config` is that of the opened rooms where there are some: a rehearsal has a registry folder of its own. */
const folderOf = ({ values, cwd, app }: CommandContext, config: { registryDir: string } = app.config) =>
  typeof values.dir === "string" ? resolve(cwd, values.dir) : config.registryDir
/** Without the usual applying at start, which would leave nothing to compare or to apply. */
const openAsIs = (context: CommandContext) => context.app.open({ apply: "never" })

const lines = (head: string, list: Mistake[]) => (list.length ? [head, ...list.map((mistake) => `  ${mistakeLine(mistake)}`)] : [])
const brief = (value: unknown) => {
  const text = typeof value === "string" ? `"${value}"` : (JSON.stringify(value) ?? "")
  return text.length > 70 ? `${text.slice(0, 69)}…` : text
}

const check: Command = {
  name: "registry check",
  summary: {
    vi: "Soát thư mục sổ đăng ký, nêu mọi lỗi cùng lúc, không thay đổi gì",
    en: "Check the registry folder, every mistake at once, changing nothing",
  },
  options: dirOption,
  async run(context) {
    const { mistakes, warnings, counts } = loadRegistry(folderOf(context), isoDate(context.app.clock.now()))
    const ok = !mistakes.length
    const text = [
      ok ? "Sổ đăng ký đúng." : `Có ${mistakes.length} lỗi, sổ đăng ký chưa dùng được:`,
      ...lines("", mistakes).slice(1),
      ...lines(`${warnings.length} điều cần xem:`, warnings),
      `${counts.living} đơn vị đang hoạt động (${counts.provincePortal} cổng tỉnh, ${counts.departments} sở, ban, ngành, ${counts.communes} xã, ${counts.wards} phường), ${counts.accounts} tài khoản, ${counts.feeds} nguồn tin.`,
    ]
    return { exit: ok ? 0 : 2, json: { ok, mistakes, warnings, counts }, text: text.join("\n") }
  },
}

const deskLine = (change: DeskChange) =>
  `  ${change.id} · ${change.field}: tệp ${brief(change.file)}, đang dùng ${brief(change.desk)} (${change.actor}, ${vnDateTime(change.at)})`

function changeText(change: RegistryChange): string {
  if (!change.changed) return `Không có gì thay đổi (phiên bản ${change.version}).`
  const { units, accounts } = change
  const row = (what: string, part: RegistryChange["units"]) =>
    `  ${what}: thêm ${part.added.length}, bỏ ${part.removed.length}, sửa ${part.changed.length}`
  return [
    `Đã áp dụng, phiên bản ${change.version}.`,
    row("Đơn vị", units),
    row("Tài khoản", accounts),
    ...[...units.changed, ...accounts.changed].slice(0, 50).map((entry) => `  ${entry.id}: ${entry.fields.join(", ")}`),
    ...(change.absorbed.length ? [`${change.absorbed.length} thay đổi trên bàn làm việc nay đã theo tệp.`] : []),
    ...(change.conflicts.length
      ? [`${change.conflicts.length} chỗ tệp và bàn làm việc cùng sửa; giữ giá trị của bàn làm việc:`, ...change.conflicts.map(deskLine)]
      : []),
    ...lines(`${change.warnings.length} điều cần xem:`, change.warnings),
  ].join("\n")
}

const apply: Command = {
  name: "registry apply",
  summary: { vi: "Áp dụng thư mục sổ đăng ký vào cơ sở dữ liệu, tất cả hoặc không gì cả", en: "Apply the folder to the database, all or nothing" },
  options: {
    ...dirOption,
    overwrite: {
      type: "boolean",
      help: { vi: "bỏ các thay đổi trên bàn làm việc trái với tệp", en: "drop changes of the desk that differ from the files" },
    },
  },
  async run(context) {
    const rooms = await openAsIs(context)
    const change = await rooms.registry.applyFolder(folderOf(context, rooms.config), actor(), { overwrite: context.values.overwrite === true })
    if (change.changed) await rooms.refresh()
    return { exit: change.conflicts.length ? 1 : 0, json: change, text: changeText(change) }
  },
}

const origins: Record<DiffEntry["origin"], string> = {
  file: "tệp đã sửa, chưa áp dụng",
  desk: "sửa trên bàn làm việc, chưa xuất ra tệp",
  conflict: "hai nơi cùng sửa",
}

const diff: Command = {
  name: "registry diff",
  summary: { vi: "So thư mục với cơ sở dữ liệu, kể cả những gì đã sửa trên web và dòng lệnh", en: "Compare folder and database" },
  options: dirOption,
  async run(context) {
    const { registry, config } = await openAsIs(context)
    const loaded = registry.load(folderOf(context, config))
    if (loaded.mistakes.length) throw new InvalidInputError("registry", loaded.mistakes)
    const entries = await registry.diff(loaded)
    const text = entries.map((entry) => {
      const who = entry.actor && entry.at !== null ? ` (${entry.actor}, ${vnDateTime(entry.at)})` : ""
      return `${entry.kind === "unit" ? "đơn vị" : "tài khoản"} ${entry.id} · ${entry.field}: tệp ${brief(entry.file)}, đang dùng ${brief(entry.database)}: ${origins[entry.origin]}${who}`
    })
    const conflict = entries.some((entry) => entry.origin === "conflict")
    return {
      exit: conflict ? 1 : 0,
      json: { same: !entries.length, differences: entries },
      text: text.join("\n") || "Thư mục và cơ sở dữ liệu như nhau.",
    }
  },
}

const exportCommand: Command = {
  name: "registry export",
  summary: { vi: "Ghi sổ đăng ký đang dùng ra tệp (giữ ghi chú của người viết)", en: "Write the registry in force to files (comments are kept)" },
  options: {
    ...dirOption,
    force: {
      type: "boolean",
      help: { vi: "ghi đè cả thay đổi trong tệp chưa áp dụng", en: "overwrite edits of the files that were not applied yet" },
    },
  },
  async run(context) {
    const { registry, config } = await openAsIs(context)
    const dir = folderOf(context, config)
    const folder = (await stat(dir).catch(() => null)) ? readFolder(dir) : null
    if (folder?.files.length && context.values.force !== true && !(await registry.isApplied(folder))) {
      throw new UsageError("folder_edited", `${dir}: loa registry diff, loa registry apply, --force`)
    }
    const files = await registry.export(folder)
    for (const [path, text] of files) {
      const target = join(dir, path)
      await mkdir(dirname(target), { recursive: true })
      await writeFile(target, text)
    }
    // What was just written is what holds, so the next start finds nothing to do.
    if (dir === config.registryDir && files.size) await registry.applyFolder(dir, actor())
    const names = [...files.keys()]
    return {
      json: { dir, files: names },
      text: names.length
        ? [`Đã ghi ${names.length} tệp vào ${dir}:`, ...names.map((name) => `  ${name}`)].join("\n")
        : "Các tệp đã đúng, không ghi gì.",
    }
  },
}

const importCommand: Command = {
  name: "registry import",
  summary: {
    vi: "Nhập đơn vị và tài khoản từ tệp Excel; một dòng sai thì không thay đổi gì",
    en: "Import units and accounts from Excel; one wrong row changes nothing",
  },
  positionals: "[FILE.xlsx]",
  options: {
    template: { type: "string", value: "FILE.xlsx", help: { vi: "ghi tệp mẫu để điền rồi dừng", en: "write an empty form and stop" } },
    "dry-run": { type: "boolean", help: { vi: "chỉ soát, không thay đổi", en: "check only" } },
  },
  async run({ app, values, positionals, cwd }) {
    if (typeof values.template === "string") {
      const target = resolve(cwd, values.template)
      await writeFile(target, await templateXlsx())
      return { json: { template: target }, text: `Đã ghi tệp mẫu ${target}.` }
    }
    if (positionals.length !== 1) throw new UsageError("missing_option", "FILE.xlsx")
    const [file] = positionals as [string]
    const bytes = await readFile(resolve(cwd, file)).catch((error) => {
      throw new UsageError("file_not_found", `${file}: ${messageOf(error)}`)
    })
    const rooms = await app.open()
    const { registry } = rooms
    const { rows, mistakes } = await importXlsx(bytes, await registry.current(), file)
    if (mistakes.length)
      return {
        exit: 2,
        json: { imported: 0, mistakes },
        text: [`Có ${mistakes.length} lỗi, chưa nhập gì:`, ...lines("", mistakes).slice(1)].join("\n"),
      }
    if (values["dry-run"] === true || !rows.length)
      return { json: { imported: 0, rows: rows.length, mistakes }, text: `${rows.length} dòng đúng, chưa thay đổi gì.` }
    const change = await registry.update(
      rows.map((row) => ({ ...row.update, reason: `nhập từ ${file}` })),
      actor(),
    )
    await rooms.refresh()
    return { json: { imported: rows.length, mistakes, change }, text: [`Đã nhập ${rows.length} dòng.`, changeText(change)].join("\n") }
  },
}

export const registryCommands: Command[] = [check, apply, diff, exportCommand, importCommand]
