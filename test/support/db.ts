/**
 * The database of one test. `LOA_TEST_ENGINE=postgres bun test …` runs the same tests on PostgreSQL, each in a database of its own
 * that is copied from a migrated one.
 */
import { join } from "node:path"
import { SQL } from "bun"
import { Database } from "bun:sqlite"
import { openDb, type OpenedDb } from "../../src/db/index.ts"
import { commonTemplate, databaseName, givenServer, makeTemplate } from "./databases.ts"
import { atEnd } from "./ends.ts"
import { PostgresServer } from "./postgres.ts"

export const engine: "sqlite" | "postgres" = process.env.LOA_TEST_ENGINE === "postgres" ? "postgres" : "sqlite"

/** A server shared by the tests of this run: ours, or the one LOA_TEST_DATABASE_URL names. */
interface Shared {
  url(database: string): string
  run(text: string): Promise<unknown>
}
let shared: Promise<Shared> | undefined
export const sharedServer = () => (shared ??= begin())

/** What is there now; on a server that is not ours nothing may stay. */
const made = new Set<string>()
let count = 0
let template = ""
let copying = ""
let modern = true

async function begin(): Promise<Shared> {
  const given = process.env.LOA_TEST_DATABASE_URL
  const { close, ...server } = given ? givenServer(given) : owned(await PostgresServer.start())
  atEnd(async () => {
    for (const name of made) await server.run(`drop database if exists ${name} with (force)`)
    await close()
    shared = undefined
  })
  const [is] = (await server.run("select current_setting('server_version_num')::int as version, current_setting('fsync') as fsync")) as { version: number; fsync: string }[]
  modern = is!.version >= 150_000
  // Copying files is quicker than copying through the log, unless every file has to reach the disk; before version 15 there is no choice.
  if (modern && is!.fsync === "off") copying = " strategy file_copy"
  if (commonTemplate) template = commonTemplate
  else {
    made.add((template = databaseName("template")))
    await makeTemplate(server, template)
  }
  return server
}

function owned(server: PostgresServer) {
  return { url: (database: string) => server.url(database), run: (text: string) => server.run(text) as Promise<unknown>, close: () => server.dispose() }
}

/** The address of a fresh, migrated PostgreSQL database; with another encoding, of an empty one. */
export async function freshDatabase(options: { encoding?: string } = {}): Promise<{ url: string; name: string; drop(): Promise<void> }> {
  const server = await sharedServer()
  const name = databaseName(++count)
  made.add(name)
  // One at a time: PostgreSQL copies a template only while nobody else uses it.
  const like = options.encoding ? `template template0 encoding '${options.encoding}' lc_collate 'C' lc_ctype 'C'${modern ? " locale_provider libc" : ""}` : `template ${template}${copying}`
  await inLine(() => server.run(`create database ${name} ${like}`))
  const drop = async () => {
    await server.run(`drop database if exists ${name} with (force)`)
    made.delete(name)
  }
  return { url: server.url(name), name, drop }
}

let line: Promise<unknown> = Promise.resolve()
const inLine = <T>(work: () => Promise<T>): Promise<T> => {
  const turn = line.then(work, work)
  line = turn.catch(() => undefined)
  return turn
}

/** A migrated database of its own, on the engine of this run. */
export async function testDb(on = engine): Promise<OpenedDb> {
  if (on === "sqlite") return openDb({ databaseUrl: null, dataDir: ":memory:" })
  const { url, drop } = await freshDatabase()
  const opened = await openDb({ databaseUrl: url, dataDir: ":memory:" })
  const close = async () => {
    if (!open.delete(close)) return
    await opened.close()
    await drop()
  }
  open.add(close)
  return { ...opened, close }
}

const open = new Set<() => Promise<void>>()
/** `afterEach(closeTestDbs)` where the tests themselves have no handle on what they opened. */
export const closeTestDbs = async () => void (await Promise.all([...open].map((close) => close())))

/** Statements past the rooms: what no program of ours would write, into the database that a process with this environment opens. */
export async function intoDatabase(env: Record<string, string>, ...statements: string[]): Promise<void> {
  if (!env.DATABASE_URL) {
    using database = new Database(join(env.LOA_DATA!, "loa.sqlite"))
    for (const statement of statements) database.run(statement)
    return
  }
  const sql = new SQL(env.DATABASE_URL, { max: 1 })
  try {
    for (const statement of statements) await sql.unsafe(statement)
  } finally {
    await sql.close()
  }
}

/** What goes into DATABASE_URL of rooms and processes on the engine of this run: nothing on SQLite. */
export async function databaseEnv(on = engine): Promise<{ env: Record<string, string>; drop(): Promise<void> }> {
  if (on === "sqlite") return { env: {}, drop: async () => undefined }
  const { url, drop } = await freshDatabase()
  return { env: { DATABASE_URL: url }, drop }
}
