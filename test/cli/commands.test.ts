import { expect, test } from "bun:test"
import { commandsOf } from "../../src/cli/commands.ts"

test("every command is found by its first word alone", async () => {
  const all = await commandsOf()
  for (const { name } of all) expect((await commandsOf(name.split(" ")[0])).map((command) => command.name)).toContain(name)
})

test("a first word loads nothing that begins otherwise, but for commands that live in one file", async () => {
  expect((await commandsOf("run")).map((command) => command.name)).toEqual(["run"])
  expect((await commandsOf("nothing-of-ours")).length).toBe((await commandsOf()).length)
})
