/** The misbehaviour script: which call is spoiled, and what a spoiled call looks like on the wire. */
import { sleep } from "../base/runtime.ts"
import { randomOf } from "./random.ts"
import type { FaultRule } from "./types.ts"

export interface Call {
  /** `facebook.feed`, `zalo.verify`, `portal.feed` … */
  on: string
  /** Every name the account goes by: id and permanent id, or the unit. */
  names: (string | undefined)[]
}

export interface Faults {
  add(rule: FaultRule): void
  clear(): void
  list(): FaultRule[]
  /** The rule this call uses up, if any. */
  take(call: Call): FaultRule | null
}

export function createFaults(seed: number): Faults {
  let rules: { rule: FaultRule; left: number; skip: number }[] = []
  let random = randomOf(seed)
  const fits = (rule: FaultRule, call: Call) =>
    (rule.on === call.on || (rule.on.endsWith("*") && call.on.startsWith(rule.on.slice(0, -1)))) &&
    (rule.account === undefined || call.names.includes(rule.account))
  return {
    add: (rule) => void rules.push({ rule, left: rule.times === 0 ? Number.POSITIVE_INFINITY : (rule.times ?? 1), skip: rule.after ?? 0 }),
    clear() {
      rules = []
      random = randomOf(seed)
    },
    list: () => rules.map((entry) => ({ ...entry.rule, times: Number.isFinite(entry.left) ? entry.left : 0, after: entry.skip })),
    take(call) {
      for (const entry of rules) {
        if (!fits(entry.rule, call)) continue
        if (entry.skip > 0) {
          entry.skip--
          continue
        }
        if (entry.rule.probability !== undefined && random() >= entry.rule.probability) continue
        if (--entry.left <= 0) rules = rules.filter((other) => other !== entry)
        return entry.rule
      }
      return null
    },
  }
}

/** An answer that never gets out: the server closes the socket when the body stream fails before its first byte. `undefined` keeps it quiet. */
export const cutConnection = () => new Response(new ReadableStream({ start: (controller) => controller.error(undefined) }))

export const gatewayPage = () =>
  new Response("<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center><hr></body></html>", {
    status: 502,
    headers: { "content-type": "text/html; charset=utf-8" },
  })

const hangMsDefault = 120_000
/** Under these the work is done although the answer is spoiled. */
const done = new Set<FaultRule["what"]>([
  "500_and_create",
  "hang_and_create",
  "cut_after_create",
  "empty_2xx",
  "broken_json",
  "no_id",
  "html_502_and_create",
  "error_and_create",
])

/**
 * Answers a call, spoiled by `rule` or not. `run` does the work (and so decides whether the write happens);
 * `errorAnswer` shapes the network's own error.
 */
export async function answerCall(
  rule: FaultRule,
  run: () => Response | Promise<Response>,
  errorAnswer: (rule: FaultRule, status: number) => Response,
): Promise<Response> {
  const answer = done.has(rule.what) ? await run() : null
  switch (rule.what) {
    case "500_before":
    case "500_and_create":
      return errorAnswer(rule, 500)
    case "hang_before":
    case "hang_and_create":
      await sleep(rule.delayMs ?? hangMsDefault)
      return cutConnection()
    case "cut_before":
    case "cut_after_create":
      if (rule.delayMs) await sleep(rule.delayMs)
      return cutConnection()
    case "empty_2xx":
      return new Response("", { status: 200 })
    case "broken_json": {
      const text = await answer!.text()
      return new Response(text.slice(0, Math.max(1, text.length >> 1)), { headers: { "content-type": "application/json" } })
    }
    case "no_id": {
      const body = (await answer!.json()) as { id?: string; data?: Record<string, unknown> }
      delete body.id
      if (body.data) body.data = {}
      return Response.json(body)
    }
    case "html_502":
    case "html_502_and_create":
      return gatewayPage()
    case "404_json":
      return Response.json({ error: -209, message: "Not found" }, { status: 404 })
    case "error":
    case "error_and_create":
      return errorAnswer(rule, rule.status ?? 0)
    case "slow":
      await sleep(rule.delayMs ?? 1_000)
      return run()
    case "reply":
      return new Response(typeof rule.body === "string" ? rule.body : JSON.stringify(rule.body ?? {}), {
        status: rule.status ?? 200,
        headers: { "content-type": "application/json", ...rule.headers },
      })
  }
}
