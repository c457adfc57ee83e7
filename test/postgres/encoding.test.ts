/** A database that cannot keep Vietnamese is refused before the first table. */
import { beforeAll, expect, test } from "bun:test"
import { openDb } from "../../src/db/index.ts"
import { freshDatabase, intoDatabase, sharedServer } from "../support/db.ts"

beforeAll(() => sharedServer().then(() => undefined), 60_000)

test("another encoding than UTF8 stops the start with a sentence, and leaves the database as it was", async () => {
  const database = await freshDatabase({ encoding: "SQL_ASCII" })
  const refused = await openDb({ databaseUrl: database.url, dataDir: ":memory:" }).catch((error) => error)
  expect(refused).toMatchObject({ code: "database_encoding", message: expect.stringContaining("SQL_ASCII") })
  await intoDatabase({ DATABASE_URL: database.url }, "create table schema_version (nothing int)")
  await database.drop()
})
