import { existsSync, renameSync, rmSync } from "node:fs"
import { dirname, resolve } from "node:path"
import { messageOf, UsageError } from "../base/errors.ts"
import { backupTo, restoreFrom } from "../jobs/backup.ts"
import type { Command } from "./command.ts"
import { actor, writableFolder } from "./words.ts"

export const backupCommands: Command[] = [
  {
    name: "backup",
    summary: { vi: "Sao lưu nhất quán trong khi vẫn chạy (không kèm khóa bí mật)", en: "Consistent copy while serving (without the key)" },
    positionals: "FILE",
    async run({ app, positionals, cwd, progress }) {
      const target = resolve(cwd, positionals[0]!)
      if (existsSync(target)) throw new UsageError("file_exists", target)
      await writableFolder(dirname(target))
      const rooms = await app.open({ apply: "never" })
      const aside = `${target}.part`
      try {
        const summary = await backupTo(rooms, aside, progress)
        renameSync(aside, target)
        return { json: { file: target, ...summary }, text: `Đã sao lưu ${summary.rows} dòng của ${summary.tables} bảng vào ${target}.` }
      } finally {
        rmSync(aside, { force: true })
      }
    },
  },
  {
    name: "restore",
    summary: {
      vi: "Khôi phục vào cơ sở dữ liệu trống; bài đang chờ được đối chiếu với trang trước khi đăng",
      en: "Restore into an empty database; waiting posts are read back before anything is posted",
    },
    positionals: "FILE",
    async run({ app, positionals, cwd, progress }) {
      const source = resolve(cwd, positionals[0]!)
      if (!existsSync(source)) throw new UsageError("file_not_found", source)
      const rooms = await app.open({ apply: "never" })
      const summary = await restoreFrom(rooms, source, actor(), progress).catch((error: unknown) => {
        // Not gzip at all, or cut off.
        if (String((error as NodeJS.ErrnoException).code).startsWith("Z_")) throw new UsageError("backup_unknown", `${source}: ${messageOf(error)}`)
        throw error
      })
      return {
        json: { file: source, ...summary },
        text: `Đã khôi phục ${summary.rows} dòng của ${summary.tables} bảng; ${summary.toLookAt} lượt gửi sẽ được đối chiếu với trang trước khi đăng.`,
      }
    },
  },
]
