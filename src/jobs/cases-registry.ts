/** What cases write into the registry: an account that waits for its confirmation, and in the end a verified one; always through the registry room. */
import type { Rooms } from "../app.ts"
import { fromIsoDate, isoDate, vnDate } from "../base/time.ts"
import type { Basis, Case, CaseActor } from "../cases/index.ts"
import type { Account } from "../model/index.ts"
import { isPublishing, type AccountFields, type AccountSource, type RegistryUpdate } from "../registry/index.ts"

export const basisText = (basis: Basis) => `${basis.number} ngày ${vnDate(fromIsoDate(basis.date))} của ${basis.issuer}`

/**
 * Lists the account of a `register` or cross-unit `hand_over` case as pending: it can be connected and looked at, and nothing is published to
 * it (VER-3). Doing it twice changes nothing. Answers its id.
 */
export async function keepPending(rooms: Rooms, found: Case, by: CaseActor): Promise<string> {
  const view = rooms.view()
  const listed = found.accountId ? view.accountById(found.accountId) : undefined
  if (found.kind === "hand_over") return listed && listed.unitId !== found.unitId ? moveAccount(rooms, found, listed, by) : found.accountId!
  const fields = pendingFields(found)
  const id = found.accountId ?? freeId(rooms, found.unitId, found.network)
  const update: RegistryUpdate = listed
    ? { kind: "account.set", account: id, set: fields, reason: found.id }
    : { kind: "account.register", unit: found.unitId, account: { id, network: found.network, ...fields } as AccountSource, reason: found.id }
  await rooms.registry.update(update, by.actor)
  await rooms.refresh()
  return id
}

function pendingFields(found: Case): AccountFields & { name: string } {
  const { identity, dossier, name } = found.data
  return {
    name: name!.name,
    kind: found.network === "facebook" ? "page" : "oa",
    remoteId: identity!.remoteId,
    ...(identity!.handle ? { handle: identity!.handle } : {}),
    ...(identity!.url ? { url: identity!.url } : {}),
    // Whatever is routed here before the end of the case waits for a person.
    publish: "review",
    identity: { status: "pending" },
    ...(dossier ? { legalBasis: basisText(dossier.basis), admins: dossier.admins ?? [] } : {}),
  }
}

/** The account keeps its id, so that no article reaches the Page twice; its owner and papers are the receiver's, and it waits for its confirmation. */
async function moveAccount(rooms: Rooms, found: Case, old: Account, by: CaseActor): Promise<string> {
  const { dossier } = found.data
  const set: AccountFields = {
    publish: "review",
    identity: { status: "pending" },
    ...(dossier ? { legalBasis: basisText(dossier.basis), admins: dossier.admins ?? [] } : {}),
  }
  await rooms.registry.update({ kind: "account.move", account: old.id, unit: found.unitId, set, reason: found.id }, by.actor)
  await rooms.refresh()
  return old.id
}

/** "phuong-kinh-bac-facebook", and with a number behind it when the unit has or had such an account. */
function freeId(rooms: Rooms, unitId: string, network: string): string {
  const view = rooms.view()
  for (let n = 1; ; n++) {
    const id = `${unitId}-${network}${n === 1 ? "" : `-${n}`}`
    if (!view.accountById(id)) return id
  }
}

/** The end of a case. Two persons stand behind a confirmed identity (VER-2). */
export async function activate(
  rooms: Rooms,
  found: Case,
  answer: { publish: string; until?: string },
  by: CaseActor & { name: string },
): Promise<void> {
  const { dossier, checks, name, request } = found.data
  const account = found.accountId!
  const confirmed = {
    identity: {
      status: "verified" as const,
      basis: basisText(dossier!.basis),
      date: isoDate(rooms.clock.now()),
      confirmedBy: [checks!.by, by.name],
      ...(answer.until ? { until: answer.until } : {}),
    },
    publish: answer.publish as AccountSource["publish"],
  }
  const people: RegistryUpdate[] =
    dossier?.owner && dossier.deputy
      ? [{ kind: "unit.set", unit: found.unitId, set: { owner: dossier.owner, deputy: dossier.deputy }, reason: found.id }]
      : []
  const papers = { legalBasis: basisText(dossier!.basis), ...(dossier?.admins ? { admins: dossier.admins } : {}) }
  // Written before the case says so: who does it again after a crash finds the account gone already.
  const end = (): RegistryUpdate[] => (rooms.view().accountById(account) ? [{ kind: "account.end", account, reason: found.id }] : [])
  const updates: Record<Case["kind"], () => RegistryUpdate[]> = {
    register: () => [{ kind: "account.set", account, set: { ...confirmed, ...papers, name: name!.name }, reason: found.id }, ...people],
    rename: () => [{ kind: "account.set", account, set: { ...confirmed, name: name!.name }, reason: found.id }],
    hand_over: () => [{ kind: "account.set", account, set: { ...confirmed, ...papers }, reason: found.id }, ...people],
    merge: () => [...end(), { kind: "account.set", account: request.into!, set: { main: true }, reason: found.id }],
    close: end,
  }
  await revokeTestWaiver(rooms, found, by)
  const wanted = updates[found.kind]()
  if (wanted.length) await rooms.registry.update(wanted, by.actor)
  await rooms.refresh()
}

/** The permission for the test post ends as soon as it was seen, also one that a dead process granted without writing it down. */
export async function revokeTestWaiver(rooms: Rooms, found: Case, by: CaseActor): Promise<void> {
  const account = found.accountId ? rooms.view().accountById(found.accountId) : undefined
  if (!account) return
  const open = await rooms.db
    .selectFrom("waivers")
    .select("id")
    .where("account_id", "=", account.id)
    .where("basis", "=", found.id)
    .where("revoked_at", "is", null)
    .execute()
  for (const { id } of open) await rooms.checks.revokeWaiver(id, by.actor)
}

export async function endPending(rooms: Rooms, found: Case, by: CaseActor): Promise<void> {
  const account = found.accountId ? rooms.view().accountById(found.accountId) : undefined
  if (!account || found.kind !== "register" || account.identity.status !== "pending" || !isPublishing(account.network)) return
  await revokeTestWaiver(rooms, found, by)
  await rooms.registry.update({ kind: "account.end", account: account.id, reason: `${found.id} hủy` }, by.actor)
  await rooms.refresh()
}
