/** The restore drill: a backup made while posts were waiting, restored after they went out, doubles nothing and loses nothing. */
import { afterEach, expect, test } from "bun:test"
import { copyFileSync, mkdirSync } from "node:fs"
import { join } from "node:path"
import { databaseEnv } from "../support/db.ts"
import { standing, world, type World } from "../support/world.ts"

let w: World
afterEach(() => w?.close())

test("what went out after the backup is recognised on the page, the rest is posted", async () => {
  w = await world({ units: 2, articlesPerPortal: 2 })
  const [busy, quiet] = w.units
  // Nothing may be published while the backup is made.
  for (const account of w.units.flatMap((unit) => unit.accounts)) await w.loa(["account", "pause", account.id])
  await w.loa(["run", "--json"])
  const copy = join(w.home, "copy.loa")
  expect((await w.loa(["backup", copy, "--json"])).code).toBe(0)
  for (const account of busy!.accounts) await w.loa(["account", "resume", account.id])
  await w.loa(["run", "--json"])
  expect(w.province.posts()).toHaveLength(4)

  // The disk is gone; only the key and the copy are left.
  const second = join(w.home, "second")
  mkdirSync(second, { mode: 0o700 })
  copyFileSync(join(w.env.LOA_DATA!, "secret.key"), join(second, "secret.key"))
  Object.assign(w.env, { LOA_DATA: second }, (await databaseEnv()).env)
  const restored = await w.loa(["restore", copy, "--json"])
  expect(restored.json).toMatchObject({ toLookAt: 8 })
  expect((await w.loa(["restore", copy, "--json"])).code).toBe(2)
  for (const account of w.units.flatMap((unit) => unit.accounts)) await w.loa(["account", "resume", account.id])
  await w.settle()
  expect(w.province.duplicates()).toEqual([])
  for (const unit of [busy!, quiet!]) for (const account of unit.accounts) expect(standing(w.province, account.id)).toHaveLength(2)
}, 120_000)
