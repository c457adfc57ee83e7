/** How names and handles are compared when somebody may have copied them. */

/** A name without diacritics, signs and case, zeros read as the letter: what an imitation looks like at a glance. Words are parted by one space. */
export const bareName = (text: string): string =>
  text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/đ/gi, "d")
    .toLowerCase()
    .replace(/0/g, "o")
    .replace(/[^a-z0-9]+/g, " ")
    .trim()

/** Handles are compared without case and dots, as Facebook does. */
export const handleKey = (handle: string): string => handle.toLowerCase().replace(/^@/, "").replaceAll(".", "")
/** What the eye confuses: separators left out, 0 as o, 1 and i as l. */
export const eyeKey = (handle: string): string =>
  handle.toLowerCase().replace(/[^a-z0-9]/g, "").replace(/0/g, "o").replace(/[1i]/g, "l").replace(/rn/g, "m")
