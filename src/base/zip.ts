/**
 * Makes the ZIP of an office file reproducible: same entries, same order, one fixed time stamp. The libraries stamp the
 * moment of writing, which would give the same figures other bytes every time.
 */
import { crc32, deflateRawSync, inflateRawSync } from "node:zlib"

export interface ZipEntry {
  name: string
  data: Buffer
}
/** 1980-01-01 00:00, the first moment a ZIP can name. */
const dosDate = 0x21
const entriesMax = 5_000

/** Reads a ZIP that a library of ours has just written (no encryption, no ZIP64). */
export function readZip(file: Buffer): ZipEntry[] {
  const end = file.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]))
  if (end < 0) throw new Error("not a zip file")
  const count = file.readUInt16LE(end + 10)
  if (count > entriesMax) throw new Error(`zip with ${count} entries`)
  const entries: ZipEntry[] = []
  for (let i = 0, at = file.readUInt32LE(end + 16); i < count; i++) {
    const method = file.readUInt16LE(at + 10)
    const size = file.readUInt32LE(at + 20)
    const nameLength = file.readUInt16LE(at + 28)
    const local = file.readUInt32LE(at + 42)
    const name = file.toString("utf8", at + 46, at + 46 + nameLength)
    const start = local + 30 + file.readUInt16LE(local + 26) + file.readUInt16LE(local + 28)
    const packed = file.subarray(start, start + size)
    if (!name.endsWith("/")) entries.push({ name, data: method === 8 ? inflateRawSync(packed) : Buffer.from(packed) })
    at += 46 + nameLength + file.readUInt16LE(at + 30) + file.readUInt16LE(at + 32)
  }
  return entries
}

export function writeZip(entries: ZipEntry[]): Buffer {
  const locals: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const { name, data } of entries) {
    const fileName = Buffer.from(name)
    const packed = deflateRawSync(data, { level: 6 })
    const common = Buffer.alloc(26)
    common.writeUInt16LE(20, 0) // version needed
    common.writeUInt16LE(0x0800, 2) // names are UTF-8
    common.writeUInt16LE(8, 4)
    common.writeUInt16LE(0, 6)
    common.writeUInt16LE(dosDate, 8)
    common.writeUInt32LE(crc32(data), 10)
    common.writeUInt32LE(packed.length, 14)
    common.writeUInt32LE(data.length, 18)
    common.writeUInt16LE(fileName.length, 22)
    const head = Buffer.concat([Buffer.from([0x50, 0x4b, 3, 4]), common, fileName])
    const tail = Buffer.alloc(14)
    tail.writeUInt32LE(offset, 10)
    directory.push(Buffer.concat([Buffer.from([0x50, 0x4b, 1, 2, 20, 0]), common, tail, fileName]))
    locals.push(head, packed)
    offset += head.length + packed.length
  }
  const size = directory.reduce((total, part) => total + part.length, 0)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(entries.length, 8)
  end.writeUInt16LE(entries.length, 10)
  end.writeUInt32LE(size, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...locals, ...directory, end])
}

/** The dates inside `docProps/core.xml` become `at`; the list of types comes first, where programs look to tell what the file is. */
export function fixDates(entries: ZipEntry[], at: number): ZipEntry[] {
  const stamp = `${new Date(at).toISOString().slice(0, 19)}Z`
  const types = (entry: ZipEntry) => Number(entry.name !== "[Content_Types].xml")
  return entries.toSorted((a, b) => types(a) - types(b)).map(({ name, data }) => ({
    name,
    data: name === "docProps/core.xml" ? Buffer.from(data.toString("utf8").replace(/(<dcterms:(created|modified)[^>]*>)[^<]*/g, `$1${stamp}`)) : data,
  }))
}

/** Repacks the file of a library with fixed stamps. */
export const reproducible = (file: Buffer, at: number) => writeZip(fixDates(readZip(file), at))
