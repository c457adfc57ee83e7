/**
 * The database of one test. `LOA_TEST_ENGINE=postgres bun test …` runs the same tests on PostgreSQL, each in a database of its own
 * that is copied from a migrated one.
 */
import { SQL } from "bun"
import { openDb, type OpenedDb } from "../../src/db/index.ts"
import { PostgresServer } from "./postgres.ts"

export const engine: "sqlite" | "postgres" = process.env.LOA_TEST_ENGINE === "postgres" ? "postgres" : "sqlite"

/** A server shared by the tests of this run: ours, or the one LOA_TEST_DATABASE_URL names. */
interface Shared {
  url(database: string): string
  run(text: string): Promise<unknown>
}
let shared: Promise<Shared> | undefined
export const sharedServer = () => (shared ??= begin())

const template = `loa_test_${process.pid}_template`
let count = 0

async function begin(): Promise<Shared> {
  const given = process.env.LOA_TEST_DATABASE_URL
  const server = given ? external(given) : await PostgresServer.start()
  await server.run(`create database ${template}`)
  const migrated = await openDb({ databaseUrl: server.url(template), dataDir: ":memory:" })
  await migrated.close()
  return server
}

function external(address: string): Shared {
  const sql = new SQL(address, { max: 1 })
  return {
    url: (database) => Object.assign(new URL(address), { pathname: `/${database}` }).toString(),
    run: (text) => sql.unsafe(text),
  }
}

/** The address of a fresh, migrated PostgreSQL database. */
export async function freshDatabase(options: { migrated?: boolean } = {}): Promise<{ url: string; name: string; drop(): Promise<void> }> {
  const server = await sharedServer()
  const name = `loa_test_${process.pid}_${++count}`
  // One at a time: PostgreSQL copies a template only while nobody else uses it.
  await inLine(() => server.run(`create database ${name}${options.migrated === false ? "" : ` template ${template} strategy file_copy`}`))
  return { url: server.url(name), name, drop: async () => void (await server.run(`drop database if exists ${name} with (force)`)) }
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

/** What goes into DATABASE_URL of rooms and processes on the engine of this run: nothing on SQLite. */
export async function databaseEnv(on = engine): Promise<{ env: Record<string, string>; drop(): Promise<void> }> {
  if (on === "sqlite") return { env: {}, drop: async () => undefined }
  const { url, drop } = await freshDatabase()
  return { env: { DATABASE_URL: url }, drop }
}
