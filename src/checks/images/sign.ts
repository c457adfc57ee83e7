/** Any other registered sign: a department's logo to be confirmed, or a look-alike to be named. */
import type { Channels, Raster } from "./decode.ts"
import { climb, correlate, correlateAll, type Pose, searchCoarse } from "./locate.ts"
import { clamp, type Plane, plane } from "./planes.ts"
import { type Channel, colourTemplatesOf, contrastOf, type Drawing, type Template, templateOf } from "./reference.ts"

export interface SignReference {
  aspect: number
  /**
   * "colour": the inside of the sign has contrast and is compared in three colours. "shape": a line logo of one colour,
   * only its silhouette can be compared, with the distance from the background's colour.
   */
  by: "colour" | "shape"
  strongest: Channel
  coarse: Template[][]
  middle: Template
  fine: Template[]
}

/** Standard deviation in grey levels below which the inside of a sign counts as one colour. */
const contrastMin = 18

export function signReference(drawing: Drawing): SignReference {
  const aspect = drawing.width / drawing.height
  const contrasts = (["red", "green", "blue"] as const).map((channel) => ({ channel, contrast: contrastOf(drawing, channel) }))
  const top = contrasts.reduce((a, b) => (b.contrast > a.contrast ? b : a))
  const by = Math.sqrt(top.contrast) < contrastMin ? "shape" : "colour"
  const strongest: Channel = by === "shape" ? "alpha" : top.channel
  const at = (height: number) => (by === "shape" ? [templateOf(drawing, height, "alpha")] : colourTemplatesOf(drawing, height))
  // Sizes are those of the longer side: a wide logo fills the frame's width, not its height.
  const coarse: Template[][] = []
  for (let side = 17; side <= 41; side = Math.round(side * 1.14)) coarse.push(at(Math.max(4, Math.round(side / Math.max(1, aspect)))))
  return { aspect, by, strongest, coarse, middle: templateOf(drawing, 32, strongest), fine: at(64) }
}

const planesOf = (channels: Channels) => [channels.red, channels.green, channels.blue]

/** The coarse stage alone: enough to name a look-alike. -1 … 1. */
export function resemblance(raster: Raster, sign: SignReference): number {
  return searchCoarse(viewOf(raster.tiny, sign), sign.coarse, 0.2)[0]?.score ?? 0
}

/** Full search: where the sign is and how well it agrees, -1 … 1. */
export function findSign(raster: Raster, sign: SignReference): { pose: Pose; score: number } {
  const starts = searchCoarse(viewOf(raster.tiny, sign), sign.coarse, 0.2).slice(0, 4)
  const small = strongestOf(raster.small, sign)
  const middle = viewOf(raster.middle, sign)
  const how = { rounds: 5, step: { move: 0.05, height: 0.05, angle: 0.05, stretch: 0.02 }, shrink: 0.6 }
  const refined = starts.map((start) => climb(small, sign.middle, start, sign.aspect, how)).sort((a, b) => b.score - a.score)[0]
  if (!refined) return { pose: { x: 0.5, y: 0.5, height: 1, angle: 0, stretch: 1 }, score: 0 }
  const score =
    sign.by === "shape" ? correlate(middle[0]!, sign.fine[0]!, refined.pose, sign.aspect) : correlateAll(middle, sign.fine, refined.pose, sign.aspect)
  return { pose: refined.pose, score }
}

const viewOf = (channels: Channels, sign: SignReference): Plane[] => (sign.by === "shape" ? [distanceFromBorder(channels)] : planesOf(channels))

const strongestOf = (channels: Channels, sign: SignReference): Plane =>
  sign.strongest === "alpha" ? distanceFromBorder(channels) : channels[sign.strongest]

/** How far each pixel is from the usual colour of the frame's edge, 0..255. */
function distanceFromBorder(channels: Channels): Plane {
  const { width, height } = channels.red
  const edge = (of: Plane) => {
    const values: number[] = []
    for (let x = 0; x < width; x++) values.push(of.data[x]!, of.data[(height - 1) * width + x]!)
    for (let y = 0; y < height; y++) values.push(of.data[y * width]!, of.data[y * width + width - 1]!)
    return values.sort((a, b) => a - b)[values.length >> 1]!
  }
  const [red, green, blue] = [edge(channels.red), edge(channels.green), edge(channels.blue)]
  const result = plane(width, height)
  for (let at = 0; at < result.data.length; at++) {
    result.data[at] = clamp(Math.hypot(channels.red.data[at]! - red, channels.green.data[at]! - green, channels.blue.data[at]! - blue), 0, 255)
  }
  return result
}
