import { posterFile, posterOf, posterSizes, type PosterSize } from "../jobs/posters.ts"
import type { Command } from "./command.ts"
import { needIds, writeOut } from "./words.ts"

export const posterCommand: Command = {
  name: "poster",
  summary: { vi: "Bản in mã QR dẫn tới trang kiểm tra của tài khoản (PDF)", en: "Printable QR sheet that leads to the account's verify page (PDF)" },
  positionals: "ID",
  options: {
    size: { type: "string", value: "S", choices: posterSizes, help: { vi: "khổ giấy a4 | a5 (mặc định a4)", en: "paper a4 | a5 (default a4)" } },
    out: {
      type: "string",
      value: "FILE|DIR",
      help: {
        vi: "tệp PDF hoặc thư mục; mặc định qr-<mã>-<khổ>.pdf tại thư mục hiện tại",
        en: "PDF file or folder; default qr-<id>-<size>.pdf here",
      },
    },
  },
  async run({ app, positionals, values, cwd }) {
    const [id] = needIds(positionals, 1)
    const rooms = await app.open()
    const size = (values.size as PosterSize | undefined) ?? "a4"
    const made = await posterFile(rooms, id!, size)
    const file = await writeOut(cwd, values.out, made.name, made.content)
    const { address } = posterOf(rooms, id!)
    return {
      json: { account: id, size, file, address, bytes: made.content.length },
      text: `Đã ghi ${file} (${size.toUpperCase()}), mã QR: ${address}`,
    }
  },
}
