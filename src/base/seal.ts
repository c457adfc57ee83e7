/**
 * Seals secrets at rest with AES-256-GCM. The envelope names its key, so keys can be rotated: the first key of the ring seals, every
 * key opens. `aad` binds an envelope to its place (`account:<id>:v1`): a row moved to another account does not open.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto"
import { chmodSync, closeSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, unlinkSync, writeSync } from "node:fs"
import { join } from "node:path"
import { AppError, UsageError } from "./errors.ts"

export interface Seal {
  /** Id of the key that seals now: 8 hex digits of its hash. */
  readonly keyId: string
  seal(plain: string, aad: string): string
  /** Throws `seal_broken` for another key, another place or an altered envelope. Never names the content. */
  open(envelope: string, aad: string): string
  /** True when the envelope was sealed by an older key of the ring. */
  outdated(envelope: string): boolean
}

const VERSION = "s1"
const IV_BYTES = 12
const TAG_BYTES = 16
const idOfKey = (key: Uint8Array) => createHash("sha256").update("loa-key:").update(key).digest("hex").slice(0, 8)

export function createSeal(keys: Uint8Array[]): Seal {
  const [current] = keys
  if (!current || keys.some((key) => key.length !== 32)) throw new UsageError("key_invalid", "a sealing key has 32 bytes")
  const ring = new Map(keys.map((key) => [idOfKey(key), key]))
  const keyId = idOfKey(current)
  return {
    keyId,
    seal(plain, aad) {
      const iv = randomBytes(IV_BYTES)
      const cipher = createCipheriv("aes-256-gcm", current, iv).setAAD(Buffer.from(aad))
      const body = Buffer.concat([iv, cipher.update(plain, "utf8"), cipher.final(), cipher.getAuthTag()])
      return `${VERSION}.${keyId}.${body.toString("base64url")}`
    },
    open(envelope, aad) {
      const [version, id, text] = envelope.split(".")
      const key = version === VERSION && id ? ring.get(id) : undefined
      if (!key || !text) throw new AppError("seal_broken", "a sealed secret belongs to another key", { keyId: id ?? null })
      const body = Buffer.from(text, "base64url")
      try {
        const tagAt = body.length - TAG_BYTES
        const decipher = createDecipheriv("aes-256-gcm", key, body.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES })
          .setAAD(Buffer.from(aad))
          .setAuthTag(body.subarray(tagAt))
        return decipher.update(body.subarray(IV_BYTES, tagAt), undefined, "utf8") + decipher.final("utf8")
      } catch {
        throw new AppError("seal_broken", "a sealed secret does not open: altered, or moved from another place", { keyId: id })
      }
    },
    outdated: (envelope) => envelope.split(".")[1] !== keyId,
  }
}

/**
 * The key ring: `LOA_SECRET_KEY` when configured, then the lines of `secret.key` in the data folder (base64, newest first; made with one
 * key when both are missing). To rotate, put the new key on the first line, or set it in the environment and leave the file.
 */
export function loadOrCreateKey(dataDir: string, configured: Uint8Array | null): Uint8Array[] {
  const file = join(dataDir, "secret.key")
  const stored = readKeys(file)
  if (configured) return [configured, ...stored]
  if (stored.length) return stored
  createKeyFile(dataDir, file)
  return readKeys(file)
}

function readKeys(file: string): Uint8Array[] {
  let text: string
  try {
    text = readFileSync(file, "utf8")
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return []
    throw error
  }
  const keys = text.split("\n").map((line) => line.trim()).filter(Boolean).map((line) => Buffer.from(line, "base64"))
  if (!keys.length || keys.some((key) => key.length !== 32)) throw new UsageError("key_invalid", `${file}: every line must hold 32 bytes in base64`)
  return keys
}

/** Written beside and linked into place: two processes that start together end with one key, and a crash leaves no half file. */
function createKeyFile(dataDir: string, file: string) {
  if (mkdirSync(dataDir, { recursive: true, mode: 0o700 })) chmodSync(dataDir, 0o700)
  const draft = `${file}.${process.pid}.${randomBytes(4).toString("hex")}`
  const handle = openSync(draft, "wx", 0o600)
  try {
    writeSync(handle, `${randomBytes(32).toString("base64")}\n`)
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
  try {
    linkSync(draft, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error
  } finally {
    unlinkSync(draft)
  }
}
