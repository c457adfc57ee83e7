/** The door of the checks room: names, accounts, the gate, rulesets, and what its neighbours `screen/` and `images/` offer. */
export { loadRules, type Rules } from "./rulesets/load.ts"
export { answerTo, rulesetById, rulesetOn, type Switches } from "./rulesets/choose.ts"
export type { Level, NameClass, NameLimits, Ruleset } from "./rulesets/schema.ts"
