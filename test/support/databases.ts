/** The databases of a run on a server that may be somebody else's: their names, and that none of them stays. */
import { randomBytes } from "node:crypto"
import { SQL } from "bun"

/** `npm test` gives its runs a name, so that it can take away what a run that was killed left behind. */
const runName = process.env.LOA_TEST_RUN ?? randomBytes(4).toString("hex")
const prefixOf = (run: string) => `loa_test_${run}_`
/** Several processes, and files that share nothing, may be one run. */
const own = randomBytes(4).toString("hex")
export const databaseName = (what: string | number) => `${prefixOf(runName)}${own}_${what}`

/** Answers how many there were. */
export async function dropAllOf(run: string, address: string): Promise<number> {
  const sql = new SQL(address, { max: 1 })
  try {
    const found = (await sql.unsafe(`select datname from pg_database where starts_with(datname, '${prefixOf(run)}')`)) as { datname: string }[]
    for (const { datname } of found) await sql.unsafe(`drop database if exists ${datname} with (force)`)
    return found.length
  } finally {
    await sql.close()
  }
}
