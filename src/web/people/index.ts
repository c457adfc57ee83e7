/** People and machines that use the desk. The one writer of users, sessions, devices, links, recovery codes and API keys. */
import type { Rooms } from "../../app.ts"
import { inTransaction } from "../../db/index.ts"
import { createSeal, loadOrCreateKey, type Seal } from "../../base/seal.ts"
import * as accounts from "./accounts.ts"
import * as keys from "./api-keys.ts"
import * as entry from "./entry.ts"
import * as links from "./links.ts"
import type { PeopleParts } from "./parts.ts"
import type { User } from "./roles.ts"
import * as sessions from "./sessions.ts"
import * as twoSteps from "./two-steps.ts"
import { linkBuckets, noteFailure, waitFor } from "./throttle.ts"

export type { ListedUser, NewUser } from "./accounts.ts"
export { scopes, type ApiKey, type NewKey, type Scope } from "./api-keys.ts"
export type { Login } from "./entry.ts"
export { RESET_MS } from "./links.ts"
export { generatePassword } from "./passwords.ts"
export { can, needsTwoSteps, permissions, roles, roleWords, sees, type Permission, type Role, type User } from "./roles.ts"
export { ABSOLUTE_MS, FRESH_MS, IDLE_MS, REHEARSAL_USER, type From, type OpenSession, type SessionFacts, type Visitor } from "./sessions.ts"
export type { Enrolment } from "./two-steps.ts"

type Rest<F> = F extends (parts: PeopleParts, ...rest: infer R) => unknown ? R : never

export class People {
  constructor(readonly parts: PeopleParts) {}

  add = (...rest: Rest<typeof accounts.addUser>) => accounts.addUser(this.parts, ...rest)
  list = () => accounts.listUsers(this.parts)
  /** These end every session of the person at once. */
  setPassword = (...rest: Rest<typeof accounts.setPassword>) => accounts.setPassword(this.parts, ...rest)
  setRole = (...rest: Rest<typeof accounts.setRole>) => accounts.setRole(this.parts, ...rest)
  disable = (id: string, actor: string) => accounts.setDisabled(this.parts, id, true, actor)
  enable = (id: string, actor: string) => accounts.setDisabled(this.parts, id, false, actor)
  setEmail = (...rest: Rest<typeof accounts.setEmail>) => accounts.setEmail(this.parts, ...rest)

  login = (...rest: Rest<typeof entry.login>) => entry.login(this.parts, ...rest)
  loginCode = (...rest: Rest<typeof entry.loginCode>) => entry.loginCode(this.parts, ...rest)
  enterVouched = (...rest: Rest<typeof entry.enterVouched>) => entry.enterVouched(this.parts, ...rest)
  enterRehearsal = (...rest: Rest<typeof entry.enterRehearsal>) => entry.enterRehearsal(this.parts, ...rest)
  confirm = (...rest: Rest<typeof entry.confirm>) => entry.confirm(this.parts, ...rest)

  async visitor(session: string): Promise<User | null> {
    return (await sessions.visitorOf(this.parts, session))?.user ?? null
  }
  visit = (session: string) => sessions.visitorOf(this.parts, session)
  awaitsCode = async (session: string) => (await sessions.halfSession(this.parts, session)) !== null
  sessionsOf = (...rest: Rest<typeof sessions.sessionsOf>) => sessions.sessionsOf(this.parts, ...rest)
  endSessions = (...rest: Rest<typeof sessions.endSessions>) => sessions.endSessions(this.parts, ...rest)
  logout = (session: string) => sessions.endSession(this.parts, session)

  beginTwoSteps = (userId: string) => twoSteps.beginEnrolment(this.parts, userId)
  confirmTwoSteps = (...rest: Rest<typeof twoSteps.confirmEnrolment>) => twoSteps.confirmEnrolment(this.parts, ...rest)
  dropTwoSteps = (...rest: Rest<typeof twoSteps.dropTwoSteps>) => twoSteps.dropTwoSteps(this.parts, ...rest)
  renewRecoveryCodes = (...rest: Rest<typeof twoSteps.renewRecoveryCodes>) => twoSteps.renewRecoveryCodes(this.parts, ...rest)
  resealSecrets = () => twoSteps.resealSecrets(this.parts)
  recoveryCodesLeft = (userId: string) => twoSteps.recoveryCodesLeft(this.parts, userId)

  makeResetLink = (...rest: Rest<typeof links.makeResetLink>) => links.makeResetLink(this.parts, ...rest)
  userOfLink = (token: string) => links.userOfLink(this.parts, token)
  useResetLink = (...rest: Rest<typeof links.useResetLink>) => links.useResetLink(this.parts, ...rest)
  makeSetupCode = () => links.makeSetupCode(this.parts)
  nobodyYet = () => links.nobodyYet(this.parts)
  setUp = (...rest: Rest<typeof links.setUp>) => links.setUp(this.parts, ...rest)

  makeKey = (...rest: Rest<typeof keys.makeKey>) => keys.makeKey(this.parts, ...rest)
  keyOf = (...rest: Rest<typeof keys.keyOfBearer>) => keys.keyOfBearer(this.parts, ...rest)
  listKeys = () => keys.listKeys(this.parts)
  revokeKey = (...rest: Rest<typeof keys.revokeKey>) => keys.revokeKey(this.parts, ...rest)

  /** Milliseconds until this address may ask for links or try codes again, or 0; each asking counts. */
  async tooManyLinks(address: string): Promise<number> {
    const { db, clock } = this.parts
    const buckets = linkBuckets(address)
    const ms = await waitFor(db, buckets, clock.now())
    if (ms === 0) await inTransaction(db, (tx) => noteFailure(tx, buckets, clock.now()))
    return ms
  }
}

export function peopleOf({ db, clock, audit, config, view }: Rooms): People {
  let seal: Seal | null = null
  return new People({
    db,
    clock,
    audit,
    mode: config.mode,
    unitExists: (id) => view().unitById(id)?.id === id,
    seal: () => (seal ??= createSeal(loadOrCreateKey(config.dataDir, config.secretKey))),
  })
}
