/** The public registry of one day as a signed document in a chain: what it says, how it is signed, and how anybody checks it without us. Pure. */
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify, type KeyObject } from "node:crypto"
import { z } from "zod"
import { sha256 } from "../base/hash.ts"

export const SNAPSHOT_FORMAT = "loa-registry-snapshot/1"
export const SNAPSHOT_BYTES_MAX = 64_000_000

const link = z.strictObject({ day: z.string(), sequence: z.number().int().min(1), sha256: z.string().regex(/^[0-9a-f]{64}$/) })
const text = z.string()
const orNull = text.nullable()
/** Public facts only: no people, no telephone, no token. */
export const snapshotDocument = z.strictObject({
  format: z.literal(SNAPSHOT_FORMAT),
  issuer: text,
  day: z.string().regex(/^\d{4}-\d{2}-\d{2}$/),
  sequence: z.number().int().min(1),
  madeAt: text,
  /** The snapshot before this one: its exact bytes have this hash. Null for the first. */
  previous: link.nullable(),
  key: z.strictObject({ id: z.string().regex(/^[0-9a-f]{16}$/), algorithm: z.literal("Ed25519") }),
  registryVersion: z.number().int(),
  units: z.array(z.strictObject({ id: text, name: text, kind: text, code: orNull, portal: orNull })),
  accounts: z.array(
    z.strictObject({
      id: text,
      unit: text,
      network: text,
      remoteId: orNull,
      name: text,
      handle: orNull,
      url: orNull,
      status: z.enum(["official", "suspended"]),
      verifiedOn: orNull,
      verify: text,
    }),
  ),
  /** Accounts that were listed once and are not any more. */
  ended: z.array(z.strictObject({ id: text, unit: text, network: text, remoteId: orNull, name: text, endedOn: text })),
})
export type SnapshotDocument = z.infer<typeof snapshotDocument>

/** The bytes that are signed and served; nobody may reformat them. */
export const snapshotText = (document: SnapshotDocument) => `${JSON.stringify(document, null, 1)}\n`

export interface SigningKey {
  id: string
  /** SPKI, PEM. */
  publicKey: string
  /** PKCS#8, PEM. */
  secretKey: string
}
/** First 16 hex digits of the SHA-256 of the public key's DER. */
const idOfKey = (key: KeyObject) => createHash("sha256").update(key.export({ type: "spki", format: "der" })).digest("hex").slice(0, 16)
export function newSigningKey(): SigningKey {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519")
  return {
    id: idOfKey(publicKey),
    publicKey: publicKey.export({ type: "spki", format: "pem" }) as string,
    secretKey: privateKey.export({ type: "pkcs8", format: "pem" }) as string,
  }
}
/** Ed25519 over the exact UTF-8 bytes, base64. */
export const signText = (content: string, secretKey: string) => sign(null, Buffer.from(content), createPrivateKey(secretKey)).toString("base64")

export interface PublicKey {
  id: string
  key: KeyObject
}
/** A PEM, or the JSON of `/snapshots/keys.json`; null when it is neither. */
export function readPublicKeys(content: string): PublicKey[] | null {
  try {
    const pems = content.trimStart().startsWith("{")
      ? z
          .object({ keys: z.array(z.object({ publicKey: z.string() })) })
          .parse(JSON.parse(content))
          .keys.map((entry) => entry.publicKey)
      : [content]
    return pems.map((pem) => {
      const key = createPublicKey(pem)
      if (key.asymmetricKeyType !== "ed25519") throw new TypeError("not an Ed25519 key")
      return { id: idOfKey(key), key }
    })
  } catch {
    return null
  }
}

export type SnapshotOutcome = "valid" | "tampered" | "wrong_key" | "unsigned" | "malformed" | "mischained"
export interface SnapshotVerdict {
  outcome: SnapshotOutcome
  day: string | null
  sequence: number | null
  accounts: number | null
  sha256: string
  /** Key id that the document names. */
  key: string | null
  /** English, for logs; people's words come by outcome. */
  detail: string
}

/** Is this text what the key's owner signed? The key is never taken from the document itself. */
export function verifySnapshot(content: string, signature: string | null, keys: readonly PublicKey[]): SnapshotVerdict {
  const base = {
    day: null as string | null,
    sequence: null as number | null,
    accounts: null as number | null,
    sha256: sha256(content),
    key: null as string | null,
  }
  const document = parse(content)
  if (!document) return { ...base, outcome: "malformed", detail: `not a document of the format ${SNAPSHOT_FORMAT}` }
  const known = { ...base, day: document.day, sequence: document.sequence, accounts: document.accounts.length, key: document.key.id }
  const bytes = signature === null ? null : signatureBytes(signature)
  if (!bytes)
    return {
      ...known,
      outcome: "unsigned",
      detail: signature === null ? "there is no signature beside it" : "the signature is no base64 of 64 bytes",
    }
  if (keys.some(({ key }) => verify(null, Buffer.from(content), key, bytes))) return { ...known, outcome: "valid", detail: "signature holds" }
  // A forger may name any key; what matters is that none of ours made this signature.
  if (!keys.some(({ id }) => id === document.key.id))
    return { ...known, outcome: "wrong_key", detail: `signed under key ${document.key.id}, given: ${keys.map(({ id }) => id).join(", ")}` }
  return { ...known, outcome: "tampered", detail: "content and signature do not belong together" }
}

/** A row of snapshots in order of their numbers: each must carry the hash of the one before it, none may be missing. */
export function verifyChain(texts: readonly { content: string; signature: string | null }[], keys: readonly PublicKey[]): SnapshotVerdict[] {
  const verdicts = texts
    .map(({ content, signature }) => ({ content, verdict: verifySnapshot(content, signature, keys) }))
    .sort((a, b) => (a.verdict.sequence ?? 0) - (b.verdict.sequence ?? 0))
  return verdicts.map(({ content, verdict }, index) => {
    const before = verdicts[index - 1]
    if (verdict.outcome !== "valid" || !before || before.verdict.outcome === "malformed") return verdict
    const { previous, sequence } = parse(content)!
    const fits = previous?.sha256 === before.verdict.sha256 && previous.sequence === before.verdict.sequence && sequence === previous.sequence + 1
    return fits
      ? verdict
      : { ...verdict, outcome: "mischained" as const, detail: `does not follow snapshot ${before.verdict.sequence} of ${before.verdict.day}` }
  })
}

function parse(content: string): SnapshotDocument | null {
  if (content.length > SNAPSHOT_BYTES_MAX) return null
  try {
    const result = snapshotDocument.safeParse(JSON.parse(content))
    return result.success ? result.data : null
  } catch {
    return null
  }
}

function signatureBytes(signature: string): Buffer | null {
  const trimmed = signature.trim()
  if (!/^[A-Za-z0-9+/]{86}==$/.test(trimmed)) return null
  return Buffer.from(trimmed, "base64")
}
