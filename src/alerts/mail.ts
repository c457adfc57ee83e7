/** E-mail by SMTP, for alerts and reports. */
import { redact } from "../base/log.ts"

export interface Mail {
  to: string[]
  subject: string
  text: string
  /** Stable: a repeated try of the same mail carries the same id. */
  messageId: string
  attachments?: { name: string; content: Buffer; type: string }[]
}
export type SendMail = (mail: Mail) => Promise<void>

const TIMEOUT_MS = 30_000

/** Null when `SMTP_URL` or `LOA_MAIL_FROM` is missing. nodemailer is loaded with the first mail. Errors never carry the password. */
export function createMailer(config: { smtpUrl: string | null; mailFrom: string | null }): SendMail | null {
  const { smtpUrl, mailFrom } = config
  if (!smtpUrl || !mailFrom) return null
  const password = URL.canParse(smtpUrl) ? decodeURIComponent(new URL(smtpUrl).password) : ""
  return async ({ to, subject, text, messageId, attachments = [] }) => {
    const { createTransport } = await import("nodemailer")
    const transport = createTransport({
      url: smtpUrl,
      connectionTimeout: TIMEOUT_MS,
      greetingTimeout: TIMEOUT_MS,
      socketTimeout: TIMEOUT_MS,
      disableFileAccess: true,
      disableUrlAccess: true,
    })
    try {
      await transport.sendMail({
        from: mailFrom,
        to,
        subject: subject.replace(/[\r\n]+/g, " "),
        text,
        messageId: `<${messageId}@${mailFrom.split("@").at(-1)?.replace(/[^a-z0-9.-]/gi, "") || "loa"}>`,
        headers: { "Auto-Submitted": "auto-generated" },
        attachments: attachments.map(({ name, content, type }) => ({ filename: name, content, contentType: type })),
      })
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      throw new Error(redact(password ? message.replaceAll(password, "***") : message))
    } finally {
      transport.close()
    }
  }
}
