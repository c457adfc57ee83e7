/** The signature of the alert webhook: who receives it can tell that the bytes are Loa's and not an old delivery. */
import { randomBytes } from "node:crypto"
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises"
import { dirname } from "node:path"
import { hmacSha256 } from "../base/hash.ts"

/** The secret shared with the receiver: made on first use, in a file that only Loa reads. */
export async function webhookSecret(file: string): Promise<string> {
  const read = async () => (await readFile(file, "utf8")).trim()
  try {
    return await read()
  } catch (error) {
    if ((error as { code?: string }).code !== "ENOENT") throw error
  }
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  try {
    await writeFile(file, `${randomBytes(32).toString("base64url")}\n`, { mode: 0o600, flag: "wx" })
    await chmod(file, 0o600)
  } catch (error) {
    // Another process was first: its secret counts.
    if ((error as { code?: string }).code !== "EEXIST") throw error
  }
  return read()
}

/** `t=<unix seconds>,v1=<hex>` over `<t>.<body>`: the moment is part of what is signed, so an old body cannot be sent again as new. */
export function webhookSignature(secret: string, body: string, now: number): string {
  const seconds = Math.floor(now / 1_000)
  return `t=${seconds},v1=${hmacSha256(secret, `${seconds}.${body}`)}`
}
