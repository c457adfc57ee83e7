/** `loa rehearse` through the front door: one JSON document with the addresses, then it runs until it is told to stop. */
import { expect, test } from "bun:test"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { checkout } from "../../src/base/config.ts"

test("prints its addresses, answers, and ends cleanly", async () => {
  const dataDir = mkdtempSync(join(tmpdir(), "loa-rehearse-"))
  const child = Bun.spawn([process.execPath, join(checkout, "src/main.ts"), "rehearse", "--json", "--every", "0", "--articles", "1", "--no-pictures"], {
    env: { ...process.env, LOA_DATA: dataDir },
    stdout: "pipe",
    stderr: "pipe",
  })
  try {
    const reader = child.stdout.getReader()
    const decoder = new TextDecoder()
    let text = ""
    const read = async () => {
      const { value, done } = await reader.read()
      if (value) text += decoder.decode(value)
      return !done
    }
    while (!text.endsWith("}\n") && (await read()));
    const addresses = JSON.parse(text)
    const state = (await (await fetch(addresses.control)).json()) as { portals: string; units: number; posts: number }
    expect(state).toMatchObject({ portals: addresses.portals, posts: 0 })
    expect(state.units).toBeGreaterThanOrEqual(119)
    child.kill("SIGINT")
    while (await read());
    expect(await child.exited).toBe(0)
    expect(JSON.parse(text)).toEqual(addresses)
  } finally {
    child.kill("SIGKILL")
    rmSync(dataDir, { recursive: true, force: true })
  }
}, 20_000)
