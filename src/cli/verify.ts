import { UsageError } from "../base/errors.ts"
import { verify, type VerifyStatus } from "../web/verify/look-up.ts"
import type { Command } from "./command.ts"

const words: Record<VerifyStatus, string> = { official: "CHÍNH THỨC", not_listed: "KHÔNG CÓ TRONG DANH SÁCH CHÍNH THỨC", suspended: "TẠM DỪNG" }

/** Exit 0 for official accounts, 1 for everything a person should look at. */
export const verifyCommand: Command = {
  name: "verify",
  summary: { vi: "Tài khoản này có chính thức không?", en: "Is this account official?" },
  positionals: "URL|ID",
  async run({ app, positionals }) {
    const question = positionals.join(" ").trim()
    if (!question) throw new UsageError("missing_option", "URL|ID")
    const found = await verify(await app.open(), question)
    const text = [
      words[found.status],
      found.account ? `${found.account.name} (${found.account.network}, ${found.account.remoteId ?? "chưa có mã"}) – ${found.account.id}` : "",
      found.unit ? `Đơn vị: ${found.unit.name}${found.unit.portal ? ` – ${found.unit.portal}` : ""}` : "",
      found.reason ?? "",
      ...found.warnings.map((warning) => `Lưu ý: ${warning}`),
      ...found.similar.map((account) => `Kênh chính thức: ${account.name} – ${account.url ?? account.id}`),
    ]
    return { exit: found.status === "official" ? 0 : 1, json: found, text: text.filter(Boolean).join("\n") }
  },
}
