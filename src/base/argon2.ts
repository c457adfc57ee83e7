/** argon2id with 19 MiB and two passes (OWASP), in PHC form, the same text on both runtimes. */
import { argon2, randomBytes, timingSafeEqual } from "node:crypto"
import { inBun } from "./runtime.ts"

const MEMORY_KIB = 19_456
const PASSES = 2
const TAG_BYTES = 32

export async function hashArgon2id(secret: string): Promise<string> {
  if (inBun) return Bun.password.hash(secret, { algorithm: "argon2id", memoryCost: MEMORY_KIB, timeCost: PASSES })
  const salt = randomBytes(16)
  const tag = await derive(secret, salt, MEMORY_KIB, PASSES, 1, TAG_BYTES)
  return `$argon2id$v=19$m=${MEMORY_KIB},t=${PASSES},p=1$${plain(salt)}$${plain(tag)}`
}

/** False for a wrong secret and for a text that is no argon2id hash of ours. */
export async function fitsArgon2id(secret: string, hash: string): Promise<boolean> {
  if (inBun) return Bun.password.verify(secret, hash)
  const match = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/.exec(hash)
  if (!match) return false
  const [memory, passes, lanes] = [Number(match[1]), Number(match[2]), Number(match[3])]
  if (memory > 1_048_576 || passes > 100 || lanes > 16) return false
  const tag = Buffer.from(match[5]!, "base64")
  return timingSafeEqual(tag, await derive(secret, Buffer.from(match[4]!, "base64"), memory, passes, lanes, tag.length))
}

const plain = (bytes: Buffer) => bytes.toString("base64").replace(/=+$/, "")

const derive = (message: string, nonce: Buffer, memory: number, passes: number, parallelism: number, tagLength: number) =>
  new Promise<Buffer>((resolve, reject) =>
    argon2("argon2id", { message, nonce, memory, passes, parallelism, tagLength }, (error, tag) => (error ? reject(error) : resolve(tag))),
  )
