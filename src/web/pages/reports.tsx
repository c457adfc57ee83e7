/** The reports desk: what was made, with preview, files and mail; make one now. */
import { Hono } from "hono"
import { z } from "zod"
import { createMailer } from "../../alerts/index.ts"
import { NotFoundError, UsageError } from "../../base/errors.ts"
import { contentTypes, reportFormats, reportKinds, writeFiles } from "../../reports/index.ts"
import { actorOf, need, say, signedIn, userOf, type Desk, type Visit, type WebEnv } from "../visit.ts"
import { periodForm, showList, showOne } from "./reports-page.tsx"

const order = z.object({ kind: z.enum(reportKinds), period: z.string().trim().max(20).optional() })

export function reports({ rooms }: Desk): Hono<WebEnv> {
  /** Reports are of the whole province. */
  const province = (c: Visit) => {
    if (userOf(c).unitId) throw new NotFoundError("page", c.req.path)
  }
  return new Hono<WebEnv>()
    .get("/reports", signedIn, (c) => {
      province(c)
      return showList(c, rooms)
    })
    .post("/reports", signedIn, async (c) => {
      province(c)
      need(c, "report")
      const t = say(c)
      const body = await c.req.parseBody()
      const typed = { kind: String(body.kind ?? ""), period: String(body.period ?? "") }
      const read = order.safeParse(body)
      if (!read.success) return showList(c, rooms, t("Hãy chọn loại báo cáo.", "Choose a kind of report."), typed)
      try {
        const made = await rooms.reports.make(read.data.kind, { period: read.data.period || undefined })
        if (rooms.config.dataDir !== ":memory:") await writeFiles(made.files, rooms.reports.options.filesDir)
        await rooms.db
          .transaction()
          .execute((tx) =>
            rooms.audit.write(tx, [
              { actor: actorOf(c), action: "report.made", subject: `report:${made.runId}`, detail: { kind: made.kind, period: made.period.id } },
            ]),
          )
        return c.redirect(`/reports/${made.runId}?done=made`, 303)
      } catch (error) {
        if (error instanceof UsageError) {
          const example = periodForm[read.data.kind]
          const vi = error.code === "period_not_begun" ? "Kỳ báo cáo này chưa bắt đầu." : `Kỳ báo cáo không đúng; ghi theo mẫu ${example}.`
          return showList(c, rooms, t(vi, error.message), typed)
        }
        throw error
      }
    })
    .get("/reports/:id", signedIn, (c) => {
      province(c)
      return showOne(c, rooms, c.req.param("id"))
    })
    .get("/reports/:id/preview", signedIn, async (c) => {
      province(c)
      const html = await rooms.reports.preview(c.req.param("id"))
      // The document brings its own style and no script; nothing of it reaches the desk.
      return c.html(html, 200, {
        "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox; frame-ancestors 'none'",
      })
    })
    .get("/reports/:id/:format", signedIn, async (c) => {
      province(c)
      const format = z.enum(reportFormats).safeParse(c.req.param("format"))
      if (!format.success) return c.notFound()
      const file = await rooms.reports.file(c.req.param("id"), format.data)
      return c.body(new Uint8Array(file.content), 200, {
        "content-type": contentTypes[format.data],
        "content-disposition": `attachment; filename="${file.name}"`,
      })
    })
    .post("/reports/:id/send", signedIn, async (c) => {
      province(c)
      need(c, "report")
      const id = c.req.param("id")
      const t = say(c)
      const sendMail = createMailer(rooms.config)
      if (!sendMail)
        return showOne(
          c,
          rooms,
          id,
          t(
            "Chưa cấu hình thư điện tử (SMTP_URL, LOA_MAIL_FROM) nên chưa gửi được. Có thể tải tệp và gửi tay.",
            "Mail is not configured (SMTP_URL, LOA_MAIL_FROM). Download the files instead.",
          ),
        )
      const again = (await c.req.parseBody()).again === "yes"
      const summary = await rooms.reports.sendNow(id, sendMail, { actor: actorOf(c), again })
      if (summary.failed.length)
        return showOne(
          c,
          rooms,
          id,
          t(
            `Gửi được ${summary.sent}, chưa gửi được: ${summary.failed.map(({ recipient }) => recipient).join(", ")}. Hệ thống sẽ gửi lại.`,
            `${summary.sent} sent; failed: ${summary.failed.map(({ recipient }) => recipient).join(", ")}. They are tried again.`,
          ),
        )
      return c.redirect(`/reports/${id}?done=sent&n=${summary.sent}`, 303)
    })
}
