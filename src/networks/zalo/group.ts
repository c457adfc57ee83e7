/** Messages into a GMF staff group owned by an OA (contract 5.3): the lawful Zalo channel for alerts. Never the only one. */
import type { NetworkAccount } from "../../model/index.ts"
import { codeOf, reasonOf } from "./errors.ts"
import { callAsOa, type ZaloContext } from "./oa.ts"

const TEXT_MAX = 2_000

export async function sendToGroup(
  context: ZaloContext,
  account: NetworkAccount,
  groupId: string,
  text: string,
  signal?: AbortSignal,
): Promise<{ sent: true } | { sent: false; code: string; reason: string }> {
  const json = { recipient: { group_id: groupId }, message: { text: text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX - 1)}…` : text } }
  const answer = await callAsOa(context, account, { method: "POST", path: "/v3.0/oa/group/message", json, signal })
  return answer.ok ? { sent: true } : { sent: false, code: codeOf(answer.failure), reason: reasonOf(answer.failure) }
}
