/** Single sign-on against a small OpenID provider that checks what a real one checks: PKCE, redirect address, client, single use. */
import { afterAll, beforeAll, expect, test } from "bun:test"
import { createHash, generateKeyPairSync, randomBytes, sign } from "node:crypto"
import { Browser, codeOf, testDesk, type TestDesk } from "./support.ts"

const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 })
const b64 = (value: unknown) => Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url")

/** The person the provider signs in next, and how it misbehaves. */
let person: Record<string, unknown> = {}
let twist: Record<string, unknown> = {}
const codes = new Map<string, { challenge: string; redirect: string; nonce: string }>()
let desk: TestDesk
let issuer = ""

const provider = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  async fetch(request) {
    const url = new URL(request.url)
    if (url.pathname === "/.well-known/openid-configuration") {
      return Response.json({
        issuer, authorization_endpoint: `${issuer}/authorize`, token_endpoint: `${issuer}/token`, jwks_uri: `${issuer}/jwks`, response_types_supported: ["code"], subject_types_supported: ["public"],
        id_token_signing_alg_values_supported: ["RS256"], code_challenge_methods_supported: ["S256"],
      })
    }
    if (url.pathname === "/jwks") return Response.json({ keys: [{ ...publicKey.export({ format: "jwk" }), kid: "1", alg: "RS256", use: "sig" }] })
    if (url.pathname === "/authorize") {
      const q = url.searchParams
      if (q.get("client_id") !== "loa" || q.get("code_challenge_method") !== "S256" || q.get("redirect_uri") !== "https://loa.example/login/oidc/back") return new Response("no", { status: 400 })
      const code = randomBytes(16).toString("hex")
      codes.set(code, { challenge: q.get("code_challenge")!, redirect: q.get("redirect_uri")!, nonce: q.get("nonce")! })
      return new Response(null, { status: 302, headers: { location: `${q.get("redirect_uri")}?code=${code}&state=${twist.state ?? q.get("state")}` } })
    }
    if (url.pathname === "/token") {
      const form = new URLSearchParams(await request.text())
      const grant = codes.get(form.get("code") ?? "")
      codes.delete(form.get("code") ?? "")
      const fits = grant && createHash("sha256").update(form.get("code_verifier") ?? "").digest("base64url") === grant.challenge && form.get("redirect_uri") === grant.redirect
      if (!fits || form.get("client_secret") !== "bi-mat") return Response.json({ error: "invalid_grant" }, { status: 400 })
      const now = Math.floor(Date.now() / 1_000)
      const claims = { iss: issuer, aud: "loa", iat: now, exp: now + 300, nonce: grant.nonce, ...person, ...(twist.claims as object | undefined) }
      const head = `${b64({ alg: "RS256", kid: "1" })}.${b64(claims)}`
      const signature = twist.signature ?? sign("sha256", Buffer.from(head), privateKey).toString("base64url")
      return Response.json({ access_token: "x", token_type: "Bearer", id_token: `${head}.${signature}` })
    }
    return new Response("", { status: 404 })
  },
})
issuer = `http://127.0.0.1:${provider.port}`

beforeAll(async () => {
  desk = await testDesk({ OIDC_ISSUER: issuer, OIDC_CLIENT_ID: "loa", OIDC_CLIENT_SECRET: "bi-mat" })
  await desk.people.add({ id: "hanh", name: "Hạnh", role: "auditor", unitId: null, password: null, email: "Hanh@BacNinh.example" }, "test")
  await desk.people.add({ id: "son", name: "Sơn", role: "approver", unitId: null, password: null, email: "son@bacninh.example" }, "test")
})
afterAll(async () => {
  await provider.stop(true)
  await desk.close()
})

/** Through the provider and back; answers the last step. */
async function come(browser: Browser, change: (back: URL) => void = () => undefined): Promise<Response> {
  const away = await browser.get("/login/oidc?to=/alerts")
  expect(away.status).toBe(302)
  const answer = await fetch(away.headers.get("location")!, { redirect: "manual" })
  const back = new URL(answer.headers.get("location")!)
  change(back)
  return browser.get(back.pathname + back.search)
}
const as = (sub: string, email: string, more: object = {}) => void (person = { sub, email, email_verified: true, ...more })

test("somebody who was added before comes in, and is known by the subject from then on", async () => {
  expect(await desk.browser().text("/login")).toContain("/login/oidc")
  as("s-1", "hanh@bacninh.example")
  const browser = desk.browser()
  const answer = await come(browser)
  expect([answer.status, answer.headers.get("location")]).toEqual([303, "/alerts"])
  expect((await browser.get("/alerts")).status).toBe(200)
  as("s-1", "other@elsewhere.example")
  expect((await come(desk.browser())).status).toBe(303)
  // Another subject with the same address is another person.
  as("s-2", "hanh@bacninh.example")
  expect((await come(desk.browser())).status).toBe(403)
  await desk.people.disable("hanh", "cli:root")
  as("s-1", "hanh@bacninh.example")
  expect((await come(desk.browser())).status).toBe(403)
})

test("strangers and addresses nobody verified stay outside", async () => {
  as("s-3", "stranger@bacninh.example")
  expect((await come(desk.browser())).status).toBe(403)
  for (const email_verified of [false, undefined, "true"]) {
    as("s-4", "son@bacninh.example", { email_verified })
    expect((await come(desk.browser())).status).toBe(403)
  }
  expect((await desk.people.list()).find((user) => user.id === "son")!.singleSignOn).toBe(false)
})

test("it replaces the password and not the second factor", async () => {
  as("s-5", "son@bacninh.example")
  const browser = desk.browser()
  expect((await come(browser)).status).toBe(303)
  expect((await browser.get("/alerts")).headers.get("location")).toBe("/me/two-steps")
  const { secret } = await desk.people.beginTwoSteps("son")
  await browser.post("/me/two-steps", { code: codeOf(secret, desk.clock.now()) })
  expect((await browser.get("/alerts")).status).toBe(200)
  // No password was ever set: for a grave change the code alone is the proof.
  desk.clock.advance(11 * 60_000)
  expect((await browser.post("/me/recovery", {})).headers.get("location")).toStartWith("/me/confirm")
  expect(await browser.text("/me/confirm")).not.toContain('name="password"')
  expect((await browser.post("/me/confirm", { code: "000000", to: "/me" })).status).toBe(403)
  expect((await browser.post("/me/confirm", { code: codeOf(secret, desk.clock.now()), to: "/me" })).headers.get("location")).toBe("/me")
  expect((await browser.post("/me/recovery", {})).status).toBe(200)
  const next = desk.browser()
  expect((await come(next)).headers.get("location")).toBe("/login/code?to=%2Falerts")
  expect((await next.get("/alerts")).status).toBe(302)
})

test("another state, another browser, a code sent twice, another nonce, audience, issuer or signature: refused", async () => {
  as("s-5", "son@bacninh.example")
  expect((await come(desk.browser(), (back) => back.searchParams.set("state", "x"))).status).toBe(403)
  expect((await come(desk.browser(), (back) => back.searchParams.set("code", "0".repeat(32)))).status).toBe(403)
  expect((await come(desk.browser(), (back) => back.searchParams.delete("code"))).status).toBe(403)
  twist = { state: "forged" }
  expect((await come(desk.browser())).status).toBe(403)
  for (const claims of [{ nonce: "other" }, { aud: "somebody-else" }, { iss: "https://evil.example" }, { exp: 1_000 }, { sub: undefined }]) {
    twist = { claims }
    expect((await come(desk.browser())).status).toBe(403)
  }
  twist = {}
  // The answer belongs to the browser that left.
  const left = desk.browser()
  const answer = await fetch((await left.get("/login/oidc")).headers.get("location")!, { redirect: "manual" })
  const back = new URL(answer.headers.get("location")!)
  expect((await desk.browser().get(back.pathname + back.search)).status).toBe(403)
  expect((await left.get(back.pathname + back.search)).status).toBe(303)
  expect((await left.get(back.pathname + back.search)).status).toBe(403)
})

test("a provider that does not answer is said, the password door stays open", async () => {
  const dead = await testDesk({ OIDC_ISSUER: "http://127.0.0.1:9", OIDC_CLIENT_ID: "loa", OIDC_CLIENT_SECRET: "x" })
  expect((await dead.browser().get("/login/oidc")).status).toBe(403)
  expect((await dead.browser().get("/login")).status).toBe(200)
  await dead.close()
})
