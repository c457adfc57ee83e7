/** Is a page that no registry lists somebody imitating a unit? By name (IMP rules), by address, by picture. Pure but for the picture, which comes judged. */
import type { ObservedVerdict } from "../alerts/index.ts"
import { bareName, eyeKey, handleKey } from "../base/name-keys.ts"
import { judgeName, rulesetOn, subjectOfUnit, type ImageVerdict, type Rules } from "../checks/index.ts"
import type { Account, AlertSeverity, Unit } from "../model/index.ts"

export interface ObservedCase {
  page: { network: string; remoteId: string | null; handle: string | null; name: string; unitHint: string | null }
  /** Null = no picture, or not judged. */
  picture: ImageVerdict | null
  units: readonly Unit[]
  rules: Rules
  asOf: string
}

const withoutKind = (name: string) =>
  bareName(name)
    .replace(/^(?:ubnd|uy ban nhan dan)\s+/, "")
    .replace(/^(?:phuong|xa|thi tran)\s+/, "")
    .replace(/ tinh bac ninh$/, "")
const HANDLE_MIN = 6

export function judgeObserved({ page, picture, units, rules, asOf }: ObservedCase): ObservedVerdict {
  const accounts = units.flatMap((unit) => unit.accounts).filter((account) => account.network === page.network)
  const own = accounts.find((account) => isSame(account, page))
  if (own) return { unit: own.unitId, severity: null, rules: [], reasons: [`Là tài khoản ${own.id} trong danh sách chính thức.`], account: own.id }

  const ruleset = rulesetOn(rules.rulesets, asOf)
  const found: { unit: string; rules: string[]; reasons: string[]; grave: boolean; sure: boolean }[] = []
  for (const unit of candidates(units, page)) {
    const verdict = judgeName({
      unit: subjectOfUnit(unit),
      network: page.network,
      name: page.name,
      registered: false,
      ruleset,
      asOf,
      gazetteer: rules.gazetteer,
    })
    if (verdict.verdict === "pass") continue
    found.push({
      unit: unit.id,
      rules: verdict.ruleIds,
      reasons: verdict.reasons,
      grave: verdict.ruleIds.includes("IMP-3") || verdict.ruleIds.includes("IMP-2"),
      sure: verdict.verdict !== "advice",
    })
  }
  const byName = found.toSorted((a, b) => Number(b.sure) - Number(a.sure))[0] ?? null
  const alike = page.handle ? accounts.find((account) => handlesOf(account).some((handle) => looksAlike(handle, page.handle!))) : undefined
  const emblem = picture?.verdict === "match"
  if (!byName && !alike && !emblem)
    return { unit: null, severity: null, rules: [], reasons: ["Chưa thấy dấu hiệu mạo danh theo tên, đường dẫn và ảnh."], account: null }

  const handleReason = alike ? [`Đường dẫn “${page.handle}” rất giống “${alike.handle ?? alike.url}” của tài khoản chính thức ${alike.id}.`] : []
  const pictureReason = emblem ? [`Ảnh đại diện dùng biểu trưng của cơ quan nhà nước: ${picture!.explanation}`] : []
  const severity: AlertSeverity =
    (byName?.sure && (byName.grave || emblem)) || (alike && emblem) ? "critical" : byName?.sure || alike ? "high" : "medium"
  return {
    unit: byName?.unit ?? alike?.unitId ?? page.unitHint,
    severity,
    rules: [...(byName?.rules ?? []), ...(alike ? ["IMP-HANDLE"] : []), ...(emblem ? ["IMP-PICTURE"] : [])],
    reasons: [...(byName?.reasons ?? []), ...handleReason, ...pictureReason],
    account: null,
  }
}

const isSame = (account: Account, page: ObservedCase["page"]) =>
  page.remoteId && account.remoteId
    ? account.remoteId === page.remoteId
    : page.handle !== null && handlesOf(account).some((handle) => handleKey(handle) === handleKey(page.handle!))

function handlesOf(account: Account): string[] {
  const tail = account.url && URL.canParse(account.url) ? new URL(account.url).pathname.split("/").filter(Boolean).at(-1) : undefined
  return [account.handle, tail && !/^\d+$/.test(tail) && tail !== "profile.php" ? tail : undefined].filter((handle) => handle !== undefined)
}
const looksAlike = (ours: string, theirs: string) =>
  handleKey(ours) !== handleKey(theirs) && eyeKey(ours).length >= HANDLE_MIN && eyeKey(ours) === eyeKey(theirs)

/** The unit the observer names, units whose own name the page bears (longest first), and the province's portal, which stands for all. */
function candidates(units: readonly Unit[], page: ObservedCase["page"]): Unit[] {
  const text = ` ${bareName(page.name)} `
  const named = units.filter((unit) => text.includes(` ${withoutKind(unit.name)} `)).toSorted((a, b) => b.name.length - a.name.length).slice(0, 4)
  const hinted = units.filter((unit) => unit.id === page.unitHint)
  const portal = units.filter((unit) => unit.kind === "province_portal").slice(0, 1)
  const all = [...new Set([...hinted, ...named, ...portal])]
  return all.length ? all : units.slice(0, 1)
}
