"use client"
import { useTheme } from "next-themes"
import { useEffect, useMemo, useRef } from "react"
import { useTranslations } from "use-intl"
import uPlot from "uplot"
import "uplot/dist/uPlot.min.css"
import { useCharts } from "./charts-state"
import { smoothed, type Curves } from "./curves"
import { useShortNumber } from "./numbers"
import { plotOptions, type Look, type PlotEvents } from "./plot-options"

const HEIGHT = 220
const MEASURE = "chart"

type Props = { curves: Curves; looks: readonly Look[]; log: boolean; label: string; onCursor: (index: number | null) => void }

/** The canvas of a chart. The arrow keys move its cursor, + and - zoom, Escape shows all steps. */
export function ChartPlot({ curves, looks, log, label, onCursor }: Props) {
  const box = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | null>(null)
  const t = useTranslations("training")
  const { smoothing, range, setRange, look, best } = useCharts()
  const { resolvedTheme } = useTheme()
  const number = useShortNumber()
  const spec = JSON.stringify({ looks, log, calm: smoothing > 0, mark: best === null ? null : { step: best, label: t("best") } })
  const data = useMemo(() => dataOf(curves, looks, smoothing, log), [curves, looks, smoothing, log])
  const events = useRef<PlotEvents>({ onCursor, onRange: setRange })
  useEffect(() => {
    events.current = { onCursor, onRange: setRange }
  })
  useEffect(() => {
    const element = box.current!
    const made = new uPlot(plotOptions({ ...JSON.parse(spec), number }, element.clientWidth, HEIGHT, () => events.current), undefined, element)
    plot.current = made
    const resized = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }))
    resized.observe(element)
    return () => {
      resized.disconnect()
      made.destroy()
      plot.current = null
    }
  }, [spec, number, resolvedTheme])
  useEffect(() => {
    if (plot.current) draw(plot.current, data, range)
  }, [data, range, spec, number, resolvedTheme])
  return (
    <div ref={box} role="img" aria-label={label} tabIndex={0} data-steps={curves.steps.length} style={{ height: HEIGHT }}
      className="w-full rounded-md outline-none focus-visible:ring-3 focus-visible:ring-ring/50" onBlur={() => onCursor(null)}
      onKeyDown={(event) => {
        const zoom = { "+": 0.5, "=": 0.5, "-": 2 }[event.key]
        const steps = { ArrowLeft: -1, ArrowRight: 1 }[event.key]
        if (zoom) look(zoom, 0)
        else if (event.key === "Escape") setRange(null)
        else if (steps && plot.current) step(plot.current, steps * (event.shiftKey ? 10 : 1))
        else return
        event.preventDefault()
      }}
    />
  )
}

/** For each curve what was measured, then the calm one, where it is wanted. A logarithm has no room for zero and less. */
function dataOf(curves: Curves, looks: readonly Look[], smoothing: number, log: boolean): uPlot.AlignedData {
  const shown = curves.values.map((row) => (log ? row.map((value) => (value !== null && value > 0 ? value : null)) : row))
  if (smoothing === 0) return [curves.steps, ...shown]
  return [curves.steps, ...shown.flatMap((row, i) => (looks[i]?.dots ? [row] : [row, smoothed(row, smoothing)]))]
}

/** Draws at once, and leaves the time it took among the browser's measures: the newest one only. */
function draw(plot: uPlot, data: uPlot.AlignedData, range: readonly [number, number] | null) {
  const start = performance.now()
  plot.batch(() => {
    plot.setData(data, !range)
    if (range) plot.setScale("x", { min: range[0], max: range[1] })
  })
  performance.clearMeasures(MEASURE)
  performance.measure(MEASURE, { start, detail: data[0].length })
}

function step(plot: uPlot, by: number) {
  const steps = plot.data[0]
  if (!steps.length) return
  const { min, max } = plot.scales.x!
  const low = steps.findIndex((one) => one >= (min ?? 0))
  const high = steps.findLastIndex((one) => one <= (max ?? Infinity))
  const to = Math.min(high, Math.max(low, (plot.cursor.idx ?? (by > 0 ? low - 1 : high + 1)) + by))
  plot.setCursor({ left: plot.valToPos(steps[to]!, "x"), top: 10 }, true)
}
