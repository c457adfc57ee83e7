/** A wire between a client and a server of ours that can be cut, fall silent or become slow. */
import { connect, createServer, type Server, type Socket } from "node:net"

export class TcpProxy {
  private readonly pairs = new Set<[Socket, Socket]>()
  /** Clients that knock while nobody hears. */
  private readonly waiting = new Set<Socket>()
  private silent: "no" | "answers" | "both" = "no"
  private refusing = false
  private latencyMs = 0

  private constructor(
    private readonly server: Server,
    readonly port: number,
    private target: number,
  ) {}

  static async to(port: number): Promise<TcpProxy> {
    const server = createServer()
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done))
    const proxy = new TcpProxy(server, (server.address() as { port: number }).port, port)
    server.on("connection", (client) => proxy.join(client))
    return proxy
  }

  private join(client: Socket) {
    if (this.refusing) return client.resetAndDestroy()
    // Over a silent wire no connection is made.
    if (this.silent !== "no") return void this.waiting.add(client.on("error", () => undefined).on("close", () => this.waiting.delete(client)))
    const upstream = connect(this.target, "127.0.0.1")
    const pair: [Socket, Socket] = [client, upstream]
    this.pairs.add(pair)
    const pass = (from: Socket, to: Socket) => {
      // What is on the way when the wire falls silent is lost, as behind a dead switch.
      const lost = () => this.silent === "both" || (this.silent === "answers" && from === upstream)
      from.on("data", (chunk) => {
        if (lost()) return
        if (this.latencyMs) setTimeout(() => !lost() && to.writable && to.write(chunk), this.latencyMs)
        else to.write(chunk)
      })
      from.on("error", () => undefined)
      from.on("close", () => {
        this.pairs.delete(pair)
        if (this.silent === "no") to.destroy()
      })
    }
    pass(client, upstream)
    pass(upstream, client)
  }

  /** Every connection is reset; with `refuse` new ones are, too. */
  cut(refuse = false) {
    this.refusing = refuse
    for (const [client, upstream] of this.pairs) {
      client.resetAndDestroy()
      upstream.resetAndDestroy()
    }
    this.pairs.clear()
    for (const client of this.waiting) client.resetAndDestroy()
    this.waiting.clear()
  }
  /** From now on another server is at the far end. */
  leadTo(port: number) {
    this.target = port
    this.cut()
  }
  /** Half-open: both ends believe in the connection, nothing passes any more; or what is asked arrives and no answer comes back. */
  fallSilent(what: "both" | "answers" = "both") {
    this.silent = what
  }
  slow(latencyMs: number) {
    this.latencyMs = latencyMs
  }
  /** As new; what was silent stays lost. */
  heal() {
    const lost = this.silent !== "no"
    this.silent = "no"
    this.refusing = false
    this.latencyMs = 0
    if (lost) this.cut()
  }
  async close() {
    this.cut(true)
    await new Promise((done) => this.server.close(done))
  }
}
