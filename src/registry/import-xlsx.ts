/** Excel workbook -> registry updates. One row is a unit or an account; every row is checked, and one wrong row stops all. */
import type { Cell, Workbook, Worksheet } from "exceljs"
import type { Mistake } from "../base/errors.ts"
import { messageOf } from "../base/errors.ts"
import { accountFile, identityStates, portalFile, recordedNetworks } from "../model/unit.ts"
import { explain, fieldName, show } from "./explain.ts"
import type { AccountSource } from "./state.ts"
import type { AccountFields, RegistryUpdate, UnitFields } from "./update.ts"
import type { Registry } from "./view.ts"

const limits = { bytes: 10_000_000, unpackedBytes: 100_000_000, rows: 5_000 }

interface Column {
  header: string
  /** Field of the sheet's entry. */
  field: string
  required?: boolean
  /** Digits that Excel would alter: must be a text cell. */
  digits?: boolean
  example: string
  width?: number
}
const unitColumns: Column[] = [
  { header: "Mã đơn vị", field: "unit", required: true, example: "phuong-kinh-bac" },
  { header: "Địa chỉ cổng", field: "portal", example: "https://kinhbac.bacninh.gov.vn", width: 36 },
  { header: "Địa chỉ RSS (cách nhau bằng dấu phẩy hoặc xuống dòng)", field: "feeds", example: "https://kinhbac.bacninh.gov.vn/rss", width: 44 },
  { header: "Người phụ trách", field: "owner", example: "Nguyễn Văn A" },
  { header: "Chức vụ", field: "ownerTitle", example: "Chánh Văn phòng HĐND và UBND" },
  { header: "Điện thoại", field: "ownerPhone", digits: true, example: "02220000000" },
  { header: "Thư điện tử", field: "ownerEmail", example: "phutrach@bacninh.gov.vn" },
  { header: "Người phụ trách thay", field: "deputy", example: "Trần Thị B" },
]
const accountColumns: Column[] = [
  { header: "Mã đơn vị", field: "unit", required: true, example: "phuong-kinh-bac" },
  { header: "Mã tài khoản", field: "id", required: true, example: "kinh-bac-facebook" },
  { header: "Mạng", field: "network", required: true, example: "facebook" },
  { header: "Mã cố định trên nền tảng", field: "remoteId", digits: true, example: "100000000000001", width: 26 },
  { header: "Tên tài khoản", field: "name", required: true, example: "Truyền thông phường Kinh Bắc", width: 36 },
  { header: "Tên người dùng (handle)", field: "handle", example: "kinhbac.bacninh" },
  { header: "Đường dẫn", field: "url", example: "https://www.facebook.com/kinhbac.bacninh", width: 36 },
  { header: "Chế độ đăng", field: "publish", example: "review" },
  { header: "Chính danh", field: "identityStatus", example: "verified" },
  { header: "Văn bản xác nhận", field: "identityBasis", example: "Công văn số 12/CV-TTTT" },
  { header: "Ngày xác nhận", field: "identityDate", example: "2025-10-01" },
  { header: "Căn cứ pháp lý", field: "legalBasis", example: "Quyết định số 34/QĐ-UBND" },
]
export const sheets = { units: { name: "Đơn vị", columns: unitColumns }, accounts: { name: "Tài khoản", columns: accountColumns } } as const
const choices: Record<string, readonly string[]> = { network: recordedNetworks, publish: ["auto", "review", "off"], identityStatus: identityStates }

export interface ImportRow {
  sheet: string
  /** Number as Excel shows it. */
  row: number
  update: RegistryUpdate
}
export interface ImportResult {
  rows: ImportRow[]
  mistakes: Mistake[]
}
type Row = { sheet: string; row: number; values: Record<string, string>; wrong: (field: string, found: string, expected: string) => void }

/** Reads and checks every row against today's registry. Changes nothing; hand `rows[].update` to `registry.update` when there is no mistake. */
export async function importXlsx(bytes: Uint8Array, registry: Registry, file = "tệp Excel"): Promise<ImportResult> {
  const mistakes: Mistake[] = []
  const stop = (found: string, expected: string): ImportResult => ({ rows: [], mistakes: [...mistakes, { file, field: "tệp", found, expected }] })
  if (bytes.length > limits.bytes) return stop(`${bytes.length} byte`, `tối đa ${limits.bytes} byte`)
  const unpacked = unpackedSize(bytes)
  if (unpacked === null) return stop("không phải tệp .xlsx", "tệp Excel .xlsx")
  if (unpacked > limits.unpackedBytes) return stop(`${unpacked} byte sau khi giải nén`, `tối đa ${limits.unpackedBytes} byte`)
  const workbook = await newWorkbook()
  try {
    await workbook.xlsx.load(bytes.slice().buffer as never)
  } catch (error) {
    return stop(messageOf(error).slice(0, 200), "tệp Excel .xlsx đọc được")
  }
  const rows: ImportRow[] = []
  let seen = 0
  for (const kind of ["units", "accounts"] as const) {
    const { name, columns } = sheets[kind]
    const sheet = workbook.worksheets.find((candidate) => key(candidate.name) === key(name))
    if (!sheet) continue
    seen++
    if (sheet.rowCount > limits.rows) return stop(`trang "${name}" có ${sheet.rowCount} dòng`, `tối đa ${limits.rows} dòng`)
    const taken = new Map<string, number>()
    for (const row of readRows(sheet, columns, file, mistakes)) {
      const id = row.values[kind === "units" ? "unit" : "id"]!
      const before = taken.get(id)
      if (id && before) row.wrong(kind === "units" ? "unit" : "id", `"${id}"`, `mỗi mã một dòng (đã có ở dòng ${before})`)
      taken.set(id, row.row)
      const update = kind === "units" ? unitUpdate(row, registry) : accountUpdate(row, registry)
      if (update) rows.push({ sheet: name, row: row.row, update })
    }
  }
  if (!seen)
    return stop(workbook.worksheets.map((sheet) => sheet.name).join(", ") || "(trống)", `trang "${sheets.units.name}" hoặc "${sheets.accounts.name}"`)
  return { rows, mistakes }
}

function* readRows(sheet: Worksheet, columns: readonly Column[], file: string, mistakes: Mistake[]): Generator<Row> {
  const place = new Map<string, number>()
  const header = sheet.getRow(1)
  for (let c = 1; c <= Math.min(100, sheet.columnCount); c++) {
    const title = textOf(header.getCell(c))
    const column = columns.find((candidate) => key(candidate.header) === key(title) || key(candidate.field) === key(title))
    if (column) place.set(column.field, c)
    else if (title)
      mistakes.push({
        file,
        entry: `${sheet.name} · dòng 1`,
        field: title,
        found: "cột lạ",
        expected: `một trong: ${columns.map((candidate) => candidate.header).join(", ")}`,
      })
  }
  for (const column of columns) {
    if (column.required && !place.has(column.field))
      mistakes.push({ file, entry: `${sheet.name} · dòng 1`, field: column.header, found: "(thiếu cột)", expected: "bắt buộc phải có" })
  }
  for (let r = 2; r <= sheet.rowCount; r++) {
    const values: Record<string, string> = {}
    const wrong = (field: string, found: string, expected: string) => {
      const column = columns.find((candidate) => candidate.field === field)
      mistakes.push({ file, entry: `${sheet.name} · dòng ${r}`, field: column?.header ?? field, found, expected })
    }
    for (const column of columns) {
      const at = place.get(column.field)
      if (!at) continue
      const cell = sheet.getRow(r).getCell(at)
      values[column.field] = textOf(cell)
      if (column.digits && typeof cell.value === "number")
        wrong(column.field, String(cell.value), "ô định dạng Văn bản (Text): ô số làm mất chữ số hoặc số 0 ở đầu")
    }
    if (!Object.values(values).some(Boolean)) continue
    for (const column of columns)
      if (column.required && place.has(column.field) && !values[column.field]) wrong(column.field, "(trống)", "bắt buộc phải có")
    for (const [field, allowed] of Object.entries(choices)) {
      if (values[field] && !allowed.includes(values[field])) wrong(field, show(values[field]), `một trong: ${allowed.join(", ")}`)
    }
    yield { sheet: sheet.name, row: r, values, wrong }
  }
}

/** An empty cell leaves the field as it is. */
function unitUpdate({ values, wrong }: Row, registry: Registry): RegistryUpdate | null {
  const unit = registry.unitById(values.unit!)
  if (!unit) {
    if (values.unit) wrong("unit", show(values.unit), "mã của một đơn vị có trong sổ")
    return null
  }
  const set: UnitFields = {}
  const person = (name: string | undefined, old: typeof unit.owner, rest: Record<string, string | undefined>) => {
    const given = Object.fromEntries(Object.entries({ name, ...rest }).filter(([, value]) => value))
    return Object.keys(given).length ? { name: "", ...old, ...given } : undefined
  }
  const owner = person(values.owner, unit.owner, { title: values.ownerTitle, phone: values.ownerPhone, email: values.ownerEmail })
  const deputy = person(values.deputy, unit.deputy, {})
  if (owner) set.owner = owner
  if (deputy) set.deputy = deputy
  const feeds = (values.feeds ?? "").split(/[\n,;]+/).map((url) => url.trim()).filter(Boolean)
  if (values.portal || feeds.length) {
    const known = new Map(unit.portal?.feeds.map((feed) => [feed.url, feed]))
    const portal = {
      ...unit.portal,
      url: values.portal || unit.portal?.url,
      ...(feeds.length ? { feeds: feeds.map((url) => known.get(url) ?? { url }) } : {}),
    }
    const checked = portalFile.safeParse(portal)
    if (!checked.success) {
      for (const explained of checked.error.issues.flatMap((issue) => explain(issue, portal, portalFile)))
        wrong(explained.path[0] === "feeds" ? "feeds" : "portal", explained.found, explained.expected)
      return null
    }
    set.portal = portal as NonNullable<UnitFields["portal"]>
  }
  return { kind: "unit.set", unit: unit.id, set }
}

function accountUpdate({ values, wrong }: Row, registry: Registry): RegistryUpdate | null {
  const unit = registry.unitById(values.unit!)
  if (!unit && values.unit) wrong("unit", show(values.unit), "mã của một đơn vị có trong sổ")
  const known = registry.accountById(values.id!)
  if (known && unit && known.unitId !== unit.id) wrong("id", show(values.id), `mã chưa dùng (đã có ở "${known.unitId}")`)
  const { identityStatus, identityBasis, identityDate, unit: _unit, ...plain } = values
  const account: Record<string, unknown> = Object.fromEntries(Object.entries(plain).filter(([, value]) => value))
  if (identityStatus || identityBasis || identityDate) {
    account.identity = {
      ...known?.identity,
      status: identityStatus || known?.identity.status || "none",
      ...(identityBasis ? { basis: identityBasis } : {}),
      ...(identityDate
        ? {
            date: identityDate.replace(
              /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/,
              (_all, d: string, m: string, y: string) => `${y}-${m.padStart(2, "0")}-${d.padStart(2, "0")}`,
            ),
          }
        : {}),
    }
  }
  const checked = accountFile.safeParse(account)
  const columnOf: Record<string, string> = { "identity.status": "identityStatus", "identity.basis": "identityBasis", "identity.date": "identityDate" }
  if (!checked.success) {
    for (const explained of checked.error.issues.flatMap((issue) => explain(issue, account, accountFile))) {
      const field = fieldName(explained.path)
      // Missing cells and wrong choices were named already.
      if (explained.found !== "(thiếu)" && !choices[columnOf[field] ?? field]) wrong(columnOf[field] ?? field, explained.found, explained.expected)
    }
    return null
  }
  if (!unit) return null
  if (!known) return { kind: "account.register", unit: unit.id, account: account as AccountSource }
  const { id: _id, ...set } = account
  return { kind: "account.set", account: known.id, set: set as AccountFields }
}

/** The empty workbook that people fill in: headings, one example row, lists of allowed words, text format where digits matter. */
export async function templateXlsx(): Promise<Uint8Array> {
  const workbook = await newWorkbook()
  for (const { name, columns } of Object.values(sheets)) {
    const sheet = workbook.addWorksheet(name, { views: [{ state: "frozen", ySplit: 1 }] })
    sheet.columns = columns.map((column) => ({
      header: column.header,
      key: column.field,
      width: column.width ?? 22,
      style: column.digits || column.field === "identityDate" ? { numFmt: "@" } : {},
    }))
    sheet.getRow(1).font = { bold: true }
    sheet.getRow(1).alignment = { wrapText: true, vertical: "top" }
    for (const [i, column] of columns.entries()) {
      sheet.getCell(1, i + 1).note = `${column.required ? "Bắt buộc. " : ""}Ví dụ: ${column.example}`
      const allowed = choices[column.field]
      if (allowed)
        for (let r = 2; r <= 200; r++)
          sheet.getCell(r, i + 1).dataValidation = { type: "list", allowBlank: !column.required, formulae: [`"${allowed.join(",")}"`] }
    }
  }
  return new Uint8Array(await workbook.xlsx.writeBuffer())
}

export async function newWorkbook(): Promise<Workbook> {
  const { default: exceljs } = await import("exceljs")
  return new exceljs.Workbook()
}

/** Text of a cell as a person sees it; a date cell as YYYY-MM-DD. */
function textOf(cell: Cell): string {
  const { value } = cell
  if (value instanceof Date) return value.toISOString().slice(0, 10)
  return String(cell.text ?? "").normalize("NFC").trim().slice(0, 2_000)
}
const key = (text: string) => text.normalize("NFC").toLowerCase().replace(/\s+/g, " ").trim()

/** Sum of the unpacked sizes in the ZIP directory, so that a bomb is refused before it is opened; null = no ZIP. */
function unpackedSize(bytes: Uint8Array): number | null {
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let end = bytes.length - 22; end >= Math.max(0, bytes.length - 65_600); end--) {
    if (data.getUint32(end, true) !== 0x06054b50) continue
    let total = 0
    let at = data.getUint32(end + 16, true)
    for (let i = data.getUint16(end + 10, true); i > 0 && at + 46 <= bytes.length && data.getUint32(at, true) === 0x02014b50; i--) {
      total += data.getUint32(at + 24, true)
      at += 46 + data.getUint16(at + 28, true) + data.getUint16(at + 30, true) + data.getUint16(at + 32, true)
    }
    return total
  }
  return null
}
