/** Roles of the desk and what each may do. Reading is open to all of them; a unit official reads the own unit only. */
export const roles = ["province_admin", "editor", "approver", "unit_official", "watcher", "auditor"] as const
export type Role = (typeof roles)[number]

export const permissions = [
  "approve", "reject", "cancel", "retry", "edit", "schedule", "take_down", "compose", "handle_alerts", "pause", "resume", "release_feed", "report",
  "registry", "stop_all", "settings", "read_audit", "manage_users", "manage_keys",
] as const
export type Permission = (typeof permissions)[number]

const may: Record<Role, readonly Permission[]> = {
  province_admin: permissions,
  approver: [
    "approve",
    "reject",
    "cancel",
    "retry",
    "edit",
    "schedule",
    "take_down",
    "compose",
    "handle_alerts",
    "pause",
    "resume",
    "release_feed",
    "report",
  ],
  editor: ["reject", "cancel", "retry", "edit", "schedule", "take_down", "compose", "handle_alerts", "pause", "release_feed", "report"],
  // A unit answers for what stands on its own pages: it may correct, stop and take down, never let through.
  unit_official: ["reject", "cancel", "edit", "take_down", "pause"],
  // Who sees a takeover stops the account at once; going on again is decided by others.
  watcher: ["handle_alerts", "pause", "read_audit"],
  auditor: ["read_audit"],
}

export interface User {
  id: string
  name: string
  role: Role
  /** The only unit this person sees, or null for the whole province. */
  unitId: string | null
}

export const can = (user: User, permission: Permission) => may[user.role].includes(permission)
/** Another unit's things do not exist for a unit official. */
export const sees = (user: User, unitId: string | null) => user.role !== "unit_official" || (unitId !== null && user.unitId === unitId)

/** Who can make something public or decide who may: these sign in with a second factor (ASVS 5.0 V6.3.3). */
const grave: readonly Permission[] = ["approve", "retry", "resume", "release_feed", "manage_users", "manage_keys"]
export const needsTwoSteps = (role: Role) => grave.some((permission) => may[role].includes(permission))

export const roleWords: Record<Role, { vi: string; en: string }> = {
  province_admin: { vi: "Quản trị tỉnh", en: "Province administrator" },
  editor: { vi: "Biên tập viên", en: "Editor" },
  approver: { vi: "Người duyệt", en: "Approver" },
  unit_official: { vi: "Cán bộ đơn vị", en: "Unit official" },
  watcher: { vi: "Người theo dõi an toàn", en: "Security watcher" },
  auditor: { vi: "Kiểm tra (chỉ xem)", en: "Auditor (read only)" },
}
