/** The rehearsal province: fake portals, Graph API and Zalo API over real HTTP. Started by rehearsal mode, `loa rehearse` and tests, never in live mode. */
import type { Province, ProvinceOptions } from "./types.ts"

export * from "./types.ts"

export async function startProvince(options: ProvinceOptions): Promise<Province> {
  throw new Error(`not built yet (${options.units.length} units)`)
}
