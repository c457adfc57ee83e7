/** What ends with the whole run of `bun test`; elsewhere with the process. */
const ends: (() => Promise<unknown>)[] = []
export const atEnd = (end: () => Promise<unknown>) => void ends.push(end)

export async function endAll() {
  for (const end of ends.splice(0).reverse()) await end()
}
