/** Chance that can be repeated: everything made up in the rehearsal comes from the seed and a name. */

/** mulberry32: small, fast, good enough to make up a province. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** FNV-1a of the text, mixed with the seed: one number per name. */
export function hashOf(seed: number, name: string): number {
  let hash = (2_166_136_261 ^ seed) >>> 0
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 16_777_619) >>> 0
  hash ^= hash >>> 16
  hash = Math.imul(hash, 0x85ebca6b) >>> 0
  return (hash ^ (hash >>> 13)) >>> 0
}

export const pick = <T>(list: readonly T[], number: number): T => list[number % list.length]!

/** `count` decimal digits of a made-up permanent id. */
export function digitsOf(seed: number, name: string, count: number): string {
  const random = randomOf(hashOf(seed, name))
  let digits = ""
  while (digits.length < count) digits += String(Math.floor(random() * 1e6)).padStart(6, "0")
  return digits.slice(0, count)
}

/** A made-up token: letters and digits only, so that it travels through every encoding. */
export function tokenOf(seed: number, name: string, length: number): string {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
  const random = randomOf(hashOf(seed, `token ${name}`))
  let token = ""
  while (token.length < length) token += letters[Math.floor(random() * letters.length)]
  return token
}

export function hexOf(seed: number, name: string, length: number): string {
  const random = randomOf(hashOf(seed, `hex ${name}`))
  let hex = ""
  while (hex.length < length) hex += Math.floor(random() * 65_536).toString(16).padStart(4, "0")
  return hex.slice(0, length)
}
