/** What is handed to operators fits the program: every number of the dashboard and the rules exists, every variable and path is ours. */
import { afterAll, beforeAll, expect, test } from "bun:test"
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
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
/** What the container file brings into the image, relative to the checkout. */
const copied = () => [...read("Containerfile").matchAll(/^COPY --from=setup \S+ (.+)$/gm)].flatMap(([, words]) => words!.split(" ").slice(0, -1)).map((path) => path.replace("/opt/loa/", ""))
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
  const dashboard = JSON.parse(read("grafana/loa.json")) as { panels: { title: string; targets: { expr: string; legendFormat?: string }[] }[] }
  const rules = parse(read("prometheus/loa-rules.yml")) as { groups: { rules: { alert: string; expr: string }[] }[] }
  const asked = [...dashboard.panels.flatMap((panel) => panel.targets.map(({ expr }) => expr)), ...rules.groups.flatMap((group) => group.rules.map(({ expr }) => expr))]
  const names = new Set(asked.flatMap((expr) => [...expr.matchAll(/\bloa_[a-z_]+/g)].map(([name]) => name)))
  expect([...names].filter((name) => !given.has(name))).toEqual([])
  expect(names.size).toBeGreaterThan(8)

  // Every label that is asked for, shown or written out is one that the number has, with that value.
  const samples = [...numbers.matchAll(/^(loa_\w+)\{(\w+)="([^"]*)"\}/gm)].map(([, name, label, value]) => ({ name, label, value }))
  const chosen = asked.flatMap((expr) => [...expr.matchAll(/(loa_\w+)\{(\w+)(=~?)"([^"]*)"\}/g)].flatMap(([, name, label, how, value]) => (how === "=~" ? value!.split("|") : [value!]).map((one) => ({ name, label, value: one }))))
  expect(chosen.length).toBeGreaterThan(5)
  expect(chosen.filter((one) => !samples.some((sample) => Bun.deepEquals(sample, one)))).toEqual([])
  const grouped = asked.flatMap((expr) => [...expr.matchAll(/by \((\w+)\) \((loa_\w+)/g)].map(([, label, name]) => ({ name, label })))
  expect(grouped.length).toBeGreaterThan(4)
  expect(grouped.filter(({ name, label }) => !samples.some((sample) => sample.name === name && sample.label === label))).toEqual([])
  const shown = dashboard.panels.flatMap((panel) => panel.targets.flatMap(({ expr, legendFormat = "" }) => [...legendFormat.matchAll(/\{\{\s*(\w+)\s*\}\}/g)].map(([, label]) => ({ expr, label: label! }))))
  expect(shown.filter(({ expr, label }) => label !== "instance" && !expr.includes(`by (${label})`))).toEqual([])
  // `instance` and `job` come from the scrape configuration.
  expect(parse(read("prometheus/prometheus.yml"))).toMatchObject({ scrape_configs: [{ job_name: "loa" }], rule_files: ["loa-rules.yml"] })
})

test.skipIf(!Bun.which("promtool"))("Prometheus itself accepts configuration and rules", () => {
  const checked = Bun.spawnSync(["promtool", "check", "config", join(checkout, "deploy/prometheus/prometheus.yml")])
  expect(checked.stdout.toString()).toMatch(/SUCCESS: \d+ rules found/)
  expect(checked.exitCode).toBe(0)
})

test.skipIf(!Bun.which("systemd-analyze"))("systemd understands every line of the units, and they are closed", () => {
  const names = readdirSync(join(checkout, "deploy/systemd"))
  // Here Bun lies elsewhere; all else stays as it is.
  const files = names.map((name) => {
    const file = join(home, name)
    writeFileSync(file, read(`systemd/${name}`).replaceAll("/opt/loa/node_modules/bun/bin/bun.exe", process.execPath))
    return file
  })
  const checked = Bun.spawnSync(["systemd-analyze", "verify", ...files])
  expect([checked.exitCode, checked.stderr.toString()]).toEqual([0, ""])
  for (const file of files.filter((one) => one.endsWith(".service"))) {
    const { stdout } = Bun.spawnSync(["systemd-analyze", "security", "--offline=true", "--no-pager", file])
    expect(Number(/exposure level for \S+ (\d+\.\d)/.exec(stdout.toString())?.[1])).toBeLessThan(2)
  }
})

test("what the container file copies is enough: pages, a report in all its formats", async () => {
  const image = join(home, "image")
  mkdirSync(join(image, "data"), { recursive: true })
  for (const path of copied()) {
    if (path === "node_modules") symlinkSync(join(checkout, path), join(image, path))
    else cpSync(join(checkout, path), join(image, path), { recursive: true })
  }
  const env = { PATH: process.env.PATH ?? "", HOME: home, LOA_MODE: "live", LOA_DATA: join(home, "image-data"), PORT: "0", TZ: "UTC" }
  const child = Bun.spawn([process.execPath, "src/main.ts", "serve", "--no-jobs"], { cwd: image, env, stdout: "pipe", stderr: "pipe" })
  const said: string[] = []
  const url = await Promise.race([
    (async () => {
      for await (const part of child.stderr) {
        said.push(new TextDecoder().decode(part))
        const found = /Loa đang chạy tại (\S+)/.exec(said.join(""))
        if (found) return found[1]!
      }
      throw new Error(said.join(""))
    })(),
    child.exited.then((code) => Promise.reject(new Error(`ended with ${code}: ${said.join("")}`))),
  ])
  expect((await fetch(`${url}/verify`)).status).toBe(200)
  child.kill()
  await child.exited
  const report = Bun.spawnSync([process.execPath, "src/main.ts", "report", "weekly", "--json"], { cwd: image, env })
  expect((JSON.parse(report.stdout.toString()) as { files: unknown[] }).files).toHaveLength(4)
}, 60_000)

test("unit, container and compose name paths, commands and variables that exist", () => {
  const unit = read("systemd/loa.service")
  expect(unit).toContain("/opt/loa/src/main.ts serve")
  for (const line of ["NoNewPrivileges=yes", "ProtectSystem=strict", "CapabilityBoundingSet=", "UMask=0077", "RestartPreventExitStatus=2"]) expect(unit.split("\n")).toContain(line)
  expect(copied().filter((path) => !existsSync(join(checkout, path)))).toEqual([])
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
