"use client"
import dynamic from "next/dynamic"
import { useId, useMemo, useState } from "react"
import { useTranslations } from "use-intl"
import { Button } from "@/components/ui/button"
import { Skeleton } from "@/components/ui/skeleton"
import { ChartLegend } from "./chart-legend"
import { ChartTable } from "./chart-table"
import { useCharts } from "./charts-state"
import { curvesOf, valueAt, type Measured } from "./curves"
import { useShortNumber } from "./numbers"
import type { Look } from "./plot-options"

const ChartPlot = dynamic(() => import("./chart-plot").then((module) => module.ChartPlot), { ssr: false, loading: () => <Skeleton className="h-55 w-full" /> })

/** One curve: the metric `name` of what a run has `measured`. */
export type Series = Look & { key: string; name: string; label: string; measured: Measured }

const NOTHING: never[] = []

/** A single value makes no line: it is drawn as a dot. */
const isAlone = ({ measured, name }: Pick<Series, "measured" | "name">) => measured.get(name)?.length === 1

/** Curves over optimizer steps. Charts of a page share cursor, range and smoothing; the legend tells the values at the cursor. */
export function MetricChart({ title, series, canLog = false }: { title: string; series: readonly Series[]; canLog?: boolean }) {
  const t = useTranslations("charts")
  const heading = useId()
  const training = useTranslations("training")
  const { smoothing, range, best } = useCharts()
  const [at, setAt] = useState<number | null>(null)
  const [log, setLog] = useState(false)
  const [asTable, setAsTable] = useState(false)
  const curves = useMemo(() => curvesOf(series.map((one) => one.measured.get(one.name) ?? NOTHING)), [series])
  const looks = useMemo(() => series.map(({ color, dots, dash, ...one }) => ({ color, dash, dots: dots || isAlone(one) })), [series])
  const shortNumber = useShortNumber()
  const values = series.map((one, i) => `${one.label} ${shortNumber(valueAt(curves.values[i] ?? NOTHING, curves.steps.length - 1))}`).join(", ")
  return (
    <section aria-labelledby={heading} className="min-w-0 rounded-xl border bg-card p-4 shadow-xs">
      <div className="mb-2 flex flex-wrap items-center justify-between gap-x-4 gap-y-1">
        <h2 id={heading} className="text-sm font-semibold tracking-tight">
          {title}
          {at !== null && curves.steps[at] !== undefined && <span className="ml-2 font-mono text-xs font-normal text-muted-foreground tabular-nums">{t("atStep", { step: curves.steps[at] })}</span>}
        </h2>
        <div className="flex gap-1">
          {canLog && !asTable && <Switch label={t("log")} of={title} on={log} onToggle={setLog} />}
          <Switch label={t("table")} of={title} on={asTable} onToggle={setAsTable} />
        </div>
      </div>
      <div className="mb-2"><ChartLegend series={series} curves={curves} at={at} smoothing={smoothing} /></div>
      {!curves.steps.length ? (
        <div role="img" aria-label={t("empty", { title })} className="grid h-55 place-items-center text-sm text-muted-foreground">{t("noPoints")}</div>
      ) : asTable ? (
        <ChartTable title={title} series={series} curves={curves} range={range} />
      ) : (
        <ChartPlot curves={curves} looks={looks} log={log} label={best === null ? t("summary", { title, values }) : `${t("summary", { title, values })}. ${training("best")}: ${t("atStep", { step: best })}`} onCursor={setAt} />
      )}
    </section>
  )
}

function Switch({ label, of, on, onToggle }: { label: string; of: string; on: boolean; onToggle: (on: boolean) => void }) {
  return (
    <Button type="button" size="sm" variant={on ? "secondary" : "ghost"} className="h-7 px-2 text-xs" aria-pressed={on} aria-label={`${label}: ${of}`} onClick={() => onToggle(!on)}>{label}</Button>
  )
}
