/**
 * Bun's own YAML parser is thirty times faster than `yaml` but keeps silent about double keys. It is trusted with plain documents only (no
 * anchors, tags, directives, tabs, quoted or complex keys), and only when the text holds as many keys as the value; else `undefined`, and
 * the exact parser (which also knows line numbers) has to read the text.
 */
export function quickYaml(text: string): unknown {
  const parse = (globalThis as { Bun?: { YAML?: { parse(text: string): unknown } } }).Bun?.YAML?.parse
  if (!parse) return undefined
  const bare = text.replace(block, '$1""').replace(quoted, '""').replace(/(^|\s)#.*$/gm, "$1")
  if (special.test(bare)) return undefined
  try {
    const value = parse(text)
    return keysIn(value) === (bare.match(/(?<![^\s{}[\],:])[^\s{}[\],:]+[ ]*:(?=\s|$)/gm)?.length ?? 0) ? value : undefined
  } catch {
    return undefined
  }
}

/** `key: >-` and the deeper lines below it. */
const block = /^(( *)\S[^\n]*: )[>|]-?(?:\n(?:\2 +[^\n]*)?(?=\n|$))+/gm
/** A quote opens a string only where a value or a key begins; inside a word it is a letter. */
const quoted = /(?<=^|[\s,[{])(?:"(?:[^"\\\n]|\\.)*"|'(?:[^'\n]|'')*')/gm
/** Signs that mean more than a letter where a value or a key begins, and what is special anywhere. */
const special = /(?:^|[-:,[{])[ ]*[&*!%|>@`?,:]|\t|<<|^(?:---|\.\.\.)|(?:""|~|null)\s*:/im

function keysIn(value: unknown): number {
  if (value === null || typeof value !== "object") return 0
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + keysIn(item), 0)
  return Object.values(value).reduce<number>((sum, item) => sum + keysIn(item), Object.keys(value).length)
}
