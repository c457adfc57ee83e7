/** Finding the national emblem in a raster and measuring it. No verdict yet. */
import { compare, type Grid, gridOf, type Scores } from "./compare.ts"
import type { Raster } from "./decode.ts"
import { type Climb, climb, type Found, type Pose, searchCoarse } from "./locate.ts"
import { lean, type Lettering, letteringOf } from "./mirror.ts"
import { type Drawing, type Template, templateOf } from "./reference.ts"

export interface EmblemReference {
  aspect: number
  grid: Grid
  lettering: Lettering
  /** Coarse templates for the 40-pixel plane: sizes of a proper avatar, and smaller ones for the second look. */
  coarse: Template[][]
  coarseSmall: Template[][]
  middle: Template
  fine: Template
}

export interface Measured {
  pose: Pose
  scores: Scores
}

/** Green separates red (low) from gold (high), and correlation ignores brightness and contrast. */
const channel = "green"

export function emblemReference(drawing: Drawing): EmblemReference {
  const heights = (from: number, to: number, factor: number) => {
    const list: number[] = []
    for (let height = from; height <= to; height *= factor) list.push(Math.round(height))
    return [...new Set(list)].map((height) => [templateOf(drawing, height, channel)])
  }
  return {
    aspect: drawing.width / drawing.height,
    grid: gridOf(drawing),
    lettering: letteringOf(drawing),
    coarse: heights(17, 41.5, 1.07),
    coarseSmall: heights(7, 16, 1.1),
    middle: templateOf(drawing, 32, channel),
    fine: templateOf(drawing, 64, channel),
  }
}

const firstClimb: Climb = { rounds: 5, step: { move: 4 / 80, height: 0.05, angle: 0.05, stretch: 0 }, shrink: 0.6 }
const lastClimb: Climb = { rounds: 4, step: { move: 1 / 80, height: 0.015, angle: 0.015, stretch: 0.02 }, shrink: 0.6 }
const starts = 4

/** The best place for a whole emblem of 42 to 103 % of the frame. */
export function measure(raster: Raster, reference: EmblemReference): Measured {
  const coarse = searchCoarse([raster.tiny.green], reference.coarse, 0.2).slice(0, starts)
  const refined = best(coarse.map((start) => climb(raster.small.green, reference.middle, start, reference.aspect, firstClimb)))
  const { pose } = climb(raster.middle.green, reference.fine, refined, reference.aspect, lastClimb)
  return { pose, scores: compare(raster.middle, pose, reference.grid) }
}

/** See mirror.ts: negative = flipped left-right. Worth asking only of a true emblem. */
export const leanOf = (raster: Raster, pose: Pose, reference: EmblemReference) => lean(raster.fine.green, pose, reference.aspect, reference.lettering)

/** The same for an emblem of 17 to 40 % of the frame, anywhere in it. */
export function measureSmall(raster: Raster, reference: EmblemReference): Measured {
  const coarse = searchCoarse([raster.tiny.green], reference.coarseSmall, 0.45).slice(0, starts)
  const gentle: Climb = { ...firstClimb, step: { ...firstClimb.step, move: 0.02 } }
  const refined = best(coarse.map((start) => climb(raster.middle.green, reference.middle, start, reference.aspect, gentle)))
  const { pose } = climb(raster.fine.green, reference.fine, refined, reference.aspect, { ...lastClimb, step: { ...lastClimb.step, move: 0.005 } })
  return { pose, scores: compare(raster.fine, pose, reference.grid) }
}

const best = (list: Found[]) => list.reduce((top, found) => (found.score > top.score ? found : top))
