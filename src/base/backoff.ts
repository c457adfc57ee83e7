/** Exponential back-off with jitter: `base·2^(attempt-1)`, never above `max`, ±20 % by `random` (0..1). */
export function backoffMs(attempt: number, base: number, max: number, random = Math.random()): number {
  const raw = Math.min(max, base * 2 ** Math.min(30, Math.max(0, attempt - 1)))
  return Math.round(raw * (0.8 + 0.4 * random))
}
