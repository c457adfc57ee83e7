import { sha256 } from "../base/hash.ts"
import { makeIncident } from "../jobs/incident.ts"
import type { Command } from "./command.ts"
import { actor, needIds, writeOut } from "./words.ts"

export const incidentCommand: Command = {
  name: "alerts incident",
  summary: {
    vi: "Lập hồ sơ sự cố (ZIP) cho cơ quan công an: dòng thời gian, hồ sơ tài khoản, mã băm",
    en: "Incident file (ZIP) of an alert: timeline, snapshots, hashes",
  },
  positionals: "ID",
  options: {
    out: {
      type: "string",
      value: "FILE|DIR",
      help: { vi: "tệp hoặc thư mục ghi ra; mặc định su-co-ID.zip tại thư mục hiện hành", en: "file to write; default su-co-ID.zip here" },
    },
  },
  async run({ app, positionals, values, cwd }) {
    const [id] = needIds(positionals, 1)
    const { name, file } = await makeIncident(await app.open(), id!, actor())
    const path = await writeOut(cwd, values.out, name, file, 0o600)
    const hash = sha256(file)
    return { json: { alert: id, file: path, bytes: file.length, sha256: hash }, text: `${path}  sha256 ${hash}` }
  },
}
