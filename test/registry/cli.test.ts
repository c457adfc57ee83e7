import { afterEach, expect, test } from "bun:test"
import type { CommandContext } from "../../src/cli/command.ts"
import { registryCommands } from "../../src/cli/registry.ts"
import { folder, room, small } from "./folder.ts"
import { closeTestDbs } from "../support/db.ts"

afterEach(closeTestDbs)

async function shell(dir: string) {
  const rooms = await room()
  const app = { config: { registryDir: dir }, clock: rooms.clock, open: async () => ({ ...rooms, config: { registryDir: dir }, refresh: () => rooms.registry.current() }) }
  const run = (name: string, positionals: string[] = [], values: Record<string, string | boolean> = {}) =>
    registryCommands
      .find((command) => command.name === `registry ${name}`)!
      .run({ values, positionals, lang: "vi", json: true, cwd: dir, app, stdin: async () => "", progress: () => undefined, signal: AbortSignal.timeout(5_000) } as unknown as CommandContext)
  return { ...rooms, run }
}

test("check, apply, diff and export answer 0, mistakes 2, conflicts 1", async () => {
  using place = folder({ "units/a.yaml": small })
  const { run, registry } = await shell(place.dir)
  expect(await run("check")).toMatchObject({ exit: 0, json: { ok: true, counts: { units: 2 } } })
  expect(await run("apply")).toMatchObject({ exit: 0, json: { version: 1 }, text: expect.stringContaining("Đã áp dụng, phiên bản 1.") })
  expect(await run("diff")).toMatchObject({ exit: 0, json: { same: true }, text: "Thư mục và cơ sở dữ liệu như nhau." })
  await registry.update({ kind: "account.set", account: "kinh-bac-zalo", set: { publish: "review" } }, "user:lan")
  expect((await run("diff")).text).toBe('tài khoản kinh-bac-zalo · publish: tệp null, đang dùng "review": sửa trên bàn làm việc, chưa xuất ra tệp (user:lan, 09:00 22/11/2026)')
  place.write({ "units/a.yaml": small.replace("network: zalo,", "network: zalo, publish: off,") })
  expect(run("export")).rejects.toThrow("--force")
  expect(await run("apply")).toMatchObject({ exit: 1 })
  expect(await run("export")).toMatchObject({ json: { files: ["units/a.yaml"] } })
  expect(await run("diff")).toMatchObject({ exit: 0, json: { same: true } })
  expect(await run("export")).toMatchObject({ json: { files: [] } })
  place.write({ "units/b.yaml": "- id: 5\n" })
  expect(await run("check")).toMatchObject({ exit: 2, json: { ok: false } })
  expect(run("apply")).rejects.toThrow("ngoặc kép")
})

test("import writes its form, reads it back empty, and refuses what is no workbook", async () => {
  using place = folder({ "units/a.yaml": small })
  const { run } = await shell(place.dir)
  await run("apply")
  await run("import", [], { template: "mau.xlsx" })
  expect(await run("import", ["mau.xlsx"])).toMatchObject({ json: { imported: 0, mistakes: [] } })
  place.write({ "x.xlsx": "không phải" })
  expect(await run("import", ["x.xlsx"])).toMatchObject({ exit: 2 })
  expect(run("import", ["khong-co.xlsx"])).rejects.toThrow("khong-co.xlsx")
})
