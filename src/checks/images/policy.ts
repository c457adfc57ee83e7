/** What counts as proper use of the emblem: settings, not arithmetic. The plans say nothing on size, so these are ours. */
export interface ImagePolicy {
  /** Height of the emblem as share of the frame: from here on it is proper, … */
  heightMin: number
  /** … below this it is plainly too small; between the two a person looks. */
  heightReview: number
  /** Distance of the emblem's centre from the frame's, share of the frame. */
  offsetMax: number
  /** Logit above which the picture is the emblem, and above which a person looks. */
  matchLogit: number
  reviewLogit: number
  /** Lean (mirror.ts) below which the lettering counts as flipped, and above which it is surely upright. */
  mirroredLean: number
  uprightLean: number
  /** Correlation with a registered logo: match from, a person looks from. */
  logoMatch: number
  logoReview: number
  /** Correlation from which a look-alike is named. */
  namedFrom: number
  /** IMG-4: pixels a side below which the picture is hard to read. */
  readableSide: number
}

export const defaultPolicy: ImagePolicy = {
  heightMin: 0.48,
  heightReview: 0.44,
  offsetMax: 0.16,
  matchLogit: 0,
  reviewLogit: -3,
  mirroredLean: -0.025,
  uprightLean: 0.025,
  logoMatch: 0.8,
  logoReview: 0.5,
  namedFrom: 0.78,
  readableSide: 180,
}
