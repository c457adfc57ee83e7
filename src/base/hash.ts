import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto"

export const sha256 = (data: string | Uint8Array) => createHash("sha256").update(data).digest("hex")
export const hmacSha256 = (key: string | Uint8Array, data: string | Uint8Array) => createHmac("sha256", key).update(data).digest("hex")

/** A short stable id from its parts: 24 hex digits (96 bits). The parts are kept apart by a character no part may hold. */
export const idOf = (...parts: string[]) => sha256(parts.join("\u0000")).slice(0, 24)

/** A fresh id that sorts by time: 11 digits of base-36 milliseconds and 10 random ones. */
export const newId = (now: number) => now.toString(36).padStart(9, "0") + randomBytes(6).toString("hex")

/** Constant-time comparison of two texts of any length. */
export function sameText(a: string, b: string): boolean {
  const left = createHash("sha256").update(a).digest()
  const right = createHash("sha256").update(b).digest()
  return timingSafeEqual(left, right)
}
