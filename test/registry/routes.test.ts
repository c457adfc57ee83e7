import { afterEach, expect, test } from "bun:test"
import { isLeadership, routesFor } from "../../src/registry/index.ts"
import { folder, room } from "./folder.ts"
import { closeTestDbs } from "../support/db.ts"

afterEach(closeTestDbs)

const unit = (id: string, kind: string, more = "") => `- id: ${id}
  kind: ${kind}
  name: ${id}
  accounts:
    - { id: ${id}-facebook, network: facebook, remoteId: "${id}1", name: A }
    - { id: ${id}-zalo, network: zalo, remoteId: "${id}2", name: A, languages: [vi, en] }
    - { id: ${id}-youtube, network: youtube, name: A }
    - { id: ${id}-off, network: zalo, remoteId: "${id}3", name: A, publish: off }
${more}`

async function province() {
  using place = folder({
    "units.yaml": unit("cong", "province_portal") + unit("phuong", "ward") + unit("xa", "commune") + unit("cu", "commune", "  ends: 2025-06-30\n  successors: [xa]\n"),
    "routes.yaml": `- id: lanh-dao
  when: { units: [cong], sections: ["Hoạt động của Lãnh đạo"] }
  to: { all: true }
  leadership: true
- id: bao
  when: { keywords: ["bão số"], unitKinds: [province_portal] }
  to: { unitKinds: [ward], accounts: [xa-zalo] }
- id: tat
  enabled: false
  when: { emergency: true }
  to: { all: true }
`,
  })
  const { registry } = await room()
  await registry.applyFolder(place.dir, "cli")
  return registry.current()
}
const article = { unitId: "cong", title: "Tin", summary: "", section: null, categories: [] as string[], language: "vi", emergency: false }

test("routes add accounts; languages are never mixed; off, ended and recorded-only accounts get nothing", async () => {
  const registry = await province()
  const ids = (change: Partial<typeof article> & { section?: string | null }) => routesFor({ ...article, ...change }, registry).map((account) => account.id)
  expect(ids({})).toEqual(["cong-facebook", "cong-zalo"])
  expect(ids({ language: "en" })).toEqual(["cong-zalo"])
  expect(ids({ language: "ja" })).toEqual([])
  expect(ids({ section: "hoạt động  của lãnh đạo" as never })).toEqual(["cong-facebook", "cong-zalo", "phuong-facebook", "phuong-zalo", "xa-facebook", "xa-zalo"])
  expect(ids({ categories: ["Hoạt động của lãnh đạo"], language: "en" })).toEqual(["cong-zalo", "phuong-zalo", "xa-zalo"])
  expect(ids({ title: "Ứng phó Bão số 3" })).toEqual(["cong-facebook", "cong-zalo", "phuong-facebook", "phuong-zalo", "xa-zalo"])
  expect(ids({ title: "Thông báo số 3" })).toEqual(["cong-facebook", "cong-zalo"])
  expect(ids({ unitId: "xa", title: "Bão số 3" })).toEqual(["xa-facebook", "xa-zalo"])
  expect(ids({ unitId: "cu" })).toEqual([])
  expect(ids({ emergency: true })).toEqual(["cong-facebook", "cong-zalo"])
  expect(isLeadership({ ...article, section: "Hoạt động của lãnh đạo" }, registry)).toBe(true)
  expect(isLeadership(article, registry)).toBe(false)
})
