import { smoothed, valueAt, type Curves } from "./curves"
import { useShortNumber } from "./numbers"
import type { Series } from "./metric-chart"

type Props = { series: readonly Series[]; curves: Curves; at: number | null; smoothing: number }

/** The value of each curve at the cursor, else its last one. */
export function ChartLegend({ series, curves, at, smoothing }: Props) {
  const shortNumber = useShortNumber()
  const place = at ?? curves.steps.length - 1
  return (
    <ul className="flex flex-wrap gap-x-4 gap-y-1 text-xs text-muted-foreground">
      {series.map((one, i) => (
        <li key={one.key} className="flex min-w-0 items-center gap-1.5">
          <svg className="h-2 w-5 shrink-0" aria-hidden>
            <line x1={0} y1={4} x2={20} y2={4} stroke={`var(${one.color})`} strokeWidth={2} strokeDasharray={one.dash?.join(" ")} />
          </svg>
          {series.length > 1 && <span className="max-w-40 truncate">{one.label}</span>}
          <span className="font-mono text-foreground tabular-nums">{shortNumber(shown(curves.values[i] ?? [], place, one.dots ? 0 : smoothing))}</span>
        </li>
      ))}
    </ul>
  )
}

const shown = (values: (number | null)[], place: number, smoothing: number) =>
  valueAt(smoothing ? smoothed(values.slice(0, place + 1), smoothing) : values, place)
