/** YAML for every room: quickly while it is plain, by the exact library (loaded when first needed) as soon as it is not. */
import { createRequire } from "node:module"
import { quickYaml } from "./quick-yaml.ts"

export { quickYaml }

let library: typeof import("yaml") | null = null
/** The library that knows line numbers, comments and mistakes; loading it costs a pass that never needs it 20 ms and 12 MB. */
export const exactYaml = (): typeof import("yaml") => (library ??= createRequire(import.meta.url)("yaml") as typeof import("yaml"))

/** The value of a document; throws with line and column when it is no YAML, has double keys or more than `aliases` aliases. */
export function parseYaml(text: string, aliases = 0): unknown {
  const quick = quickYaml(text)
  return quick === undefined ? exactYaml().parse(text, { maxAliasCount: aliases }) : quick
}
