/** The grid of units by compliance, kept as finished markup while nothing changes. */
import { raw } from "hono/html"
import type { Rooms } from "../../app.ts"
import { verdicts, type Unit, type Verdict } from "../../model/index.ts"
import type { Lang, Say } from "../visit.ts"
import { verdictSign, verdictWord } from "../words.ts"

/** A larger registry gets smaller tiles. */
const DENSE_FROM = 400

type Standing = Verdict | "none"
const groups = (t: Say): [string, string[]][] => [
  [t("Cổng tỉnh và các sở, ban, ngành", "Province portal and departments"), ["province_portal", "department"]],
  [t("Phường", "Wards"), ["ward"]],
  [t("Xã", "Communes"), ["commune"]],
  [t("Khác", "Other"), ["district", "town", "city", "township"]],
]
const standingWord = (standing: Standing, t: Say) => (standing === "none" ? t("chưa có tài khoản", "no account") : verdictWord(standing, t))
const signOf = (standing: Standing) => (standing === "none" ? "–" : verdictSign[standing])
const shortName = (unit: Unit) =>
  unit.kind === "ward" || unit.kind === "commune"
    ? unit.name.replace(/^(?:UBND|Ủy ban nhân dân)\s+(?:phường|xã)\s+/iu, "")
    : unit.name.replace(/\s+tỉnh Bắc Ninh$/u, "").replace(/Ủy ban nhân dân/gu, "UBND")

/**
 * The grid of units as finished markup, kept per language while registry and verdicts stay the same: with 3,321 units it is most of the
 * page, and every visitor sees the same one.
 */
export function mapCache(rooms: Rooms): (lang: Lang, t: Say) => Promise<string> {
  const kept = new Map<Lang, { units: unknown; verdicts: unknown; html: Promise<string> }>()
  return (lang, t) => {
    const units = rooms.view().livingUnits
    const standing = rooms.checks.standing()
    const known = kept.get(lang)
    if (known?.units === units && known.verdicts === standing) return known.html
    const html = draw(units, (unit) => standing.get(unit.id)?.verdict ?? (unit.accounts.length ? "pass" : "none"), t)
    kept.set(lang, { units, verdicts: standing, html })
    return html
  }
}

async function draw(units: readonly Unit[], standingOf: (unit: Unit) => Standing, t: Say): Promise<string> {
  const entries = units.map((unit) => ({
    unit,
    standing: unit.accounts.length === 0 && standingOf(unit) === "pass" ? ("none" as const) : standingOf(unit),
  }))
  const element = (
    <>
      <h2 id="units">{t(`${entries.length} đơn vị theo mức tuân thủ`, `${entries.length} units by compliance`)}</h2>
      <ul class="legend">
        {([...verdicts, "none"] as const).map((standing) => {
          const count = entries.filter((entry) => entry.standing === standing).length
          return count ? (
            <li>
              <span class={`tag ${standing}`}>
                {signOf(standing)} {standingWord(standing, t)}: {count}
              </span>
            </li>
          ) : null
        })}
      </ul>
      {groups(t).map(([label, kinds]) => {
        const own = entries.filter(({ unit }) => kinds.includes(unit.kind))
        const form = kinds.includes("department") ? "tiles wide" : entries.length >= DENSE_FROM ? "tiles dense" : "tiles"
        return own.length ? (
          <>
            <h3>{label}</h3>
            <ul class={form}>{own.map((entry) => raw(tile(entry.unit, entry.standing, t)))}</ul>
          </>
        ) : null
      })}
    </>
  )
  return (await element.toString()) as string
}

const escaped = (text: string) => text.replace(/[&<>"]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[sign]!)
/** As little markup as a tile can be: name, sign, and the word for those who do not see the colour. */
const tile = (unit: Unit, standing: Standing, t: Say) =>
  `<li><a class=${standing} href="/units/${escaped(unit.id)}">${escaped(shortName(unit))} <i aria-hidden=true>${signOf(standing)}</i><span class=unseen>${standingWord(standing, t)}</span></a></li>`
