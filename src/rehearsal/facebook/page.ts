/** The fields of a Page (facebook-graph.md section 2). */
import type { FakeAccount, World } from "../world.ts"
import { businessId, type Caller } from "./tokens.ts"

export const pageDefaults = ["name"]

/** Every field Loa may ask for; `undefined` and empty ones are left out of answers, unknown names are refused. */
export function pageFields(world: World, account: FakeAccount, caller: Caller, pageToken: string): Record<string, unknown> {
  const { tuning, remoteId } = account
  const isAdmin = caller.kind === "page" || caller.kind === "system" || (caller.kind === "user" && caller.pages.has(remoteId))
  return {
    id: remoteId,
    name: tuning.name,
    username: tuning.handle,
    link: `${world.addresses.facebook}/nhin/${remoteId}`,
    about: tuning.about,
    description: tuning.description,
    category: tuning.category,
    category_list: [{ id: "2235", name: tuning.category }],
    website: tuning.website,
    single_line_address: "Bắc Ninh, Vietnam",
    emails: tuning.emails ?? [],
    phone: tuning.phone,
    verification_status: tuning.badge ?? "not_verified",
    is_verified: tuning.badge === "blue_verified",
    is_published: tuning.published,
    fan_count: tuning.followers,
    followers_count: tuning.followers,
    has_transitioned_to_new_page_experience: true,
    business: isAdmin ? { id: businessId, name: "Trung tâm Thông tin tỉnh (diễn tập)" } : undefined,
    owner_business: isAdmin ? { id: businessId, name: "Trung tâm Thông tin tỉnh (diễn tập)" } : undefined,
    access_token: isAdmin && account.connectable ? pageToken : undefined,
    cover: { cover_id: "7123", id: "7123", source: `${world.addresses.facebook}/__cdn/photo/cover`, offset_x: 0, offset_y: 50 },
    picture: undefined,
    is_owned: true,
    is_unclaimed: false,
    is_community_page: false,
    is_permanently_closed: false,
    impressum: undefined,
    tasks: ["CREATE_CONTENT", "MODERATE", "ANALYZE"],
  }
}

export const settingsOf = () => [
  { setting: "USERS_CAN_POST", value: false },
  { setting: "USERS_CAN_MESSAGE", value: true },
]
