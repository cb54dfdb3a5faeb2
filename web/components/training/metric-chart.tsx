"use client"
import { useTheme } from "next-themes"
import { useEffect, useId, useMemo, useRef } from "react"
import { useTranslations } from "use-intl"
import uPlot from "uplot"
import "uplot/dist/uPlot.min.css"
import { curvesOf, latestOf, type Point } from "./curves"
import { shortNumber } from "./numbers"

export type Series = { name: string; label: string; color: "--chart-1" | "--chart-2" | "--chart-3" }

const HEIGHT = 220

/** Curves over optimizer steps. The charts of a page share one cursor; the legend has the last value of each curve. */
export function MetricChart({ title, points, series }: { title: string; points: readonly Point[]; series: readonly Series[] }) {
  const t = useTranslations("training")
  const heading = useId()
  const spec = JSON.stringify(series)
  const curves = useMemo(() => curvesOf(points, (JSON.parse(spec) as Series[]).map((s) => s.name)), [points, spec])
  const latest = latestOf(points)
  const values = series.map((s) => `${s.label} ${shortNumber(latest.get(s.name)?.value)}`).join(", ")
  return (
    <section aria-labelledby={heading} className="min-w-0 rounded-xl border bg-card p-4 shadow-xs">
      <div className="mb-3 flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1">
        <h2 id={heading} className="text-sm font-semibold tracking-tight">{title}</h2>
        <Legend series={series} latest={latest} />
      </div>
      {curves.steps.length ? (
        <Plot curves={curves} spec={spec} label={t("chartSummary", { title, values })} />
      ) : (
        <div role="img" aria-label={t("chartEmpty", { title })} style={{ height: HEIGHT }} className="grid place-items-center text-sm text-muted-foreground">
          {t("noPoints")}
        </div>
      )}
    </section>
  )
}

function Legend({ series, latest }: { series: readonly Series[]; latest: Map<string, Point> }) {
  return (
    <ul className="flex flex-wrap gap-x-4 gap-y-1 text-xs text-muted-foreground">
      {series.map((s) => (
        <li key={s.name} className="flex items-center gap-1.5">
          <span className="h-0.5 w-3 rounded-full" style={{ background: `var(${s.color})` }} aria-hidden />
          {series.length > 1 && s.label}
          <span className="font-mono text-foreground tabular-nums">{shortNumber(latest.get(s.name)?.value)}</span>
        </li>
      ))}
    </ul>
  )
}

function Plot({ curves, spec, label }: { curves: ReturnType<typeof curvesOf>; spec: string; label: string }) {
  const box = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | null>(null)
  const { resolvedTheme } = useTheme()
  useEffect(() => {
    const element = box.current!
    const made = new uPlot(optionsOf(JSON.parse(spec) as Series[], element.clientWidth), undefined, element)
    plot.current = made
    const resized = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }))
    resized.observe(element)
    return () => {
      resized.disconnect()
      made.destroy()
      plot.current = null
    }
  }, [spec, resolvedTheme])
  useEffect(() => {
    plot.current?.setData([curves.steps, ...curves.values])
  }, [curves, spec, resolvedTheme])
  return <div ref={box} role="img" aria-label={label} className="w-full" style={{ height: HEIGHT }} />
}

/** Canvas takes no CSS variables: colours are read when the chart is made, and it is made anew with the theme. */
function optionsOf(series: readonly Series[], width: number): uPlot.Options {
  const style = getComputedStyle(document.documentElement)
  const color = (name: string) => style.getPropertyValue(name).trim()
  const axis: uPlot.Axis = {
    stroke: color("--muted-foreground"),
    grid: { stroke: color("--border"), width: 1 },
    ticks: { show: false },
    font: `11px ${getComputedStyle(document.body).fontFamily}`,
  }
  return {
    width,
    height: HEIGHT,
    scales: { x: { time: false } },
    cursor: { sync: { key: "training" } },
    legend: { show: false },
    axes: [
      { ...axis, size: 28, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5] },
      { ...axis, size: 56, values: (_, ticks) => ticks.map(shortNumber) },
    ],
    series: [{}, ...series.map((s) => ({ stroke: color(s.color), width: 1.75, spanGaps: true }))],
  }
}
