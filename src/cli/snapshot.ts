import { readdirSync, readFileSync, statSync } from "node:fs"
import { join, resolve } from "node:path"
import { UsageError } from "../base/errors.ts"
import { makeSnapshot, snapshotsOf } from "../jobs/snapshots.ts"
import { readPublicKeys, verifyChain, type SnapshotOutcome, type SnapshotVerdict } from "../registry/index.ts"
import type { Command, CommandContext, CommandResult } from "./command.ts"
import { actor, table } from "./words.ts"

const outcomeWords: Record<SnapshotOutcome, { vi: string; en: string }> = {
  valid: { vi: "HỢP LỆ", en: "VALID" },
  tampered: { vi: "ĐÃ BỊ SỬA: nội dung không khớp chữ ký", en: "TAMPERED: content and signature do not match" },
  wrong_key: { vi: "SAI KHÓA: không do khóa đã công bố ký", en: "WRONG KEY: not signed by the published key" },
  unsigned: { vi: "KHÔNG CÓ CHỮ KÝ hợp lệ bên cạnh", en: "UNSIGNED: no usable signature beside it" },
  malformed: { vi: "KHÔNG ĐÚNG ĐỊNH DẠNG bản chụp sổ đăng ký", en: "MALFORMED: no registry snapshot" },
  mischained: { vi: "ĐỨT CHUỖI: không nối tiếp bản chụp trước", en: "MISCHAINED: does not follow the snapshot before it" },
}
const FILES_MAX = 10_000
const BYTES_MAX = 64_000_000

function read(cwd: string, path: string): string {
  try {
    const full = resolve(cwd, path)
    if (statSync(full).size > BYTES_MAX) throw new Error("larger than 64 MB")
    return readFileSync(full, "utf8")
  } catch (error) {
    throw new UsageError("file_not_found", `${path}: ${error instanceof Error ? error.message : String(error)}`)
  }
}
function readIfThere(cwd: string, path: string): string | null {
  return statSync(resolve(cwd, path), { throwIfNoEntry: false })?.isFile() ? read(cwd, path) : null
}

/** `loa verify --snapshot FILE|FOLDER [--sig FILE] [--key FILE]`: needs no database when the key is given. */
export async function verifySnapshotFiles({ values, cwd, app, lang }: CommandContext): Promise<CommandResult> {
  const path = String(values.snapshot)
  const stat = statSync(resolve(cwd, path), { throwIfNoEntry: false })
  if (!stat) throw new UsageError("file_not_found", `${path}: no such file or folder`)
  const keys = values.key ? readPublicKeys(read(cwd, String(values.key))) : await snapshotsOf(await app.open({ apply: "never" })).verifyingKeys()
  if (!keys?.length)
    throw new UsageError(
      "bad_option",
      values.key
        ? `--key ${String(values.key)}: expected an Ed25519 public key (PEM) or keys.json`
        : "--key FILE: this installation has no key of its own yet",
    )
  const names = stat.isDirectory()
    ? readdirSync(resolve(cwd, path))
        .filter((name) => /^\d{4}-\d{2}-\d{2}\.json$/.test(name))
        .sort()
        .slice(0, FILES_MAX)
        .map((name) => join(path, name))
    : [path]
  if (!names.length) throw new UsageError("file_not_found", `${path}: no files named YYYY-MM-DD.json`)
  const previous = values.previous ? [String(values.previous)] : []
  const files = [...previous, ...names].map((name) => ({
    content: read(cwd, name),
    signature: values.sig && name === path ? read(cwd, String(values.sig)) : readIfThere(cwd, `${name}.sig`),
  }))
  const verdicts = verifyChain(files, keys)
  const bad = verdicts.filter((verdict) => verdict.outcome !== "valid")
  const line = ({ day, sequence, outcome, accounts }: SnapshotVerdict) => {
    const size = accounts === null ? "" : ` (${accounts} ${lang === "en" ? "accounts" : "tài khoản"})`
    return `${day ?? "?"} #${sequence ?? "?"}: ${outcomeWords[outcome][lang]}${size}`
  }
  return { exit: bad.length ? 1 : 0, json: { outcome: bad[0]?.outcome ?? "valid", snapshots: verdicts }, text: verdicts.map(line).join("\n") }
}

const make: Command = {
  name: "snapshot make",
  summary: {
    vi: "Chụp và ký sổ đăng ký công khai của hôm nay (nếu chưa có)",
    en: "Make and sign today's public snapshot of the registry (if there is none)",
  },
  async run({ app }) {
    const rooms = await app.open()
    const made = await makeSnapshot(rooms, actor())
    const [last] = await snapshotsOf(rooms).list(1)
    return {
      json: { made: made !== null, snapshot: last ?? null },
      text: made ? `Đã chụp ngày ${made.day}, số ${made.sequence}, ${made.sha256}` : `Hôm nay đã có bản chụp số ${last?.sequence}.`,
    }
  },
}
const list: Command = {
  name: "snapshot list",
  summary: { vi: "Liệt kê các bản chụp đã ký và khóa", en: "List signed snapshots and keys" },
  async run({ app }) {
    const snapshots = snapshotsOf(await app.open())
    const rows = await snapshots.list()
    const keys = await snapshots.publicKeys()
    return {
      json: { snapshots: rows, keys: keys.map(({ id, publicKey, createdAt }) => ({ id, publicKey, createdAt: new Date(createdAt).toISOString() })) },
      text: rows.length
        ? table(
            ["Ngày", "Số", "SHA-256", "Khóa"],
            rows.map((row) => [row.day, String(row.sequence), row.sha256, row.keyId]),
          )
        : "Chưa có bản chụp nào: loa snapshot make",
    }
  },
}
const rotate: Command = {
  name: "snapshot rotate-key",
  summary: { vi: "Tạo khóa ký mới; khóa cũ vẫn được công bố để kiểm tra bản chụp cũ", en: "Make a new signing key; old ones stay published" },
  async run({ app }) {
    const id = await snapshotsOf(await app.open()).rotateKey(actor())
    return { json: { key: id }, text: `Khóa mới: ${id}. Đề nghị công bố lại /snapshots/keys.json.` }
  },
}
export const snapshotCommands: Command[] = [make, list, rotate]
