/** A small chart drawn on the server: bars by day, the same numbers as a table for those who read. No script, no inline style. */
import type { Say } from "../visit.ts"

export interface Point {
  /** YYYY-MM-DD. */
  day: string
  /** null = no number, which is not 0. */
  value: number | null
}
const WIDTH = 640
const HEIGHT = 170
const LEFT = 66
const BOTTOM = 24
const TOP = 10

const short = (day: string) => `${day.slice(8)}/${day.slice(5, 7)}`
const number = (value: number) => value.toLocaleString("vi-VN")
/** The next "round" number: 1, 2 or 5 times a power of ten. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, value)))
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= value) ?? 10 * power
}

export const Chart = ({ title, points, t, line = false }: { title: string; points: readonly Point[]; t: Say; line?: boolean }) => {
  const known = points.flatMap(({ value }) => (value === null ? [] : [value]))
  if (!known.length) {
    return (
      <p class="empty">
        {title}: {t("không có số liệu", "no data")}
      </p>
    )
  }
  const top = roundUp(Math.max(...known))
  const wide = (WIDTH - LEFT) / points.length
  const y = (value: number) => HEIGHT - BOTTOM - (value / top) * (HEIGHT - BOTTOM - TOP)
  const x = (i: number) => LEFT + i * wide + wide / 2
  const places = points.flatMap(({ value }, i) => (value === null ? [] : [{ x: x(i), y: y(value) }]))
  const every = Math.ceil(points.length / 7)
  const first = points[0]!.day
  const last = points.at(-1)!.day
  return (
    <figure class="plot">
      <svg
        class="chart"
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        aria-label={t(
          `${title}, từ ${short(first)} đến ${short(last)}, cao nhất ${number(Math.max(...known))}`,
          `${title}, ${short(first)} to ${short(last)}, at most ${number(Math.max(...known))}`,
        )}
      >
        {[0, top / 2, top].map((value) => (
          <>
            <line class={value ? "grid" : "axis"} x1={LEFT} x2={WIDTH} y1={y(value)} y2={y(value)} />
            <text x={LEFT - 6} y={y(value) + 4} text-anchor="end">
              {number(value)}
            </text>
          </>
        ))}
        {line ? <polyline class="line-v" points={places.map((place) => `${place.x.toFixed(1)},${place.y.toFixed(1)}`).join(" ")} /> : null}
        {points.map(({ value }, i) =>
          value === null ? null : line ? (
            <circle class="dot-v" cx={x(i)} cy={y(value)} r="3" />
          ) : (
            <rect
              class="bar-v"
              x={(x(i) - wide * 0.35).toFixed(1)}
              y={y(value).toFixed(1)}
              width={(wide * 0.7).toFixed(1)}
              height={Math.max(0, HEIGHT - BOTTOM - y(value)).toFixed(1)}
            />
          ),
        )}
        {points.map(({ day }, i) =>
          i % every === 0 ? (
            <text x={x(i)} y={HEIGHT - 6} text-anchor="middle">
              {short(day)}
            </text>
          ) : null,
        )}
      </svg>
      <details>
        <summary>{t(`${title}: số liệu từng ngày`, `${title}: numbers by day`)}</summary>
        <table>
          <thead>
            <tr>
              <th scope="col">{t("Ngày", "Day")}</th>
              <th scope="col" class="number">
                {title}
              </th>
            </tr>
          </thead>
          <tbody>
            {points.map(({ day, value }) => (
              <tr>
                <td>{day.split("-").reverse().join("/")}</td>
                <td class="number">{value === null ? t("không có số liệu", "no data") : number(value)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </figure>
  )
}
