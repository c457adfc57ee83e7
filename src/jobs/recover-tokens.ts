import type { Rooms } from "../app.ts"

const ACTOR = "job:recover"

/**
 * Zalo's pairs that arrived before a death, or while the database was out of reach, are put to use. By then another process may have been told
 * that the old pair is used up: what it stopped for that reason goes on.
 */
export async function recoverTokens({ networks, outbox, alerts }: Rooms): Promise<void> {
  for (const account of await networks.zalo.recover()) {
    await outbox.resumeConnected(account, ACTOR)
    for (const alert of await alerts.list({ account, kind: "account.reconnect" }))
      if (alert.state !== "closed") await alerts.close(alert.id, ACTOR, "Đã lấy lại được mã truy cập.")
  }
}
