/** Does a style make an element unseen? Every trick of safety.md 3.4 and its near relations. */

const zero = (value: string) => /^[+-]?0*(?:\.0*)?\d*?(?:px|pt|em|rem|%|vw|vh|ex|ch|cm|mm|in)?$/.test(value) && Number.parseFloat(value) === 0
const tinyLength = (value: string, pixels: number) => {
  const number = Number.parseFloat(value)
  if (!Number.isFinite(number) || number < 0) return false
  const scale = /em$/.test(value) ? 16 : /%$/.test(value) ? 0.16 : /pt$/.test(value) ? 1.33 : /px$|^[\d.+-]+$/.test(value) ? 1 : 1_000
  return number * scale <= pixels
}
/** Moved out of the window: hundreds of pixels, or more than the whole window. */
const farAway = (value: string) => {
  const number = Number.parseFloat(value)
  if (!Number.isFinite(number)) return false
  if (/(?:em|rem|ex|ch)$/.test(value)) return number <= -30 || number >= 200
  if (/(?:vw|vh|vmin|vmax|%)$/.test(value)) return number <= -100 || number >= 100
  return number <= -300 || number >= 3_000
}

/** Declarations of a style text: comments and escapes resolved, names in lower case, the last one wins. */
export function declarations(style: string): Map<string, string> {
  const clean = style
    .slice(0, 2_000)
    .replace(/\/\*.*?\*\//gs, "")
    .replace(/\\([0-9a-f]{1,6})\s?/gi, (_, code: string) => {
      const point = Number.parseInt(code, 16)
      return point > 0 && point < 0x110000 ? String.fromCodePoint(point) : ""
    })
    .replace(/\\(.)/g, "$1")
    .toLowerCase()
  const found = new Map<string, string>()
  for (const part of clean.split(";")) {
    const colon = part.indexOf(":")
    if (colon > 0) found.set(part.slice(0, colon).trim(), part.slice(colon + 1).replace(/!\s*important/, "").trim())
  }
  return found
}

const names: Record<string, string> = { white: "#ffffff", black: "#000000" }
/** A colour in one spelling; null when it is none we can compare. */
export function colour(value: string | undefined): string | null {
  if (!value) return null
  const word = /#[0-9a-f]{3,8}\b|rgba?\([^)]*\)|hsla?\([^)]*\)|\b[a-z]+\b/.exec(value.toLowerCase())?.[0]
  if (!word) return null
  const named = names[word] ?? word
  const short = /^#([0-9a-f])([0-9a-f])([0-9a-f])$/.exec(named)
  if (short) return `#${short[1]!.repeat(2)}${short[2]!.repeat(2)}${short[3]!.repeat(2)}`
  const rgb = /^rgba?\(\s*(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})(?:[\s,/]+([\d.]+%?))?/.exec(named)
  if (rgb) {
    if (rgb[4] !== undefined && Number.parseFloat(rgb[4]) === 0) return "transparent"
    return `#${[rgb[1], rgb[2], rgb[3]].map((part) => Math.min(255, Number(part)).toString(16).padStart(2, "0")).join("")}`
  }
  if (/^hsla?\(\s*[\d.]+[\s,]+[\d.]+%[\s,]+100%/.test(named)) return "#ffffff"
  return named.slice(0, 7) === "#ffffff" ? "#ffffff" : named
}
const nearWhite = (value: string | null) =>
  value !== null && /^#f[a-f0-9]f[a-f0-9]f[a-f0-9]$/.test(value) && Number.parseInt(value.slice(1, 3), 16) >= 0xfa

/** `ground`: the background the element stands on. Answers which trick hides it, or null. */
export function hiddenBy(style: Map<string, string>, ground: string): string | null {
  const at = (name: string) => style.get(name) ?? ""
  if (/^none/.test(at("display"))) return "display"
  if (/^(?:hidden|collapse)/.test(at("visibility")) || /^hidden/.test(at("content-visibility"))) return "visibility"
  const font = at("font-size") || /(?:^|\s)([\d.]+(?:px|pt|em|rem|%)?)(?:\/|\s)/.exec(at("font"))?.[1] || ""
  if (font && tinyLength(font, 2)) return "font-size"
  if (at("opacity") && Number.parseFloat(at("opacity")) <= 0.05 * (/%$/.test(at("opacity")) ? 100 : 1)) return "opacity"
  if (/opacity\s*[(=]\s*0*(?:\.0\d*)?\s*%?\s*\)/.test(at("filter"))) return "opacity"
  const placed = /^(?:absolute|fixed|relative|sticky)/.test(at("position"))
  for (const side of ["left", "top", "right", "bottom"]) if (placed && farAway(at(side))) return "off-screen"
  for (const side of ["margin-left", "margin-top", "text-indent", "margin-right", "inset"]) if (at(side) && farAway(at(side))) return "off-screen"
  if (
    at("margin")
      .split(/\s+/)
      .some((value) => Number.parseFloat(value) <= -300)
  )
    return "off-screen"
  if (
    /translate[xy3d]*\(\s*[^)]*-\s*(?:\d{3,}px|\d{2,}(?:em|rem)|[1-9]\d{2,}(?:%|vw|vh))/.test(at("transform")) ||
    /scale[xy3d]*\(\s*0*(?:\.0+\d?)?\s*[,)]/.test(at("transform"))
  )
    return "transform"
  if (/rect\(\s*(?:0|1px|auto)[\s,0-9a-z]*\)/.test(at("clip")) && !/auto/.test(at("clip"))) return "clip"
  if (/inset\(\s*(?:50|100)%|circle\(\s*0|polygon\(\s*(?:0(?:px|%)?\s+0(?:px|%)?\s*,?\s*)+\)/.test(at("clip-path"))) return "clip"
  const clipped = /hidden|clip/.test(at("overflow") + at("overflow-y") + at("overflow-x"))
  for (const side of ["height", "width", "max-height", "max-width"]) {
    const value = at(side)
    if (value && (zero(value) || tinyLength(value, 1)) && (clipped || placed || /width/.test(side) || zero(value))) return "no-size"
  }
  if (at("line-height") && zero(at("line-height")) && clipped) return "no-size"
  if (/^-\d/.test(at("z-index")) && /^(?:absolute|fixed)/.test(at("position"))) return "behind"
  const ink = colour(style.get("color") ?? style.get("-webkit-text-fill-color"))
  if (ink === "transparent") return "colour"
  if (ink && (ink === ground || (nearWhite(ink) && nearWhite(ground)))) return "colour"
  return null
}

/** Selectors (".x", "#y") of a style sheet whose rule hides. Nested at-rules are read flat. */
export function hidingSelectors(sheet: string, into: Set<string>): void {
  for (const [, selectors = "", body = ""] of sheet.slice(0, 20_000).matchAll(/([^{}]{1,400})\{([^{}]{0,2000})\}/g)) {
    if (!hiddenBy(declarations(body), "#ffffff")) continue
    for (const [name] of selectors.matchAll(/[.#][\w-]+(?=\s*(?:,|$|\{))/g)) if (into.size < 200) into.add(name.toLowerCase())
  }
}
