/**
 * Is the emblem flipped left-right? It is symmetric but for its lettering, so only the banner is compared: with the
 * reference lettering and with its mirror image. (The facets of the star differ between published drawings.)
 */
import type { Pose } from "./locate.ts"
import { highPass, type Plane, plane, sample } from "./planes.ts"
import { type Drawing, greenPatch, resize } from "./reference.ts"

const box = [0.17, 0.74, 0.83, 0.92] as const
const referenceHeight = 192
const blurRadius = 4
/** Drawings place their lettering a little differently: both comparisons may slide by this many pixels. */
const slide = 3

export interface Lettering {
  upright: Plane
  mirrored: Plane
}

export function letteringOf(drawing: Drawing): Lettering {
  const sized = resize(drawing, Math.round((referenceHeight * drawing.width) / drawing.height), referenceHeight)
  const upright = highPass(greenPatch(sized, box), blurRadius)
  return { upright, mirrored: flip(upright) }
}

function flip(source: Plane): Plane {
  const result = plane(source.width, source.height)
  for (let y = 0; y < source.height; y++) {
    for (let x = 0; x < source.width; x++) result.data[y * source.width + x] = source.data[y * source.width + source.width - 1 - x]!
  }
  return result
}

/** Agreement with the upright lettering minus agreement with the mirrored one: negative = flipped, near zero = illegible. */
export function lean(green: Plane, pose: Pose, aspect: number, lettering: Lettering): number {
  const patch = highPass(unwarp(green, pose, aspect, lettering.upright), blurRadius)
  return bestAgreement(patch, lettering.upright) - bestAgreement(patch, lettering.mirrored)
}

function unwarp(green: Plane, pose: Pose, aspect: number, like: Plane): Plane {
  const patch = plane(like.width, like.height)
  const size = green.width
  const tall = pose.height * size
  const wide = tall * aspect * pose.stretch
  const cos = Math.cos(pose.angle)
  const sin = Math.sin(pose.angle)
  for (let y = 0; y < patch.height; y++) {
    const dy = (box[1] + ((y + 0.5) / patch.height) * (box[3] - box[1]) - 0.5) * tall
    for (let x = 0; x < patch.width; x++) {
      const dx = (box[0] + ((x + 0.5) / patch.width) * (box[2] - box[0]) - 0.5) * wide
      patch.data[y * patch.width + x] = sample(green, pose.x * size + dx * cos - dy * sin, pose.y * size + dx * sin + dy * cos)
    }
  }
  return patch
}

function bestAgreement(patch: Plane, lettering: Plane): number {
  let best = -1
  for (let dy = -slide; dy <= slide; dy++) {
    for (let dx = -slide; dx <= slide; dx++) best = Math.max(best, agreement(patch, lettering, dx, dy))
  }
  return best
}

function agreement(patch: Plane, lettering: Plane, dx: number, dy: number): number {
  const { width, height } = lettering
  let [dot, own, other] = [0, 1, 1]
  for (let y = slide; y < height - slide; y++) {
    const from = y * width
    const to = (y + dy) * width + dx
    for (let x = slide; x < width - slide; x++) {
      const a = lettering.data[from + x]!
      const b = patch.data[to + x]!
      dot += a * b
      own += a * a
      other += b * b
    }
  }
  return dot / Math.sqrt(own * other)
}
