/** The door of picture checks: is it the national emblem, a registered logo, or something else? */
export { type Avatar, renderAvatar } from "./avatar.ts"
export { limits as imageLimits } from "./decode.ts"
export { createImageJudge, type Expectation, type ImageEvidence, type ImageJudge, type ImageVerdict } from "./judge.ts"
export { defaultPolicy, type ImagePolicy } from "./policy.ts"
