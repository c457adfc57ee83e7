/** Snapshots as the room keeps them: one a day, chained, signed; keys sealed. */
import type { AuditEntry } from "../audit/index.ts"
import type { Clock } from "../base/clock.ts"
import { sha256 } from "../base/hash.ts"
import { createSeal, type Seal } from "../base/seal.ts"
import { isoDate } from "../base/time.ts"
import { inTransaction, type Db, type Tx } from "../db/index.ts"
import { isPublishing, livesOn, type Registry } from "./view.ts"
import {
  newSigningKey,
  readPublicKeys,
  signText,
  SNAPSHOT_FORMAT,
  snapshotText,
  type PublicKey,
  type SigningKey,
  type SnapshotDocument,
} from "./snapshot.ts"

interface AuditLog {
  write(tx: Tx, entries: AuditEntry[]): Promise<void>
}
export interface SnapshotsParts {
  db: Db
  clock: Clock
  audit: AuditLog
  /** The ring of sealing keys, read when first needed. */
  keys(): Uint8Array[]
}
export interface SnapshotRow {
  day: string
  sequence: number
  madeAt: number
  sha256: string
  keyId: string
}
export interface SnapshotInput {
  view: Registry
  ended: { id: string; unitId: string; network: string; remoteId: string | null; name: string; endedAt: number }[]
  issuer: string
  /** Base of the verify pages. */
  publicUrl: string
  statusOf(accountId: string): "official" | "suspended"
}

const aadOf = (keyId: string) => `snapshot-key:${keyId}:v1`

export class Snapshots {
  private opened: Seal | null = null
  constructor(private readonly parts: SnapshotsParts) {}

  private get seal(): Seal {
    return (this.opened ??= createSeal(this.parts.keys()))
  }

  /** Makes the snapshot of today; null when there is one. A day nobody made one stays without: the past cannot be signed today. */
  async make(input: SnapshotInput, actor: string): Promise<SnapshotRow | null> {
    const key = await this.signingKey()
    const at = this.parts.clock.now()
    const day = isoDate(at)
    return inTransaction(this.parts.db, async (tx) => {
      const last = await tx
        .selectFrom("registry_snapshots")
        .select(["sequence", "day", "sha256"])
        .orderBy("sequence", "desc")
        .limit(1)
        .executeTakeFirst()
      if (last && last.day >= day) return null
      const previous = last ? { day: last.day, sequence: Number(last.sequence), sha256: last.sha256 } : null
      const content = snapshotText(documentOf(input, { day, at, previous, keyId: key.id }))
      const row = {
        sequence: (previous?.sequence ?? 0) + 1,
        day,
        made_at: at,
        sha256: sha256(content),
        previous: previous?.sha256 ?? null,
        key_id: key.id,
        signature: signText(content, key.secretKey),
        content,
      }
      const result = await tx
        .insertInto("registry_snapshots")
        .values(row)
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst()
      // Another process was faster.
      if (!Number(result.numInsertedOrUpdatedRows ?? 0)) return null
      await this.parts.audit.write(tx, [
        { actor, action: "registry.snapshot", subject: `snapshot:${day}`, detail: { sequence: row.sequence, sha256: row.sha256, key: key.id } },
      ])
      return { day, sequence: row.sequence, madeAt: at, sha256: row.sha256, keyId: key.id }
    })
  }

  async list(limit = 400): Promise<SnapshotRow[]> {
    const rows = await this.parts.db
      .selectFrom("registry_snapshots")
      .select(["day", "sequence", "made_at", "sha256", "key_id"])
      .orderBy("sequence", "desc")
      .limit(limit)
      .execute()
    return rows.map((row) => ({ day: row.day, sequence: Number(row.sequence), madeAt: Number(row.made_at), sha256: row.sha256, keyId: row.key_id }))
  }

  /** The exact bytes and their signature; `latest` = the newest. */
  async read(day: string): Promise<{ day: string; content: string; signature: string; sha256: string } | null> {
    const query = this.parts.db.selectFrom("registry_snapshots").select(["day", "content", "signature", "sha256"])
    const row = await (day === "latest" ? query.orderBy("sequence", "desc").limit(1) : query.where("day", "=", day)).executeTakeFirst()
    return row ?? null
  }

  /** Every public key ever used, newest first. */
  async publicKeys(): Promise<{ id: string; publicKey: string; createdAt: number }[]> {
    const rows = await this.parts.db.selectFrom("registry_keys").select(["key_id", "public_key", "created_at"]).orderBy("slot", "desc").execute()
    return rows.map((row) => ({ id: row.key_id, publicKey: row.public_key, createdAt: Number(row.created_at) }))
  }
  async verifyingKeys(): Promise<PublicKey[]> {
    return (await this.publicKeys()).flatMap((row) => readPublicKeys(row.publicKey) ?? [])
  }

  /** Signs other public documents (the leadership feed) with the same key. */
  async signWithKey(content: string): Promise<{ keyId: string; signature: string }> {
    const key = await this.signingKey()
    return { keyId: key.id, signature: signText(content, key.secretKey) }
  }

  /** A new key from now on; snapshots of the old one stay checkable with the published list. */
  async rotateKey(actor: string): Promise<string> {
    const key = newSigningKey()
    await inTransaction(this.parts.db, async (tx) => {
      const last = await tx.selectFrom("registry_keys").select((e) => e.fn.max("slot").as("slot")).executeTakeFirst()
      await this.insertKey(tx, Number(last?.slot ?? 0) + 1, key)
      await this.parts.audit.write(tx, [{ actor, action: "registry.key_rotated", subject: `snapshot-key:${key.id}` }])
    })
    return key.id
  }

  private async signingKey(): Promise<SigningKey> {
    const read = () => this.parts.db.selectFrom("registry_keys").selectAll().orderBy("slot", "desc").limit(1).executeTakeFirst()
    let row = await read()
    if (!row) {
      // Two processes may start together: the first row stands, both use it.
      await inTransaction(this.parts.db, (tx) => this.insertKey(tx, 1, newSigningKey()))
      row = (await read())!
    }
    const aad = aadOf(row.key_id)
    const secretKey = this.seal.open(row.secret, aad)
    if (this.seal.outdated(row.secret))
      await this.parts.db
        .updateTable("registry_keys")
        .set({ secret: this.seal.seal(secretKey, aad) })
        .where("slot", "=", row.slot)
        .execute()
    return { id: row.key_id, publicKey: row.public_key, secretKey }
  }

  private async insertKey(tx: Tx, slot: number, key: SigningKey): Promise<void> {
    const row = {
      slot,
      key_id: key.id,
      public_key: key.publicKey,
      secret: this.seal.seal(key.secretKey, aadOf(key.id)),
      created_at: this.parts.clock.now(),
    }
    await tx
      .insertInto("registry_keys")
      .values(row)
      .onConflict((conflict) => conflict.doNothing())
      .execute()
  }
}

function documentOf(
  { view, ended, issuer, publicUrl, statusOf }: SnapshotInput,
  chain: { day: string; at: number; previous: SnapshotDocument["previous"]; keyId: string },
): SnapshotDocument {
  return {
    format: SNAPSHOT_FORMAT,
    issuer,
    day: chain.day,
    sequence: (chain.previous?.sequence ?? 0) + 1,
    madeAt: new Date(chain.at).toISOString(),
    previous: chain.previous,
    key: { id: chain.keyId, algorithm: "Ed25519" },
    registryVersion: view.version,
    // Units that ended but still have accounts listed are named, too: their accounts point at them.
    units: view.units
      .filter((unit) => livesOn(unit, view.day) || unit.accounts.length > 0)
      .map((unit) => ({ id: unit.id, name: unit.name, kind: unit.kind, code: unit.code ?? null, portal: unit.portal?.url ?? null })),
    accounts: view.accounts
      .filter((account) => !isPublishing(account.network) || account.identity.status !== "pending")
      .map((account) => ({
        id: account.id,
        unit: account.unitId,
        network: account.network,
        remoteId: account.remoteId ?? null,
        name: account.name,
        handle: account.handle ?? null,
        url: account.url ?? null,
        status: statusOf(account.id),
        verifiedOn: account.identity.status === "verified" ? (account.identity.date ?? null) : null,
        verify: `${publicUrl}/verify/${account.id}`,
      })),
    ended: ended.map((account) => ({
      id: account.id,
      unit: account.unitId,
      network: account.network,
      remoteId: account.remoteId,
      name: account.name,
      endedOn: isoDate(account.endedAt),
    })),
  }
}
