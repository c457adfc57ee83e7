/**
 * Is the emblem flipped left-right? It is symmetric but for its lettering (the facets of the star differ between
 * published drawings), so only the words "VIỆT NAM" are compared: as they are, and as a mirror shows them. Drawings set
 * them in other sizes and a little higher or lower, so both readings may slide and scale to their best fit.
 */
import type { Pose } from "./locate.ts"
import { highPass, type Plane, plane, sample } from "./planes.ts"
import { type Drawing, greenPatch, resize } from "./reference.ts"

/** The words in the reference drawing, fractions of its box. */
const words = [0.335, 0.805, 0.665, 0.9] as const
/** Pixels of emblem height at which lettering is compared: one letter is about 13 pixels high. */
const lettersAt = 192
const blurRadius = 5
const scales = [0.82, 0.92, 1.03, 1.16, 1.3]
/** How far the words may slide, in those pixels. */
const slideX = 3
const slideY = 7

export interface Lettering {
  upright: Plane
  mirrored: Plane
}

export function letteringOf(drawing: Drawing): Lettering {
  const sized = resize(drawing, Math.round((lettersAt * drawing.width) / drawing.height), lettersAt)
  const upright = unit(highPass(greenPatch(sized, words), blurRadius))
  return { upright, mirrored: flip(upright) }
}

function flip(source: Plane): Plane {
  const result = plane(source.width, source.height)
  for (let y = 0; y < source.height; y++) {
    for (let x = 0; x < source.width; x++) result.data[y * source.width + x] = source.data[y * source.width + source.width - 1 - x]!
  }
  return result
}

function unit(source: Plane): Plane {
  const norm = Math.sqrt(source.data.reduce((sum, value) => sum + value * value, 0)) || 1
  for (let at = 0; at < source.data.length; at++) source.data[at]! /= norm
  return source
}

/** Agreement with the upright words minus agreement with the mirrored ones: negative = flipped, near zero = illegible. */
export function lean(green: Plane, pose: Pose, aspect: number, lettering: Lettering): number {
  let [upright, mirrored] = [-1, -1]
  for (const scale of scales) {
    const patch = highPass(unwarp(green, pose, aspect, lettering.upright, scale), blurRadius)
    for (let y = 0; y <= 2 * slideY; y++) {
      for (let x = 0; x <= 2 * slideX; x++) {
        const [as, flipped] = agreements(patch, lettering, x, y)
        if (as > upright) upright = as
        if (flipped > mirrored) mirrored = flipped
      }
    }
  }
  return upright - mirrored
}

/** The neighbourhood of the words, as if lettered at `scale` of the reference's size, with room to slide. */
function unwarp(green: Plane, pose: Pose, aspect: number, like: Plane, scale: number): Plane {
  const patch = plane(like.width + 2 * slideX, like.height + 2 * slideY)
  const size = green.width
  const unitY = (pose.height * size) / lettersAt
  const unitX = unitY * pose.stretch
  const cos = Math.cos(pose.angle)
  const sin = Math.sin(pose.angle)
  const middleX = ((words[0] + words[2]) / 2 - 0.5) * aspect * lettersAt
  const middleY = ((words[1] + words[3]) / 2 - 0.5) * lettersAt
  for (let y = 0; y < patch.height; y++) {
    const dy = (middleY + (y + 0.5 - patch.height / 2) * scale) * unitY
    for (let x = 0; x < patch.width; x++) {
      const dx = (middleX + (x + 0.5 - patch.width / 2) * scale) * unitX
      patch.data[y * patch.width + x] = sample(green, pose.x * size + dx * cos - dy * sin, pose.y * size + dx * sin + dy * cos)
    }
  }
  return patch
}

function agreements(patch: Plane, { upright, mirrored }: Lettering, x0: number, y0: number): [number, number] {
  const { width, height } = upright
  let [as, flipped, own] = [0, 0, 1]
  for (let y = 0; y < height; y++) {
    const from = y * width
    const to = (y + y0) * patch.width + x0
    for (let x = 0; x < width; x++) {
      const value = patch.data[to + x]!
      own += value * value
      as += upright.data[from + x]! * value
      flipped += mirrored.data[from + x]! * value
    }
  }
  const norm = Math.sqrt(own)
  return [as / norm, flipped / norm]
}
