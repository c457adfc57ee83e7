import { describe, expect, test } from "bun:test"
import { accountLinksToPortal, overdueDays, pageLinksToAccount } from "../../../src/checks/index.ts"
import { findings, goodAccount, image, makeUnit, profile, rules, seen, short } from "./units.ts"

const id = "kinh-bac-facebook"
const observed = (over: Parameters<typeof seen>[0] = {}) => ({ observations: new Map([[id, seen(over)]]) })
const withAccount = (over: Parameters<typeof goodAccount>[0]) => makeUnit({ accounts: [goodAccount(over)] })

describe("existence (ACC)", () => {
  test("nothing to say against a good account", () => {
    expect(findings(makeUnit())).toEqual([])
    expect(findings(makeUnit(), observed())).toEqual([])
  })
  test("ACC-1: 326 days overdue on 2026-11-22; advice before the deadline; a new unit gets 60 days", () => {
    expect(overdueDays("2025-12-31", "2026-11-22")).toBe(326)
    const none = makeUnit({ accounts: [] })
    const [missing] = findings(none)
    expect(missing).toMatchObject({ rule: "ACC-1", severity: "violation", account: null, asOf: "2026-11-22", ruleset: "B2025" })
    expect(missing!.message).toBe("Đơn vị chưa có tài khoản Facebook hoặc Zalo; đã quá hạn hoàn thành năm 2025. Số ngày quá hạn: 326.")
    expect(missing!.basis).toContain("Mục II.4 Kế hoạch số 65/KH-UBND: “Các cơ quan, đơn vị có Cổng Thông tin điện tử lập tối thiểu 01 tài khoản")
    expect(short(findings(none, { asOf: "2025-12-31" }))).toEqual(["ACC-1 advice"])
    expect(short(findings({ ...none, begins: "2026-10-01" }))).toEqual(["ACC-7 advice"])
    expect(short(findings({ ...none, begins: "2026-09-23" }))).toEqual(["ACC-1 violation"])
    expect(findings({ ...none, begins: "2026-12-01" })).toEqual([])
  })
  test("ACC-1 is an or: Zalo alone is enough; YouTube alone is not (ACC-2)", () => {
    expect(findings(withAccount({ network: "zalo", kind: "oa" }))).toEqual([])
    const [missing] = findings(withAccount({ network: "youtube", kind: undefined }))
    expect(missing).toMatchObject({ rule: "ACC-1", seen: "Chỉ có YouTube" })
  })
  test("ACC-5: an account that is gone or bears a stranger's name does not count", () => {
    expect(short(findings(makeUnit(), observed({ reachable: false, profile: null, image: null })))).toEqual(["ACC-1 violation", "ACC-5 advice"])
    expect(short(findings(withAccount({ name: "UBND phường Võ Cường" })))).toEqual(["ACC-1 violation", "NAME-X violation"])
    expect(short(findings(withAccount({ name: "UBND P. Kinh Bắc" })))).toEqual(["NAME-C3 advice"])
  })
  test("ACC-4: two on one network ask for a main one; the 2024 draft knows only one account", () => {
    const two = [goodAccount(), goodAccount({ id: "second", remoteId: "2" })]
    expect(short(findings(makeUnit({ accounts: two })))).toEqual(["ACC-4 advice"])
    expect(findings(makeUnit({ accounts: [{ ...two[0]!, main: true }, two[1]!] }))).toEqual([])
    const both = makeUnit({ begins: undefined, accounts: [goodAccount(), goodAccount({ id: "oa", network: "zalo", kind: "oa", remoteId: "3" })] })
    expect(findings(both)).toEqual([])
    expect(short(findings(both, { plan: "A2024", asOf: "2025-08-01" }))).toEqual(["ACC-4 advice"])
  })
  test("ACC-6 profile and group; S12 to S14 the papers and the people", () => {
    expect(short(findings(withAccount({ kind: "group" })))).toEqual(["ACC-6 advice"])
    expect(short(findings(withAccount({ legalBasis: undefined, admins: [{ name: "An" }] })))).toEqual(["S12 advice", "S13 advice"])
    expect(short(findings(makeUnit({ owner: undefined })))).toEqual(["S14 advice"])
  })
  test("an account left behind by a unit that ended is an orphan", () => {
    const [orphan] = findings(makeUnit({ kind: "district", name: "UBND huyện Yên Phong", begins: undefined, ends: "2025-06-30" }))
    expect(orphan).toMatchObject({ rule: "OBS-1", severity: "violation", message: "Tài khoản mang tên đơn vị đã kết thúc hoạt động từ ngày 01/7/2025; đề nghị đổi tên, bàn giao hoặc đóng tài khoản." })
  })
})

describe("names inside a check", () => {
  test("the sentences of rules.md 9, with clause and quotation", () => {
    const [name] = findings(withAccount({ name: "UBND P. Kinh Bắc" }))
    expect(name!.message).toContain("Đề nghị đổi tên tài khoản thành ‘UBND phường Kinh Bắc’ (khuyến khích theo Kế hoạch số 65/KH-UBND).")
    expect(name).toMatchObject({ seen: "UBND P. Kinh Bắc", expected: "UBND phường Kinh Bắc", basis: expect.stringContaining("Đối với UBND xã, phường: Khuyến khích sử dụng tên đơn vị") })
    const [obsolete] = findings(withAccount({ name: "UBND thành phố Bắc Ninh" })).filter((finding) => finding.account)
    expect(obsolete!.message).toContain("Tài khoản mang tên đơn vị đã kết thúc hoạt động từ ngày 01/7/2025; đề nghị đổi tên, bàn giao hoặc đóng tài khoản.")
    const [fake] = findings(withAccount({ name: "UBND phường Kinh Bắс" })).filter((finding) => finding.account)
    expect(fake!.message).toContain("Nghi mạo danh; đề nghị đơn vị xác nhận trong 24 giờ và phối hợp Phòng An ninh mạng và phòng, chống tội phạm sử dụng công nghệ cao - Công an tỉnh.")
  })
  test("what the public sees is judged, not what the registry says", () => {
    expect(short(findings(makeUnit(), observed({ profile: profile({ name: "UBND phường Võ Cường" }) })))).toEqual(["ACC-1 violation", "NAME-X violation", "VER-4 advice"])
  })
})

describe("identity (VER) and two-way proof", () => {
  const pending = { identity: { status: "pending" as const } }
  test("VER-1 is advice, or what question Q2 answers; a badge is no proof (VER-2)", () => {
    expect(short(findings(withAccount(pending)))).toEqual(["VER-1 advice"])
    expect(short(findings(withAccount(pending), { switches: { Q2: "violation" } }))).toEqual(["VER-1 violation"])
    expect(short(findings(withAccount(pending), observed({ profile: profile({ badge: "blue_verified" }) })))).toEqual(["VER-1 advice", "VER-2 advice"])
    expect(findings(withAccount(pending))[0]!.message).toBe("Tài khoản chưa đăng ký chính danh; đề nghị liên hệ Trung tâm Thông tin tỉnh - Văn phòng UBND tỉnh.")
  })
  test("run-out verification, one confirming person, run-out waiver", () => {
    expect(short(findings(withAccount({ identity: { status: "verified", until: "2026-11-21" } })))).toEqual(["VER-1 advice"])
    expect(short(findings(withAccount({ identity: { status: "verified", confirmedBy: ["An", "an "] } })))).toEqual(["VER-2 advice"])
    expect(short(findings(withAccount({ ...pending, waiver: { reason: "Chờ nền tảng", until: "2026-11-01" } })))).toEqual(["VER-1 advice", "VER-3 advice"])
  })
  test("VER-4: changes of name, picture and category; NFD is no change", () => {
    expect(findings(makeUnit(), observed({ profile: profile({ name: "UBND phường Kinh Bắc".normalize("NFD") }) }))).toEqual([])
    expect(short(findings(makeUnit(), observed({ before: { name: "x", avatarSha256: "b", category: null } })))).toEqual(["VER-4 advice"])
    expect(short(findings(makeUnit(), observed({ profile: profile({ category: "Gaming" }), before: { name: "x", avatarSha256: "a", category: "Government organization" } })))).toEqual(["VER-4 advice"])
    expect(short(findings(withAccount({ remoteId: undefined })))).toEqual(["VER-4 advice"])
  })
  test("each missing half of the proof is a finding, unknown is none", () => {
    expect(short(findings(makeUnit(), observed({ links: { portalLinksToAccount: false, accountLinksToPortal: false } })))).toEqual(["LINK-1 advice", "LINK-2 advice"])
    expect(findings(makeUnit(), observed({ links: { portalLinksToAccount: true, accountLinksToPortal: null } }))).toEqual([])
  })
  test("links are compared by host and id, not by text", () => {
    const unit = makeUnit()
    const [account] = unit.accounts
    expect(accountLinksToPortal(profile({ website: "http://www.kinhbac.bacninh.gov.vn/trang-chu" }), unit)).toBe(true)
    expect(accountLinksToPortal(profile({ website: "https://kinhbac.bacninh.gov.vn.example.com" }), unit)).toBe(false)
    expect(accountLinksToPortal(profile({ website: undefined, about: "Cổng: kinhbac.bacninh.gov.vn" }), unit)).toBe(true)
    expect(pageLinksToAccount('<a href="https://www.facebook.com/profile.php?id=100000000000001&amp;x=1">FB</a>', account!)).toBe(true)
    expect(pageLinksToAccount('<a href="https://facebook.com.example.com/100000000000001">FB</a>', account!)).toBe(false)
    expect(pageLinksToAccount('<a href="https://www.facebook.com/kinhbac.bacninh">FB</a>', { ...account!, handle: "kinhbac.bacninh" })).toBe(true)
  })
})

describe("pictures (IMG)", () => {
  const pictured = (over: Parameters<typeof image>[0]) => short(findings(makeUnit(), observed({ image: image(over) })))
  test("match passes, other is a violation, doubtful is a task for a person", () => {
    expect(pictured({})).toEqual([])
    expect(pictured({ verdict: "other", explanation: "giống Công an hiệu" })).toEqual(["IMG-3 violation"])
    expect(pictured({ verdict: "doubtful" })).toEqual(["IMG-3 advice"])
    expect(pictured({ verdict: "other", rule: "IMG-4" })).toEqual(["IMG-4 advice"])
    expect(pictured({ notes: ["Ảnh chỉ có 120 × 120 điểm ảnh"] })).toEqual(["IMG-4 advice"])
  })
  test("no picture or the platform's default one (IMG-6); nothing seen, nothing said", () => {
    expect(short(findings(makeUnit(), observed({ image: null, profile: profile({ avatar: { url: "", silhouette: true } }) })))).toEqual(["IMG-6 violation"])
    expect(short(findings(makeUnit(), observed({ image: null })))).toEqual([])
  })
  test("Q3 makes pictures of communes a recommendation, never that of the portal", () => {
    const wrong = { ...observed({ image: image({ verdict: "other" }) }), switches: { Q3: "no" } }
    expect(short(findings(makeUnit(), wrong))).toEqual(["IMG-3 advice"])
    const portal = makeUnit({ kind: "province_portal", name: rules.gazetteer.portal, accounts: [goodAccount({ name: rules.gazetteer.portal })] })
    expect(short(findings(portal, { ...wrong, observations: new Map([[id, seen({ profile: profile({ name: rules.gazetteer.portal }), image: image({ verdict: "other" }) })]]) }))).toEqual(["IMG-1 violation"])
  })
  test("the national emblem is not for departments (Q4)", () => {
    const department = makeUnit({ kind: "department", name: "Sở Y tế tỉnh Bắc Ninh", accounts: [goodAccount({ name: "Sở Y tế tỉnh Bắc Ninh" })] })
    const list = findings(department, { observations: new Map([[id, seen({ profile: profile({ name: "Sở Y tế tỉnh Bắc Ninh" }), image: image({ verdict: "other", rule: "IMG-2" }) })]]) })
    expect(short(list)).toEqual(["IMG-2 violation"])
    expect(list[0]!.message).toContain("biểu tượng (logo) của ngành hoặc của tỉnh")
  })
})

test("no sentence keeps a blank to fill in, and none mixes in English", () => {
  const accounts = [goodAccount({ name: "UBND phường Võ Cường", kind: "group", identity: { status: "expired", until: "2026-01-01" }, legalBasis: undefined, admins: [{ name: "An" }], remoteId: undefined, waiver: { reason: "x", until: "2026-01-01" } }), goodAccount({ id: "b", remoteId: "2", name: "kinh bắc" })]
  const list = findings(makeUnit({ accounts, owner: undefined }), observed({ profile: profile({ name: "Nổ hũ 88", badge: "verified" }), image: image({ verdict: "other" }), links: { portalLinksToAccount: false, accountLinksToPortal: false } }))
  expect(list.length).toBeGreaterThan(9)
  for (const finding of list) {
    expect(finding.message).not.toMatch(/[{}]|undefined|null/)
    expect(finding.message).toMatch(/[.!]$/)
    expect(finding.basis).toMatch(/^Mục /)
  }
})
