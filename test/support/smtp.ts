/** As much SMTP as a mail needs. `refuse`: the password is wrong; `unknown`: mailboxes it does not have. */
export function smtpServer(refuse = false, unknown: string[] = []) {
  const mails: string[] = []
  const server = Bun.listen<{ buffer: string; data: boolean }>({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      open(socket) {
        socket.data = { buffer: "", data: false }
        socket.write("220 test\r\n")
      },
      data(socket, bytes) {
        socket.data.buffer += bytes.toString()
        for (;;) {
          const end = socket.data.buffer.indexOf(socket.data.data ? "\r\n.\r\n" : "\r\n")
          if (end < 0) return
          const part = socket.data.buffer.slice(0, end)
          socket.data.buffer = socket.data.buffer.slice(end + (socket.data.data ? 5 : 2))
          if (socket.data.data) {
            mails.push(part)
            socket.data.data = false
            socket.write("250 kept\r\n")
          } else if (/^EHLO/i.test(part)) socket.write("250-test\r\n250 AUTH PLAIN\r\n")
          else if (/^AUTH/i.test(part)) socket.write(refuse ? "535 wrong password\r\n" : "235 ok\r\n")
          else if (/^RCPT/i.test(part) && unknown.some((address) => part.includes(address))) socket.write("550 no such mailbox\r\n")
          else if (/^DATA/i.test(part)) {
            socket.data.data = true
            socket.write("354 go on\r\n")
          } else socket.write(/^QUIT/i.test(part) ? "221 bye\r\n" : "250 ok\r\n")
        }
      },
    },
  })
  return { mails, url: `smtp://loa:bi-mat@127.0.0.1:${server.port}`, stop: () => server.stop(true) }
}
