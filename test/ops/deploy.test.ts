/** What is handed to operators fits the program: every number of the dashboard and the rules exists, every variable and path is ours. */
import { afterAll, beforeAll, expect, test } from "bun:test"
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parse } from "yaml"
import { createApp, type App } from "../../src/app.ts"
import { checkout, readConfig } from "../../src/base/config.ts"
import { silentLog } from "../../src/base/log.ts"
import { care } from "../../src/jobs/care.ts"
import { allJobs, runDueJobs } from "../../src/jobs/index.ts"
import { createWeb } from "../../src/web/index.ts"
import { databaseEnv } from "../support/db.ts"

const read = (path: string) => readFileSync(join(checkout, "deploy", path), "utf8")
const home = mkdtempSync(join(tmpdir(), "loa-deploy-"))
let app: App
let numbers: string
beforeAll(async () => {
  mkdirSync(join(home, "accounts/units"), { recursive: true })
  writeFileSync(join(home, "accounts/units/units.yaml"), "[]")
  app = createApp(readConfig({ LOA_MODE: "live", LOA_DATA: join(home, "data"), LOA_REGISTRY: join(home, "accounts"), ...(await databaseEnv()).env }, home), { log: silentLog })
  const rooms = await app.open({ apply: "strict", work: true })
  await care(rooms)
  await runDueJobs(rooms, allJobs().filter((job) => job.name === "prune"), new AbortController().signal)
  numbers = await (await createWeb(rooms).request("/metrics", {}, { address: "127.0.0.1" })).text()
})
afterAll(async () => {
  await app?.close()
  rmSync(home, { recursive: true, force: true })
})

test("the numbers of dashboard and rules are numbers that Loa gives", () => {
  const given = new Set([...numbers.matchAll(/^# TYPE (\S+) gauge$/gm)].map(([, name]) => name))
  expect(given.size).toBeGreaterThan(12)
  const dashboard = JSON.parse(read("grafana/loa.json")) as { panels: { title: string; targets: { expr: string }[] }[] }
  const rules = parse(read("prometheus/loa-rules.yml")) as { groups: { rules: { alert: string; expr: string }[] }[] }
  const asked = [...dashboard.panels.flatMap((panel) => panel.targets.map(({ expr }) => expr)), ...rules.groups.flatMap((group) => group.rules.map(({ expr }) => expr))]
  const names = new Set(asked.flatMap((expr) => [...expr.matchAll(/\bloa_[a-z_]+/g)].map(([name]) => name)))
  expect([...names].filter((name) => !given.has(name))).toEqual([])
  expect(names.size).toBeGreaterThan(8)
})

test("unit, container and compose name paths, commands and variables that exist", () => {
  const unit = read("systemd/loa.service")
  expect(unit).toContain("/opt/loa/src/main.ts serve")
  for (const line of ["NoNewPrivileges=yes", "ProtectSystem=strict", "CapabilityBoundingSet=", "UMask=0077", "RestartPreventExitStatus=2"]) expect(unit.split("\n")).toContain(line)
  const copied = [...read("Containerfile").matchAll(/^COPY --from=setup \S+ (.+)$/gm)].flatMap(([, words]) => words!.split(" ").slice(0, -1)).map((path) => path.replace("/opt/loa/", ""))
  expect(copied.filter((path) => !existsSync(join(checkout, path)))).toEqual([])
  const compose = parse(read("compose.yaml"), { merge: true }) as { services: Record<string, { read_only?: boolean; cap_drop?: string[]; command?: string[]; ports?: string[] }> }
  expect(Object.keys(compose.services)).toEqual(["db", "web", "worker"])
  for (const name of ["web", "worker"]) expect(compose.services[name]).toMatchObject({ read_only: true, cap_drop: ["ALL"] })
  expect(compose.services.db!.ports).toBeUndefined()
  expect(compose.services.web!.ports).toEqual(["127.0.0.1:8080:8080"])
  const variables = [...read("loa.env.example").matchAll(/^([A-Z_]+)=(.*)$/gm)].map(([, name, value]) => [name!, value!] as const)
  expect(() => readConfig({ ...Object.fromEntries(variables), FACEBOOK_APP_ID: "1" }, home)).not.toThrow()
  const known = readFileSync(join(checkout, "src/base/config.ts"), "utf8")
  expect(variables.map(([name]) => name).filter((name) => !known.includes(name))).toEqual([])
})
