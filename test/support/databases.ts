/** The databases of a run on a server that may be somebody else's: their names, and that none of them stays. */
import { randomBytes } from "node:crypto"
import { SQL } from "bun"

/** `npm test` gives its runs a name, so that it can take away what a run that was killed left behind. */
const runName = process.env.LOA_TEST_RUN ?? randomBytes(4).toString("hex")
/** The template that `npm test` has made for all processes of its run. */
export const commonTemplate = process.env.LOA_TEST_TEMPLATE
export const prefixOf = (run: string) => `loa_test_${run}_`
/** Several processes, and files that share nothing, may be one run. */
const own = randomBytes(4).toString("hex")
export const databaseName = (what: string | number) => `${prefixOf(runName)}${own}_${what}`

/** An empty database with our tables, copied for every test that needs one: copying is far quicker than making the tables. */
export async function makeTemplate(server: { url(database: string): string; run(text: string): Promise<unknown> }, name: string): Promise<string> {
  const { openDb } = await import("../../src/db/index.ts")
  await server.run(`create database ${name}`)
  const migrated = await openDb({ databaseUrl: server.url(name), dataDir: ":memory:" })
  await migrated.close()
  return name
}

/** A server that others started: `run` is for statements that belong to no transaction. */
export function givenServer(address: string) {
  const sql = new SQL(address, { max: 1 })
  return {
    url: (database: string) => Object.assign(new URL(address), { pathname: `/${database}` }).toString(),
    run: async (text: string) => (await sql.unsafe(text)) as unknown,
    close: () => sql.close(),
  }
}

/** Takes away what a run left; answers how many there were. */
export async function dropAllOf(run: string, address: string): Promise<number> {
  const server = givenServer(address)
  try {
    const found = (await server.run(`select datname from pg_database where starts_with(datname, '${prefixOf(run)}')`)) as { datname: string }[]
    for (const { datname } of found) await server.run(`drop database if exists ${datname} with (force)`)
    return found.length
  } finally {
    await server.close()
  }
}
