/**
 * multipart/form-data as bytes. `FormData` turns every line break into CRLF, as browsers must; a caption has to arrive as it was
 * approved, so that reading it back compares equal.
 */
import { randomBytes } from "node:crypto"

export interface Multipart {
  contentType: string
  body: Uint8Array
}

export function multipart(fields: Record<string, string>, file: { field: string; name: string; type: string; bytes: Uint8Array }): Multipart {
  const boundary = `loa-${randomBytes(16).toString("hex")}`
  const parts: Uint8Array[] = []
  for (const [name, value] of Object.entries(fields))
    parts.push(Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`))
  parts.push(
    Buffer.from(
      `--${boundary}\r\nContent-Disposition: form-data; name="${file.field}"; filename="${file.name}"\r\nContent-Type: ${file.type}\r\n\r\n`,
    ),
  )
  parts.push(file.bytes, Buffer.from(`\r\n--${boundary}--\r\n`))
  return { contentType: `multipart/form-data; boundary=${boundary}`, body: Buffer.concat(parts) }
}
