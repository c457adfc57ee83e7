/** Picture + expectation → verdict with a sentence a person understands. */
import { sha256 } from "../../base/hash.ts"
import { type Part, partNames, partWords } from "./compare.ts"
import { decode, limits, type Problem, type Raster } from "./decode.ts"
import { leanOf, measure, type Measured, measureSmall } from "./emblem.ts"
import { type Library, openLibrary } from "./library.ts"
import type { Pose } from "./locate.ts"
import { logit, model, probability, weakestPart } from "./model.ts"
import { defaultPolicy, type ImagePolicy } from "./policy.ts"
import { findSign, resemblance } from "./sign.ts"

/** "emblem", or a logo registered as `accounts/images/logos/<id>.png`. */
export type Expectation = "emblem" | `logo:${string}`

export interface ImageEvidence {
  sha256: string
  modelVersion: string
  /** Original size in pixels; 0 when it could not be read. */
  width: number
  height: number
  /** Height of the emblem (or logo) and distance of its centre from the middle, shares of the frame. */
  heightShare: number | null
  offset: number | null
  /** Degrees, clockwise. */
  angle: number | null
  /** Form agreement of each part, -1 … 1. */
  parts: Partial<Record<Part, number>>
  /** true: flipped left-right; false: upright; null: the lettering is too small to tell. */
  mirrored: boolean | null
}

export interface ImageVerdict {
  /** "doubtful": a person looks. */
  verdict: "match" | "doubtful" | "other"
  /** 0 … 1, how surely the picture shows what is expected; 0.5 is the border. */
  score: number
  /** One Vietnamese sentence. */
  explanation: string
  /**
   * IMG-2: emblem where a logo is due. IMG-4: the right sign, but badly used. IMG-6: nothing on the picture.
   * Absent otherwise: a plain "other" breaks the clause that set the expectation (IMG-1, IMG-2 or IMG-3).
   */
  rule?: "IMG-2" | "IMG-4" | "IMG-6"
  /** Advice beside a match, in Vietnamese. */
  notes: string[]
  evidence: ImageEvidence
}

export interface ImageJudge {
  judge(bytes: Uint8Array, options: { expect: readonly Expectation[] }): Promise<ImageVerdict>
}

type Answer = Omit<ImageVerdict, "evidence" | "notes"> & { notes?: string[]; evidence?: Partial<ImageEvidence> }

export function createImageJudge(options: { imagesDir: string; policy?: Partial<ImagePolicy> }): ImageJudge {
  const policy = { ...defaultPolicy, ...options.policy }
  const library = openLibrary(options.imagesDir)
  return {
    async judge(bytes, { expect }) {
      const { reference, sha256: referenceSha } = await library.emblem()
      const decoded = await decode(bytes)
      const evidence: ImageEvidence = {
        sha256: sha256(bytes), modelVersion: `${model.version}/${referenceSha.slice(0, 8)}`,
        width: 0, height: 0, heightShare: null, offset: null, angle: null, parts: {}, mirrored: null,
      }
      if ("problem" in decoded) {
        return { verdict: "doubtful", score: 0, explanation: `Không kiểm tra được: ${problemWords[decoded.problem]}.`, notes: [], evidence }
      }
      const { raster } = decoded
      const emblem = measure(raster, reference)
      const asEmblem = expect.includes("emblem")
      let answer: Answer
      if (isBlank(raster)) answer = { verdict: "other", score: 0, rule: "IMG-6", explanation: "Ảnh trống, chỉ có một màu." }
      else if (asEmblem) answer = judgeEmblem(emblem, policy, () => leanOf(raster, emblem.pose, reference))
      else answer = emblemWhereLogoIsDue(emblem, policy) ?? { verdict: "other", score: 0, explanation: "" }
      const logos = expect.filter((entry) => entry.startsWith("logo:")).map((entry) => entry.slice("logo:".length))
      if (logos.length && answer.verdict !== "match" && !answer.rule) answer = better(answer, await judgeLogos(raster, logos, library, policy))
      if (answer.verdict === "other" && !answer.rule) answer = await explainOther(answer, raster, asEmblem, emblem, library, policy)
      const small = answer.verdict === "match" && Math.min(raster.width, raster.height) < policy.readableSide
      return {
        verdict: answer.verdict,
        score: Math.round(answer.score * 1_000) / 1_000,
        explanation: answer.explanation,
        ...(answer.rule ? { rule: answer.rule } : {}),
        notes: [
          ...(answer.notes ?? []),
          ...(small
            ? [`Ảnh chỉ có ${raster.width}×${raster.height} px, nên dùng ảnh từ ${policy.readableSide}×${policy.readableSide} px trở lên.`]
            : []),
        ],
        evidence: { ...evidence, width: raster.width, height: raster.height, ...(answer.evidence ?? {}) },
      }

      async function explainOther(found: Answer, of: Raster, wanted: boolean, measured: Measured, from: Library, by: ImagePolicy): Promise<Answer> {
        const tiny = wanted && hasRedAndGold(of) ? measureSmall(of, reference) : null
        if (tiny && logit(tiny.scores) > by.matchLogit) {
          return {
            verdict: "other",
            score: found.score,
            rule: "IMG-4",
            explanation: `Có Quốc huy nhưng quá nhỏ: chỉ cao ${percent(tiny.pose.height)} khung hình, cần từ ${percent(by.heightMin)}.`,
            evidence: evidenceOf(tiny),
          }
        }
        const named = await nameSign(of, from, by)
        const lead = wanted ? "Không phải Quốc huy" : "Không phải biểu trưng đã đăng ký"
        if (named) return { ...found, explanation: `${lead}; giống ${named.label} (${decimal(named.score)}).` }
        if (wanted && isRecoloured(measured))
          return { ...found, rule: "IMG-4", explanation: "Có hình dạng Quốc huy nhưng màu sắc không phải đỏ và vàng của Quốc huy." }
        return { ...found, explanation: found.explanation || `${lead}.` }
      }
    },
  }
}

const problemWords: Record<Problem, string> = {
  empty: "tệp rỗng",
  too_big: `ảnh quá lớn (tối đa ${limits.bytes / 1_000_000} MB và ${limits.pixels / 1_000_000} triệu điểm ảnh)`,
  svg: "tệp SVG không được chấp nhận, hãy dùng JPEG hoặc PNG",
  not_image: "tệp không phải ảnh JPEG, PNG, WebP, GIF hoặc AVIF",
  animated: "ảnh động",
  too_small: `ảnh nhỏ hơn ${limits.sideMin}×${limits.sideMin} px`,
  cmyk: "ảnh dùng hệ màu in (CMYK)",
  damaged: "tệp ảnh bị hỏng hoặc bị cắt cụt",
}

const percent = (share: number) => `${Math.round(share * 100)} %`
const decimal = (value: number) => value.toFixed(2).replace(".", ",")
const offsetOf = (pose: Pose) => Math.hypot(pose.x - 0.5, pose.y - 0.5)

function evidenceOf({ pose, scores }: Measured): Partial<ImageEvidence> {
  const round = (value: number) => Math.round(value * 1_000) / 1_000
  return {
    heightShare: round(pose.height),
    offset: round(offsetOf(pose)),
    angle: Math.round((pose.angle * 1_800) / Math.PI) / 10,
    parts: Object.fromEntries(partNames.map((part) => [part, round(scores[`form.${part}`])])),
  }
}

function judgeEmblem(measured: Measured, policy: ImagePolicy, lean: () => number): Answer {
  const sure = logit(measured.scores)
  const evidence = evidenceOf(measured)
  const score = probability(sure)
  const { height } = measured.pose
  const offset = offsetOf(measured.pose)
  if (sure <= policy.reviewLogit) return { verdict: "other", score, explanation: "Không phải Quốc huy." }
  if (sure <= policy.matchLogit) {
    const weakest = weakestPart(measured.scores)
    const part = weakest ? `; phần khớp kém nhất: ${partWords[weakest]}` : ""
    return { verdict: "doubtful", score, explanation: `Gần giống Quốc huy nhưng chưa đủ chắc${part}.`, evidence }
  }
  const held = (verdict: "doubtful" | "other", explanation: string): Answer => ({
    verdict,
    score: Math.min(score, 0.49),
    rule: "IMG-4",
    explanation,
    evidence,
  })
  if (height < policy.heightMin) {
    return held(
      height < policy.heightReview ? "other" : "doubtful",
      `Có Quốc huy nhưng quá nhỏ: chỉ cao ${percent(height)} khung hình, cần từ ${percent(policy.heightMin)}.`,
    )
  }
  const side = lean()
  evidence.mirrored = side < policy.mirroredLean ? true : side > policy.uprightLean ? false : null
  if (evidence.mirrored) return held("doubtful", "Quốc huy có vẻ bị lật ngược trái-phải.")
  if (offset > policy.offsetMax) return held("doubtful", `Quốc huy đặt lệch tâm ${percent(offset)}, cho phép đến ${percent(policy.offsetMax)}.`)
  return {
    verdict: "match",
    score,
    explanation:
      `Quốc huy, chiếm ${percent(height)} khung hình, lệch tâm ${percent(offset)}, độ tương đồng ${decimal(measured.scores.form)}` +
      (evidence.mirrored === null ? "; chữ quá nhỏ để biết có bị lật ngược hay không." : "."),
    evidence,
  }
}

/** Rule IMG-2: departments use the logo of their sector or of the province; the emblem there is a finding of its own. */
function emblemWhereLogoIsDue(measured: Measured, policy: ImagePolicy): Answer | null {
  if (logit(measured.scores) <= policy.matchLogit) return null
  return {
    verdict: "other",
    score: 0,
    rule: "IMG-2",
    explanation: "Ảnh là Quốc huy; sở, ban, ngành dùng biểu trưng của ngành hoặc của tỉnh.",
    evidence: evidenceOf(measured),
  }
}

const logoId = /^[a-z0-9]+(?:-[a-z0-9]+)*$/

async function judgeLogos(raster: Raster, ids: string[], library: Library, policy: ImagePolicy): Promise<Answer> {
  let best: Answer | null = null
  const missing: string[] = []
  for (const id of ids) {
    const references = logoId.test(id) ? await library.logo(id) : []
    if (!references.length) missing.push(id)
    for (const reference of references) {
      const { pose, score } = findSign(raster, reference)
      const evidence = { heightShare: Math.round(pose.height * 1_000) / 1_000, offset: Math.round(offsetOf(pose) * 1_000) / 1_000 }
      // 0.5 on our scale is the border of a match, whatever the correlation's own border is.
      const scaled = Math.max(
        0,
        Math.min(1, score >= policy.logoMatch ? 0.5 + (0.5 * (score - policy.logoMatch)) / (1 - policy.logoMatch) : (0.5 * score) / policy.logoMatch),
      )
      const found: Answer =
        score >= policy.logoMatch
          ? {
              verdict: "match",
              score: scaled,
              explanation: `Biểu trưng đã đăng ký “${id}”, chiếm ${percent(pose.height)} khung hình, độ tương đồng ${decimal(score)}.`,
              evidence,
            }
          : score >= policy.logoReview
            ? {
                verdict: "doubtful",
                score: scaled,
                explanation: `Có nét giống biểu trưng đã đăng ký “${id}” (${decimal(score)}) nhưng chưa đủ chắc, cần người xem.`,
                evidence,
              }
            : { verdict: "other", score: scaled, explanation: "" }
      best = best ? better(best, found) : found
    }
  }
  if (best?.verdict === "match") return best
  if (missing.length) {
    return {
      verdict: "doubtful",
      score: best?.score ?? 0,
      explanation: `Chưa có ảnh mẫu được duyệt của biểu trưng cần đối chiếu (${missing.map(logoName).join(", ")}), cần người xem.`,
    }
  }
  return best ?? { verdict: "doubtful", score: 0, explanation: "Không nêu ảnh nào được chấp nhận, cần người xem." }
}

const logoName = (id: string) => (id === "province" ? "biểu trưng tỉnh" : `mã ${id}`)
const rank = { match: 2, doubtful: 1, other: 0 }
const better = (a: Answer, b: Answer) => (rank[b.verdict] > rank[a.verdict] || (b.verdict === a.verdict && b.score > a.score) ? b : a)

async function nameSign(raster: Raster, library: Library, policy: ImagePolicy): Promise<{ label: string; score: number } | null> {
  let best: { label: string; score: number } | null = null
  for (const sign of await library.signs()) {
    for (const reference of sign.references) {
      const score = resemblance(raster, reference)
      if (score > Math.max(sign.from ?? policy.namedFrom, best?.score ?? 0)) best = { label: sign.label, score }
    }
  }
  return best
}

/** The whole form is there, its colours are not. */
const isRecoloured = ({ scores }: Measured) => Math.abs(scores.form) > 0.7 && (scores["colour.red"] < 0.5 || scores["colour.gold"] < 0.3)

/** Worth a search for a small emblem: at least 0.5 % of the frame is red and as much is gold. */
function hasRedAndGold(raster: Raster): boolean {
  const { red, green, blue } = raster.small
  let [reds, golds] = [0, 0]
  for (let at = 0; at < red.data.length; at++) {
    const [r, g, b] = [red.data[at]!, green.data[at]!, blue.data[at]!]
    if (r < 80 || r - b < 0.25 * r) continue
    if (r - g > 0.4 * r) reds++
    else if (g - b > 0.15 * r && g < r + 12) golds++
  }
  return Math.min(reds, golds) > 0.005 * red.data.length
}

/** Hardly any spread in any channel: a default background, an empty square. */
function isBlank(raster: Raster): boolean {
  return [raster.small.red, raster.small.green, raster.small.blue].every(({ data }) => {
    let [sum, squares] = [0, 0]
    for (const value of data) {
      sum += value
      squares += value * value
    }
    return squares / data.length - (sum / data.length) ** 2 < 9
  })
}
