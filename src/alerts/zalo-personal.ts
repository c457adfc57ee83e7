/**
 * Optional and off by default: plain text into one staff group through a personal Zalo account (unofficial zca-js, contract zalo 10). The
 * account may be banned, so it is never the only path. The credential (cookie, imei, userAgent) is a file of its own that only Loa reads.
 */
import { readFile } from "node:fs/promises"

interface Credential {
  cookie: unknown
  imei: string
  userAgent: string
}
const TEXT_MAX = 2_000

/** Sends one text. The library puts its whole context, cookies included, into error messages: only a fixed sentence leaves this function. */
export async function sendByPersonalZalo(credentialFile: string, group: string, text: string): Promise<void> {
  let step = "login"
  try {
    const { cookie, imei, userAgent } = JSON.parse(await readFile(credentialFile, "utf8")) as Credential
    const { ThreadType, Zalo } = await import("zca-js")
    const api = await new Zalo({ checkUpdate: false, logging: false, selfListen: false }).login({ cookie: cookie as never, imei, userAgent })
    step = "send"
    const answer = await api.sendMessage({ msg: text.slice(0, TEXT_MAX) }, group, ThreadType.Group)
    if (answer.message) return
  } catch {
    // The cause may hold cookies and keys; which step failed is all that may be said.
  }
  throw new Error(`the personal Zalo account could not ${step === "login" ? "log in" : "send"}`)
}
