/** A registry folder of a test, gone with it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { Audit } from "../../src/audit/index.ts"
import { ManualClock } from "../../src/base/clock.ts"
import { RegistryRoom } from "../../src/registry/index.ts"
import { testDb } from "../support/db.ts"

export function folder(files: Record<string, string>): { dir: string; write(files: Record<string, string>): void } & Disposable {
  const dir = mkdtempSync(join(tmpdir(), "loa-registry-"))
  const write = (texts: Record<string, string>) => {
    for (const [path, text] of Object.entries(texts)) {
      mkdirSync(dirname(join(dir, path)), { recursive: true })
      writeFileSync(join(dir, path), text)
    }
  }
  write(files)
  return { dir, write, [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }) }
}

export async function room() {
  const clock = new ManualClock(Date.parse("2026-11-22T02:00:00Z"))
  const { db } = await testDb()
  const audit = new Audit(clock)
  return { db, clock, audit, registry: new RegistryRoom({ db, clock, audit }) }
}

export const small = `# Hai đơn vị của thử nghiệm
- id: phuong-kinh-bac # người viết ghi chú ở đây
  aliases: [bn-p-kinh-bac]
  kind: ward
  name: UBND phường Kinh Bắc
  code: "09187"
  begins: 2025-07-01
  portal: { url: "https://kinhbac.bacninh.gov.vn", feeds: [{ url: "https://kinhbac.bacninh.gov.vn/rss" }] }
  accounts:
    # trang chính
    - id: kinh-bac-facebook
      network: facebook
      remoteId: "100064512345678"
      name: Truyền thông phường Kinh Bắc
      identity: { status: verified, basis: "Công văn số 1", date: 2025-10-01 }
    - { id: kinh-bac-zalo, network: zalo, remoteId: "4318648610021234567", name: Phường Kinh Bắc }

- id: huyen-cu
  kind: district
  name: UBND huyện Cũ
  ends: 2025-06-30
  successors: [phuong-kinh-bac]
`
