/** The registry in force as the workbook that `importXlsx` reads: taken out, filled in and taken back without loss of the listed columns. */
import type { Account, Unit } from "../model/unit.ts"
import { newWorkbook, sheets } from "./import-xlsx.ts"
import type { Registry } from "./view.ts"

const unitValues = (unit: Unit): Record<string, string | undefined> => ({
  unit: unit.id,
  portal: unit.portal?.url,
  feeds: unit.portal?.feeds.map((feed) => feed.url).join("\n"),
  owner: unit.owner?.name,
  ownerTitle: unit.owner?.title,
  ownerPhone: unit.owner?.phone,
  ownerEmail: unit.owner?.email,
  deputy: unit.deputy?.name,
})
const accountValues = (account: Account): Record<string, string | undefined> => ({
  unit: account.unitId,
  id: account.id,
  network: account.network,
  remoteId: account.remoteId,
  name: account.name,
  handle: account.handle,
  url: account.url,
  publish: account.publish,
  identityStatus: account.identity.status,
  identityBasis: account.identity.basis,
  identityDate: account.identity.date,
  legalBasis: account.legalBasis,
})

export async function exportXlsx(registry: Registry): Promise<Uint8Array> {
  const workbook = await newWorkbook()
  const parts = [
    { ...sheets.units, rows: registry.livingUnits.map(unitValues) },
    { ...sheets.accounts, rows: registry.accounts.map(accountValues) },
  ]
  for (const { name, columns, rows } of parts) {
    const sheet = workbook.addWorksheet(name, { views: [{ state: "frozen", ySplit: 1 }] })
    // Text format everywhere: a spreadsheet would turn ids and telephone numbers into rounded numbers.
    sheet.columns = columns.map((column) => ({ header: column.header, key: column.field, width: column.width ?? 22, style: { numFmt: "@" } }))
    sheet.getRow(1).font = { bold: true }
    for (const row of rows) sheet.addRow(columns.map((column) => row[column.field] ?? ""))
  }
  return new Uint8Array(await workbook.xlsx.writeBuffer())
}
