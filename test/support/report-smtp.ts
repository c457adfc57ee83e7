/** A small SMTP server in the test process: keeps what it accepted; `refuse` answers a temporary failure to some recipients. */
export interface Letter {
  to: string
  raw: string
  subject: string
  messageId: string
  /** Names of the attached files. */
  files: string[]
  /** The text part. */
  text: string
}

export function smtpServer() {
  const letters: Letter[] = []
  const refused = new Set<string>()
  interface State {
    to: string[]
    data: string | null
    buffer: string
  }
  const server = Bun.listen<State>({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      open(socket) {
        socket.data = { to: [], data: null, buffer: "" }
        socket.write("220 test ESMTP\r\n")
      },
      data(socket, chunk) {
        const state = socket.data
        state.buffer += chunk.toString("utf8")
        for (;;) {
          if (state.data !== null) {
            const end = state.buffer.indexOf("\r\n.\r\n")
            if (end < 0) return
            for (const to of state.to) letters.push(letterOf(to, state.buffer.slice(0, end)))
            state.buffer = state.buffer.slice(end + 5)
            state.data = null
            state.to = []
            socket.write("250 accepted\r\n")
            continue
          }
          const line = state.buffer.indexOf("\r\n")
          if (line < 0) return
          const words = state.buffer.slice(0, line)
          state.buffer = state.buffer.slice(line + 2)
          const recipient = /^RCPT TO:<([^>]*)>/i.exec(words)?.[1]?.toLowerCase()
          if (/^EHLO|^HELO/i.test(words)) socket.write("250-test\r\n250 8BITMIME\r\n")
          else if (recipient && refused.has(recipient)) socket.write("451 4.3.0 mailbox is busy\r\n")
          else if (/^DATA/i.test(words)) {
            state.data = ""
            socket.write("354 go on\r\n")
          } else if (/^QUIT/i.test(words)) socket.end("221 bye\r\n")
          else {
            if (recipient) state.to.push(recipient)
            socket.write("250 ok\r\n")
          }
        }
      },
    },
  })
  return { url: `smtp://127.0.0.1:${server.port}`, letters, refused, stop: () => server.stop(true) }
}

const decodeWords = (text: string) =>
  text.replace(/\?=\s+=\?/g, "?==?").replace(/=\?utf-8\?([bq])\?([^?]*)\?=/gi, (_, form: string, word: string) =>
    form.toLowerCase() === "b" ? Buffer.from(word, "base64").toString("latin1") : word.replaceAll("_", " ").replace(/=([0-9A-F]{2})/gi, (__, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
  )
const utf8 = (text: string) => Buffer.from(text, "latin1").toString("utf8")

function letterOf(to: string, raw: string): Letter {
  const unfolded = raw.replace(/\r\n[ \t]+/g, " ")
  const header = (name: string) => new RegExp(`^${name}: (.*)$`, "im").exec(unfolded)?.[1] ?? ""
  const part = raw.split(/\r\n--[^\r\n]+\r\n/).find((piece) => /^Content-Type: text\/plain/im.test(piece) && !/^Content-Disposition: attachment/im.test(piece)) ?? raw
  const body = part.slice(part.indexOf("\r\n\r\n") + 4)
  const coding = /^Content-Transfer-Encoding: (\S+)/im.exec(part)?.[1]?.toLowerCase()
  const text =
    coding === "base64"
      ? Buffer.from(body, "base64").toString("utf8")
      : coding === "quoted-printable"
        ? utf8(body.replace(/=\r\n/g, "").replace(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))))
        : body
  return { to, raw, subject: utf8(decodeWords(header("Subject"))), messageId: header("Message-ID"), files: [...unfolded.matchAll(/filename="?([^";\r\n]+)"?/gi)].map((match) => match[1]!), text }
}
