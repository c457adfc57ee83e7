/** Loaded by `bun test` before everything else (bunfig.toml): what belongs to the whole run begins before the first test and ends after the last. */
import { afterAll, beforeAll, setDefaultTimeout } from "bun:test"
import { endAll } from "./ends.ts"

if (process.env.LOA_TEST_ENGINE === "postgres") {
  // A commit costs more there than in memory; and the time a server needs to start is no test's.
  setDefaultTimeout(30_000)
  beforeAll(() => import("./db.ts").then((support) => support.sharedServer()).then(() => undefined), 60_000)
}
afterAll(endAll, 60_000)
