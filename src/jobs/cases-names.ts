/** Names for the account of a case: what would pass plan, network and word rules at once, and why what people think of first does not. */
import type { Rooms } from "../app.ts"
import type { Case } from "../cases/index.ts"
import { adviseNames, considerName, rulesetOn, subjectOfUnit, type AdviceCase, type ConsideredName, type NameAdvice } from "../checks/index.ts"
import type { NetworkName } from "../model/index.ts"

export function adviceCase(rooms: Rooms, unitId: string, network: NetworkName): AdviceCase {
  const { rulesets, gazetteer, nameLimits } = rooms.checks.rules
  const asOf = rooms.checks.today()
  return {
    unit: subjectOfUnit(rooms.view().unitById(unitId)!),
    ruleset: rulesetOn(rulesets, asOf),
    gazetteer,
    limits: nameLimits,
    asOf,
    networks: [network],
  }
}

/** The wish of the unit goes before what others tend to think of. */
export function proposeNames(rooms: Rooms, found: Case): NameAdvice & { wish: ConsideredName | null } {
  const advice = adviseNames(adviceCase(rooms, found.unitId, found.network))
  const { wish } = found.data.request
  return { ...advice, wish: wish ? judgeCaseName(rooms, found, wish) : null }
}
export const judgeCaseName = (rooms: Rooms, found: Case, name: string): ConsideredName =>
  considerName(adviceCase(rooms, found.unitId, found.network), name)
