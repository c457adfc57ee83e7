/** Bytes to text (feeds.md 2.1): what the bytes themselves prove wins over what anybody declares. */
import { isWindows1258, mendLetters } from "../base/broken-letters.ts"

export interface Decoded {
  text: string
  charset: string
  /** True when a declaration was wrong or letters were lost. */
  doubtful: boolean
}

const decoder = (label: string, fatal = false) => {
  try {
    return new TextDecoder(label, { fatal })
  } catch {
    return null
  }
}

function utf32(bytes: Uint8Array, littleEndian: boolean): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength - (bytes.byteLength % 4))
  const parts: string[] = []
  for (let at = 0; at < view.byteLength; at += 4) {
    const code = view.getUint32(at, littleEndian)
    parts.push(code <= 0x10ffff ? String.fromCodePoint(code) : "\ufffd")
  }
  return parts.join("")
}

/** By byte order mark, or by the zeros that "<" leaves in wide encodings. */
function wideCharset(b: Uint8Array): "utf-8" | "utf-16le" | "utf-16be" | "utf-32le" | "utf-32be" | null {
  if (b[0] === 0xef && b[1] === 0xbb && b[2] === 0xbf) return "utf-8"
  if (b[0] === 0xff && b[1] === 0xfe) return b[2] === 0 && b[3] === 0 ? "utf-32le" : "utf-16le"
  if (b[0] === 0xfe && b[1] === 0xff) return "utf-16be"
  if (b[0] === 0 && b[1] === 0) return (b[2] === 0xfe && b[3] === 0xff) || (b[2] === 0 && b[3] === 0x3c) ? "utf-32be" : null
  if (b[0] === 0x3c && b[1] === 0) return b[2] === 0 && b[3] === 0 ? "utf-32le" : "utf-16le"
  if (b[0] === 0 && b[1] === 0x3c) return "utf-16be"
  return null
}

export function decodeBytes(bytes: Uint8Array, contentType: string | null): Decoded {
  const decoded = decode(bytes, contentType)
  return { ...decoded, text: mendLetters(decoded.text) }
}

function decode(bytes: Uint8Array, contentType: string | null): Decoded {
  const wide = wideCharset(bytes)
  if (wide === "utf-32le" || wide === "utf-32be") return { text: utf32(bytes, wide === "utf-32le"), charset: wide, doubtful: false }
  if (wide === "utf-16le" || wide === "utf-16be") return { text: new TextDecoder(wide).decode(bytes), charset: wide, doubtful: false }
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes), charset: "utf-8", doubtful: false }
  } catch {
    // Not UTF-8 throughout: ask the declarations.
  }
  const head = new TextDecoder("latin1").decode(bytes.subarray(0, 1_024))
  const declared = [
    /charset\s*=\s*["']?([\w.:-]+)/i.exec(contentType ?? "")?.[1],
    /encoding\s*=\s*["']([\w.:-]+)/i.exec(head)?.[1],
    /<meta[^>]+charset\s*=\s*["']?([\w-]+)/i.exec(head)?.[1],
  ]
  for (const label of declared) {
    if (!label || /^(?:utf-?(?:8|16|32)|us-ascii$|ascii$|unicode)/i.test(label)) continue
    // Western is what a template says when nobody thought about it.
    const western = /^(?:windows-1252|iso-8859-1|latin1)$/i.test(label)
    const found = decoder(western && isWindows1258(bytes) ? "windows-1258" : label)
    if (found) return { text: found.decode(bytes), charset: found.encoding, doubtful: false }
  }
  // UTF-8 with a few broken letters is still UTF-8; a text in a one-byte charset breaks nearly all of them.
  const lossy = new TextDecoder("utf-8").decode(bytes)
  const broken = lossy.split("\ufffd").length - 1
  const sound = lossy.match(/[\u0080-\ufffc]/g)?.length ?? 0
  if (wide === "utf-8" || broken * 4 < sound) return { text: lossy, charset: "utf-8", doubtful: true }
  const charset = isWindows1258(bytes) ? "windows-1258" : "windows-1252"
  return { text: new TextDecoder(charset).decode(bytes), charset, doubtful: true }
}
