/** The registry desk: what differs between files and database, workbooks in and out, files out, versions. */
import { Hono } from "hono"
import { z } from "zod"
import type { Rooms } from "../../app.ts"
import { DAY } from "../../base/clock.ts"
import { InvalidInputError, messageOf, NotFoundError, UsageError, type Mistake } from "../../base/errors.ts"
import { newId } from "../../base/hash.ts"
import { writeZip } from "../../base/zip.ts"
import { inTransaction } from "../../db/index.ts"
import { exportXlsx, importXlsx, readFolder, templateXlsx, type DiffEntry, type RegistryUpdate } from "../../registry/index.ts"
import { page } from "../layout.tsx"
import { actorOf, need, say, signedIn, userOf, type Desk, type Visit, type WebEnv } from "../visit.ts"
import { DraftPage, RegistryPage } from "./registry-page.tsx"

export const DIFF_SHOWN = 300
export const MISTAKES_SHOWN = 300
const VERSIONS_SHOWN = 20
const DRAFTS_LIVE_MS = DAY
const xlsxType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

export function registryPages({ rooms }: Desk): Hono<WebEnv> {
  const province = (c: Visit) => {
    if (userOf(c).unitId) throw new NotFoundError("page", c.req.path)
  }
  const download = (c: Visit, name: string, bytes: Uint8Array, type: string) =>
    c.body(bytes.slice(), 200, { "content-type": type, "content-disposition": `attachment; filename="${name}"` })
  return new Hono<WebEnv>()
    .get("/registry", signedIn, (c) => {
      province(c)
      return showRegistry(c, rooms)
    })
    .get("/registry/so-dang-ky.xlsx", signedIn, async (c) => {
      province(c)
      need(c, "registry")
      return download(c, "so-dang-ky.xlsx", await exportXlsx(rooms.view()), xlsxType)
    })
    .get("/registry/mau-nhap.xlsx", signedIn, async (c) => {
      province(c)
      return download(c, "mau-nhap.xlsx", await templateXlsx(), xlsxType)
    })
    .get("/registry/so-dang-ky.zip", signedIn, async (c) => {
      province(c)
      need(c, "registry")
      const files = await rooms.registry.export(null)
      return download(c, "so-dang-ky-yaml.zip", writeZip([...files].map(([name, text]) => ({ name, data: Buffer.from(text) }))), "application/zip")
    })
    .post("/registry/import", signedIn, async (c) => {
      province(c)
      need(c, "registry")
      const t = say(c)
      const { file } = await c.req.parseBody()
      if (!(file instanceof File) || !file.size)
        return showRegistry(c, rooms, { bad: t("Hãy chọn một tệp Excel (.xlsx).", "Choose an Excel file (.xlsx).") })
      const { rows, mistakes } = await importXlsx(new Uint8Array(await file.arrayBuffer()), rooms.view(), file.name.slice(0, 100))
      if (mistakes.length) return showRegistry(c, rooms, { mistakes })
      if (!rows.length) return showRegistry(c, rooms, { bad: t("Tệp không có dòng nào để nhập.", "The file has no rows.") })
      const id = newId(rooms.clock.now())
      await inTransaction(rooms.db, async (tx) => {
        await tx
          .deleteFrom("import_drafts")
          .where("at", "<", rooms.clock.now() - DRAFTS_LIVE_MS)
          .execute()
        await tx
          .insertInto("import_drafts")
          .values({
            id,
            file_name: file.name.slice(0, 200),
            actor: actorOf(c),
            at: rooms.clock.now(),
            updates: JSON.stringify(rows.map((row) => row.update)),
          })
          .execute()
      })
      return c.redirect(`/registry/import/${id}`, 303)
    })
    .get("/registry/import/:id", signedIn, (c) => {
      province(c)
      need(c, "registry")
      return showDraft(c, rooms, c.req.param("id"))
    })
    .post("/registry/import/:id", signedIn, async (c) => {
      province(c)
      need(c, "registry")
      const draft = await draftOf(c, rooms, c.req.param("id"))
      try {
        await rooms.registry.update(draft.updates.map((update) => ({ ...update, reason: `nhập từ ${draft.fileName}` })), actorOf(c))
      } catch (error) {
        if (error instanceof InvalidInputError) return showRegistry(c, rooms, { mistakes: error.mistakes })
        if (error instanceof UsageError || error instanceof NotFoundError) return showDraft(c, rooms, c.req.param("id"), messageOf(error))
        throw error
      }
      await rooms.db.deleteFrom("import_drafts").where("id", "=", c.req.param("id")).execute()
      await rooms.refresh()
      return c.redirect(`/registry?done=import&n=${draft.updates.length}`, 303)
    })
    .post("/registry/apply", signedIn, async (c) => {
      province(c)
      need(c, "registry")
      try {
        await rooms.registry.applyFolder(rooms.config.registryDir, actorOf(c))
      } catch (error) {
        if (error instanceof InvalidInputError) return showRegistry(c, rooms, { mistakes: error.mistakes })
        throw error
      }
      await rooms.refresh()
      return c.redirect("/registry?done=apply", 303)
    })
}

async function draftOf(c: Visit, rooms: Rooms, id: string): Promise<{ fileName: string; updates: RegistryUpdate[] }> {
  const row = await rooms.db.selectFrom("import_drafts").selectAll().where("id", "=", id).where("actor", "=", actorOf(c)).executeTakeFirst()
  if (!row) throw new NotFoundError("import", id)
  return { fileName: row.file_name, updates: z.array(z.any()).parse(JSON.parse(row.updates)) as RegistryUpdate[] }
}

interface Note {
  bad?: string
  mistakes?: Mistake[]
}
async function showRegistry(c: Visit, rooms: Rooms, { bad, mistakes = [] }: Note = {}): Promise<Response> {
  const t = say(c)
  const loaded = rooms.registry.load(rooms.config.registryDir)
  const [diff, versions] = await Promise.all([loaded.mistakes.length ? [] : rooms.registry.diff(loaded), rooms.registry.versions(VERSIONS_SHOWN)])
  const unapplied = readFolder(rooms.config.registryDir).files.length > 0 && diff.some((entry) => entry.origin !== "desk")
  const view = rooms.view()
  const n = Number(c.req.query("n")) || 0
  const done =
    { import: t(`Đã nhập ${n} dòng.`, `${n} rows taken over.`), apply: t("Đã áp dụng thư mục.", "The folder is applied.") }[
      c.req.query("done") ?? ""
    ] ?? null
  const state: State = {
    counts: { units: view.livingUnits.length, accounts: view.accounts.length, feeds: view.feeds.length, version: view.version },
    diff,
    folderMistakes: loaded.mistakes,
    unapplied,
    versions,
    mistakes,
  }
  return page(
    c,
    rooms,
    t("Sổ đăng ký", "Registry"),
    <RegistryPage state={state} user={userOf(c)} bad={bad ?? null} done={bad || mistakes.length ? null : done} t={t} />,
    bad || mistakes.length ? 400 : 200,
  )
}

export interface State {
  counts: { units: number; accounts: number; feeds: number; version: number }
  diff: DiffEntry[]
  folderMistakes: Mistake[]
  unapplied: boolean
  versions: Awaited<ReturnType<Rooms["registry"]["versions"]>>
  mistakes: Mistake[]
}

async function showDraft(c: Visit, rooms: Rooms, id: string, bad: string | null = null): Promise<Response> {
  const t = say(c)
  const draft = await draftOf(c, rooms, id)
  return page(c, rooms, t("Nhập từ Excel", "Import from Excel"), <DraftPage id={id} {...draft} bad={bad} t={t} />, bad ? 400 : 200)
}
