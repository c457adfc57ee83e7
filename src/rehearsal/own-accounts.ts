/** Pages and OAs that units make themselves while the rehearsal runs: what a registration case begins with. Forms under `/nhin/tao`. */
import type { NetworkName } from "../model/index.ts"
import { escapeXml } from "./portals/render.ts"
import { digitsOf } from "./random.ts"
import type { AccountTuning } from "./types.ts"
import type { FakeAccount, World } from "./world.ts"

export interface OwnAccount {
  unitId: string
  network: NetworkName
  name: string
  tuning?: AccountTuning
}

/** Its unit's portal links to it, its profile names the portal, and its administrators may hand out a token. */
export function addOwnAccount(world: World, own: OwnAccount, silently = false): FakeAccount {
  const unit = world.units.get(own.unitId)
  if (!unit) throw new Error(`the rehearsal has no unit "${own.unitId}"`)
  const number = [...world.accounts.keys()].filter((id) => id.startsWith("own-")).length + 1
  const id = `own-${number}`
  const remoteId = own.network === "facebook" ? `1007${digitsOf(world.seed, id, 11)}` : `388${digitsOf(world.seed, id, 16)}`
  const website = unit.portal?.url ?? ""
  const usual: FakeAccount["tuning"] = {
    name: own.name,
    handle: `dientap.moi.${number}`,
    about: `Trang thông tin chính thức của ${unit.name}`.slice(0, 100),
    description: `Trang thông tin chính thức của ${unit.name}. Cổng thông tin điện tử: ${website}`,
    category: own.network === "facebook" ? "Government organization" : "Cơ quan nhà nước",
    website,
    published: true,
    followers: 0,
    avatar: unit.kind === "department" ? "logo" : "emblem",
    exists: true,
    verified: false,
    badge: "not_verified",
    oaType: 4,
    packageName: "Tăng trưởng",
    packageUntil: "31/05/2027",
  }
  const account: FakeAccount = {
    id,
    unitId: own.unitId,
    network: own.network,
    remoteId,
    connectable: true,
    tuning: { ...usual, ...own.tuning },
    avatarVersion: 1,
    posts: new Map(),
  }
  world.accounts.set(id, account)
  world.byRemoteId.set(remoteId, account)
  world.ownLinks.set(own.unitId, [...(world.ownLinks.get(own.unitId) ?? []), `${world.addresses[own.network]}/nhin/${remoteId}`])
  if (!silently) world.journal.write("own account", own)
  return account
}

const word: Record<NetworkName, string> = { facebook: "Trang Facebook", zalo: "Zalo Official Account" }
const shell = (title: string, body: string, status = 200) =>
  new Response(
    `<!doctype html><html lang="vi"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeXml(title)}</title></head><body style="font:17px/1.6 system-ui;max-width:700px;margin:0 auto;padding:16px"><p style="background:#fff3cd;padding:8px">Mạng diễn tập – không phải mạng thật</p>${body}</body></html>`,
    { status, headers: { "content-type": "text/html; charset=utf-8" } },
  )

/** Answers `/nhin/tao`; null when the path is another. */
export function createAccountPages(world: World, network: NetworkName): (request: Request, path: string) => Promise<Response> | Response | null {
  const form = () => {
    const units = [...world.units.values()]
      .filter((unit) => !unit.ends)
      .map((unit) => `<option value="${escapeXml(unit.id)}">${escapeXml(unit.name)}</option>`)
    return shell(
      `Tạo ${word[network]}`,
      `<h1>Tạo ${word[network]} (diễn tập)</h1><form method="post" action="/nhin/tao"><p><label>Đơn vị<br><select name="unit" style="font:inherit;max-width:100%">${units.join("")}</select></label></p><p><label>Tên tài khoản<br><input name="name" required maxlength="100" style="font:inherit;width:100%"></label></p><button style="font:inherit">Tạo</button></form>`,
    )
  }
  return (request, path) => {
    if (path !== "/nhin/tao") return null
    if (request.method !== "POST") return form()
    return (async () => {
      const fields = new URLSearchParams((await request.text()).slice(0, 10_000))
      const name = (fields.get("name") ?? "").trim().slice(0, 100)
      const unitId = fields.get("unit") ?? ""
      if (!name || !world.units.has(unitId))
        return shell("Chưa tạo được", `<h1>Chưa tạo được</h1><p>Cần chọn đơn vị và ghi tên.</p><p><a href="/nhin/tao">Thử lại</a></p>`, 400)
      const made = addOwnAccount(world, { unitId, network, name })
      return shell(
        "Đã tạo",
        `<h1>Đã tạo “${escapeXml(made.tuning.name)}”</h1><p>Mã tài khoản (ID): <b id="remote-id">${made.remoteId}</b></p><p>Địa chỉ: <a id="address" href="/nhin/${made.remoteId}">${world.addresses[network]}/nhin/${made.remoteId}</a></p>`,
      )
    })()
  }
}
