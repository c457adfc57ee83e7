/** Units and observations made up for the tests of this folder. */
import { join } from "node:path"
import { checkout } from "../../../src/base/config.ts"
import { checkUnit, loadRules, rulesetById, type ImageVerdict, type Observation, type UnitCase } from "../../../src/checks/index.ts"
import { unitFile, type Profile, type Unit } from "../../../src/model/index.ts"
import type { z } from "zod"

export const rules = loadRules(join(checkout, "accounts"))
type AccountInput = NonNullable<z.input<typeof unitFile>["accounts"]>[number]

/** An account nothing can be said against. */
export const goodAccount = (over: Partial<AccountInput> = {}): AccountInput => ({
  id: "kinh-bac-facebook",
  network: "facebook",
  remoteId: "100000000000001",
  name: "UBND phường Kinh Bắc",
  kind: "page",
  identity: { status: "verified", basis: "Công văn số 12/UBND-VP", date: "2025-10-01", confirmedBy: ["Nguyễn Văn An", "Trần Thị Bình"] },
  legalBasis: "Quyết định số 5/QĐ-UBND",
  admins: [{ name: "An" }, { name: "Bình" }],
  ...over,
})
export function makeUnit(over: Partial<z.input<typeof unitFile>> = {}): Unit {
  const file = unitFile.parse({
    id: "phuong-kinh-bac", kind: "ward", name: "UBND phường Kinh Bắc", begins: "2025-07-01", owner: { name: "Lê Văn Cường" }, deputy: { name: "Phạm Thị Dung" },
    portal: { url: "https://kinhbac.bacninh.gov.vn" }, accounts: [goodAccount()], ...over,
  })
  return { ...file, accounts: file.accounts.map((account) => ({ ...account, unitId: file.id })) }
}
export const profile = (over: Partial<Profile> = {}): Profile => ({
  network: "facebook", remoteId: "100000000000001", name: "UBND phường Kinh Bắc", website: "https://kinhbac.bacninh.gov.vn/", avatar: { url: "https://cdn.example/a.jpg", silhouette: false }, raw: {}, ...over,
})
export const image = (over: Partial<ImageVerdict> = {}): ImageVerdict => ({
  verdict: "match", score: 0.99, explanation: "Quốc huy, chiếm 72 % khung", notes: [],
  evidence: { sha256: "a", modelVersion: "1", width: 320, height: 320, heightShare: 0.72, offset: 0, angle: 0, parts: {}, mirrored: false }, ...over,
})
export const seen = (over: Partial<Observation> = {}): Observation => ({ seenAt: 0, reachable: true, profile: profile(), avatarSha256: "a", image: image(), links: null, before: null, ...over })

/** "RULE severity" of every finding. */
export function findings(unit: Unit, over: Partial<UnitCase> & { ruleset?: never; plan?: string } = {}) {
  const { plan = "B2025", ...rest } = over
  return checkUnit({ unit, asOf: "2026-11-22", gazetteer: rules.gazetteer, ...rest, ruleset: rulesetById(rules.rulesets, plan) })
}
export const short = (list: ReturnType<typeof findings>) => list.map((finding) => `${finding.rule} ${finding.severity}`)
