/** What changed between two wordings, word by word, for people to read. */
export type Piece = { kind: "same" | "added" | "removed"; text: string }

/** Above this the middle of a text is shown as replaced as a whole: the table of the comparison grows with the product of the lengths. */
const CELLS_MAX = 1_000_000

/** A word takes the space behind it along: a shared space alone is no likeness. */
const words = (text: string) => text.match(/(?:[\p{L}\p{M}\p{N}_]+|[^\s\p{L}\p{M}\p{N}_])\s*|^\s+/gu) ?? []

const same = (a: string | undefined, b: string | undefined) => a !== undefined && b !== undefined && (a === b || a.trimEnd() === b.trimEnd())

/** Pieces of both texts in reading order; neighbours of one kind are one piece. What is the same is written with the spaces of the later text. */
export function diffWords(before: string, after: string): Piece[] {
  const [a, b] = [words(before), words(after)]
  let start = 0
  while (start < a.length && start < b.length && same(a[start], b[start])) start++
  let end = 0
  while (end < a.length - start && end < b.length - start && same(a[a.length - 1 - end], b[b.length - 1 - end])) end++
  const pieces: Piece[] = []
  const push = (kind: Piece["kind"], text: string) => {
    const last = pieces.at(-1)
    if (last?.kind === kind) last.text += text
    else if (text) pieces.push({ kind, text })
  }
  push("same", b.slice(0, start).join(""))
  compare(a.slice(start, a.length - end), b.slice(start, b.length - end), push)
  push("same", b.slice(b.length - end).join(""))
  return pieces
}

/** Longest common run of words, backwards in a table, then read forwards. */
function compare(a: readonly string[], b: readonly string[], push: (kind: Piece["kind"], text: string) => void): void {
  if (!a.length || !b.length || a.length * b.length > CELLS_MAX) {
    push("removed", a.join(""))
    push("added", b.join(""))
    return
  }
  const width = b.length + 1
  const table = new Uint16Array((a.length + 1) * width)
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--)
      table[i * width + j] = same(a[i], b[j]) ? table[(i + 1) * width + j + 1]! + 1 : Math.max(table[(i + 1) * width + j]!, table[i * width + j + 1]!)
  }
  let [i, j] = [0, 0]
  while (i < a.length && j < b.length) {
    if (same(a[i], b[j])) {
      push("same", b[j]!)
      i++
      j++
    } else if (table[(i + 1) * width + j]! >= table[i * width + j + 1]!) push("removed", a[i++]!)
    else push("added", b[j++]!)
  }
  push("removed", a.slice(i).join(""))
  push("added", b.slice(j).join(""))
}
