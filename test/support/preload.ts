/** Loaded by `bun test` before everything else (bunfig.toml): its last act comes after the last test. */
import { afterAll } from "bun:test"
import { endAll } from "./ends.ts"

afterAll(endAll, 60_000)
