import { UsageError } from "../base/errors.ts"
import { verify, type VerifyStatus } from "../web/verify/look-up.ts"
import type { Command } from "./command.ts"
import { verifySnapshotFiles } from "./snapshot.ts"

const words: Record<VerifyStatus, string> = { official: "CHÍNH THỨC", not_listed: "KHÔNG CÓ TRONG DANH SÁCH CHÍNH THỨC", suspended: "TẠM DỪNG" }

/** Exit 0 for official accounts and valid snapshots, 1 for everything a person should look at. */
export const verifyCommand: Command = {
  name: "verify",
  summary: {
    vi: "Tài khoản này có chính thức không? Bản chụp sổ đăng ký có nguyên vẹn không?",
    en: "Is this account official? Is this snapshot of the registry intact?",
  },
  positionals: "[URL|ID…]",
  options: {
    snapshot: {
      type: "string",
      value: "FILE|FOLDER",
      help: {
        vi: "kiểm tra bản chụp đã ký (cả thư mục: kiểm tra cả chuỗi); không cần mạng",
        en: "check a signed snapshot (a folder: the whole chain); no network needed",
      },
    },
    sig: { type: "string", value: "FILE", help: { vi: "tệp chữ ký; mặc định FILE.sig", en: "signature file; default FILE.sig" } },
    key: {
      type: "string",
      value: "FILE",
      help: {
        vi: "khóa công khai (PEM hoặc keys.json); mặc định khóa của máy này",
        en: "public key (PEM or keys.json); default: this installation's",
      },
    },
    previous: {
      type: "string",
      value: "FILE",
      help: { vi: "bản chụp trước đó, để kiểm tra mối nối", en: "the snapshot before it, to check the link" },
    },
  },
  async run(context) {
    const { app, positionals, values } = context
    if (values.snapshot) return verifySnapshotFiles(context)
    const question = positionals.join(" ").trim()
    if (!question) throw new UsageError("missing_option", "URL|ID, or --snapshot FILE")
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
