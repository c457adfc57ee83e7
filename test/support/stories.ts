/** What stories ask of a world: its accounts by network, and what an operator reads about them. */
import { expect } from "bun:test"
import type { DeliveryView } from "../../src/outbox/index.ts"
import type { World } from "./world.ts"

const idsOf = (w: World, network: string) => w.units.map((unit) => unit.accounts.find((account) => account.network === network)!.id)
/** Facebook Pages of the world, in the order of its units. */
export const pagesOf = (w: World) => idsOf(w, "facebook")
/** Zalo OAs of the world, in the order of its units. */
export const oasOf = (w: World) => idsOf(w, "zalo")

/** Registry edit: nothing is published on this network, so that a story is about the other one. */
export const silence = (network: "facebook" | "zalo") => (units: World["units"]) => {
  for (const unit of units) for (const account of unit.accounts) if (account.network === network) account.publish = "off"
}

/** `loa deliveries list --json`, by account. */
export async function deliveriesByAccount(w: World): Promise<Map<string, DeliveryView[]>> {
  const { deliveries } = (await w.loa(["deliveries", "list", "--json"])).json as { deliveries: DeliveryView[] }
  const by = new Map<string, DeliveryView[]>()
  for (const delivery of deliveries) by.set(delivery.account, [...(by.get(delivery.account) ?? []), delivery])
  return by
}

/** A world after some passes: what every account got, and what people are asked about. */
export function story(worldOf: () => World) {
  let deliveries = new Map<string, DeliveryView[]>()
  let alerts: Awaited<ReturnType<typeof alertsOf>> = []
  const deliveriesOf = (account: string) => deliveries.get(account) ?? []
  const alertsAbout = (account: string) => alerts.filter((alert) => alert.account === account)
  return {
    deliveriesOf,
    alertsAbout,
    /** So many passes of `loa run`, then reads how things stand. */
    async tell(passes: number) {
      await worldOf().settle(passes)
      deliveries = await deliveriesByAccount(worldOf())
      alerts = await alertsOf(worldOf())
    },
    /** The one delivery of the account. */
    only(account: string): DeliveryView {
      const list = deliveriesOf(account)
      expect(list).toHaveLength(1)
      return list[0]!
    },
    alertKinds: (account: string) => alertsAbout(account).map((alert) => alert.kind),
  }
}

/** `loa alerts list --json`. */
export async function alertsOf(w: World): Promise<{ kind: string; severity: string; account: string | null; unit: string | null; summary: string }[]> {
  return (await w.loa(["alerts", "list", "--json"])).json.alerts
}

export const showAccount = async (w: World, id: string) => (await w.loa(["account", "show", id, "--json"])).json.account
