/** `loa run`: one pass. Poll what is due, screen, enqueue, deliver and settle until nothing is due now. */
import type { Rooms } from "../app.ts"
import type { DeliveryState } from "../model/index.ts"
import { endsWithin } from "./ends-within.ts"
import { emptyTally, type IntakeTally } from "./intake.ts"

/** Where a portal drips for half a minute, the news of the others goes out at this pace meanwhile. */
const SLOW_READ_MS = 300

export interface RunSummary extends IntakeTally {
  /** `published` and `refused` of this pass; what waits, is held or unknown when it ends. */
  deliveries: Record<"published" | "waiting" | "held" | "unknown" | "refused" | "review" | "sending", number>
}

export async function runPass(
  rooms: Rooms,
  options: { all?: boolean; signal: AbortSignal; onProgress?: (line: string) => void },
): Promise<RunSummary> {
  const { intake, routing, outbox, alerts } = rooms
  const tally = emptyTally()
  const before = await outbox.counts()
  let polled = 0
  const reading = intake.poll(tally, {
    all: options.all,
    signal: options.signal,
    onProgress: () => ++polled % 20 === 0 && options.onProgress?.(`đã đọc ${polled} nguồn tin`),
  })
  const publisher = rooms.publisher()
  let shown = 0
  for (let done = false; !done; ) {
    const readAll = await endsWithin(reading, SLOW_READ_MS)
    const routed = await routing.route(tally, options.signal, { wait: true, leaveSlow: true })
    if (routed) options.onProgress?.(`đã xét ${routed} tin mới`)
    const publishing = publisher.untilQuiet(options.signal, ({ published }) => {
      if (published >= shown + 100) options.onProgress?.(`đã đăng ${(shown = published)} bài`)
    })
    // What is read meanwhile joins the posts under way instead of waiting for the last of them.
    try {
      while ((!readAll || routing.isWaiting) && !(await endsWithin(publishing, SLOW_READ_MS)))
        await routing.route(tally, options.signal, { leaveSlow: true })
    } finally {
      await publishing
    }
    done = readAll && (!routing.isWaiting || options.signal.aborted)
    if (readAll && !done) await routing.untilReady(SLOW_READ_MS)
  }
  await alerts.flush()
  const after = await outbox.counts()
  const grown = (state: DeliveryState) => Math.max(0, after[state] - before[state])
  const people = await outbox.needingPerson()
  return {
    ...tally,
    needsPerson: [...tally.needsPerson, ...(await stoppedAccounts(rooms)), ...summariseNeeds(people, rooms)],
    deliveries: {
      published: grown("published"),
      refused: grown("refused"),
      waiting: after.waiting,
      held: after.held,
      unknown: after.unknown,
      review: after.review,
      sending: after.sending,
    },
  }
}

/** Accounts that a network shut out: somebody must reconnect, grant or pay before their queue goes on. */
async function stoppedAccounts(rooms: Rooms): Promise<string[]> {
  const stopped = (await rooms.outbox.lanes()).filter((lane) => lane.paused_by === "network" && rooms.view().accountById(lane.account_id))
  return stopped.map((lane) => `Tài khoản ${lane.account_id} phải dừng đăng: ${lane.paused_reason}`)
}

/** One line per account and state: a person wants to know where to look, not to read two hundred ids. */
function summariseNeeds(people: Awaited<ReturnType<Rooms["outbox"]["needingPerson"]>>, rooms: Rooms): string[] {
  const groups = new Map<string, { count: number; reason: string | null }>()
  for (const { account, state, reason } of people) {
    const key = `${state} ${account}`
    const group = groups.get(key)
    groups.set(key, { count: (group?.count ?? 0) + 1, reason: group?.reason ?? reason })
  }
  const words: Record<string, string> = { review: "bài chờ duyệt", held: "bài bị giữ", unknown: "bài chưa rõ đã đăng hay chưa" }
  return [...groups].map(([key, { count, reason }]) => {
    const [state, account] = key.split(" ") as [string, string]
    const name = rooms.view().accountById(account)?.name
    return `${count} ${words[state]} – ${account}${name ? ` (${name})` : ""}${reason ? `: ${reason}` : ""}`
  })
}
