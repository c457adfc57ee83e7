export { createImageJudge, type Expectation, type ImageEvidence, type ImageJudge, type ImageVerdict } from "./judge.ts"
export { defaultPolicy, type ImagePolicy } from "./policy.ts"
