/** Text as windows-1258 bytes: base letter (with circumflex, breve or horn) followed by a combining tone mark, as old portals write it. */
let table: Map<string, number> | null = null

function bytesOfCharacters(): Map<string, number> {
  if (table) return table
  table = new Map()
  const decoder = new TextDecoder("windows-1258")
  for (let byte = 0; byte < 256; byte++) table.set(decoder.decode(Uint8Array.of(byte)), byte)
  return table
}

const tones = /[\u0300\u0301\u0303\u0309\u0323]/

export function toWindows1258(text: string): Uint8Array {
  const bytes = bytesOfCharacters()
  const out: number[] = []
  for (const character of text.normalize("NFC")) {
    const known = bytes.get(character)
    if (known !== undefined) {
      out.push(known)
      continue
    }
    const parts = character.normalize("NFD")
    const tone = parts.match(tones)?.[0]
    const base = bytes.get(parts.replace(tones, "").normalize("NFC"))
    const toneByte = tone && bytes.get(tone)
    if (base !== undefined && toneByte) out.push(base, toneByte)
    else out.push(...new TextEncoder().encode(`&#${character.codePointAt(0)};`))
  }
  return Uint8Array.from(out)
}
