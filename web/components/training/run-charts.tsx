"use client"
import { useMemo } from "react"
import { useTranslations } from "use-intl"
import { ChartsProvider } from "./charts-state"
import { ChartsToolbar } from "./charts-toolbar"
import { measuredOf, type Measured, type Point } from "./curves"
import { MetricChart, type Series } from "./metric-chart"

type Chart = { title: string; series: Series[]; canLog?: boolean; wide?: boolean; optional?: boolean }

/** How a run goes: losses on one scale, how its checkpoints sounded, learning rate, gradients, speed and memory. `best`: the step of the best checkpoint, which all of them mark. */
export function RunCharts({ points, best }: { points: readonly Point[]; best: number | null }) {
  const measured = useMemo(() => withGigabytes(measuredOf(points)), [points])
  const charts = useRunCharts(measured)
  const last = points.reduce((last, point) => Math.max(last, point.step), 0)
  return (
    <ChartsProvider last={last} best={best}>
      <div className="space-y-4">
        <ChartsToolbar />
        <div className="grid gap-5 lg:grid-cols-2">
          {charts.map((chart) => <div key={chart.title} className={chart.wide ? "min-w-0 lg:col-span-2" : "min-w-0"}><MetricChart title={chart.title} series={chart.series} canLog={chart.canLog} /></div>)}
        </div>
      </div>
    </ChartsProvider>
  )
}

const withGigabytes = (measured: Measured): Measured =>
  new Map(measured).set("memory_gb", (measured.get("memory_bytes") ?? []).map(({ step, value }) => ({ step, value: value && value / 1e9 })))

function useRunCharts(measured: Measured): Chart[] {
  const t = useTranslations("training")
  const words = useTranslations("charts")
  const scores = useTranslations("auditions")
  return useMemo(() => {
    const one = (name: string, label: string, color: Series["color"], more?: Partial<Series>): Series => ({ key: name, name, label, color, measured, ...more })
    const has = (series: Series) => !!measured.get(series.name)?.length
    const charts: Chart[] = [
      {
        title: t("loss"), canLog: true, wide: true,
        series: [one("loss", t("trainSeries"), "--chart-1"), one("eval_loss", t("evalSeries"), "--chart-2", { dots: true, dash: [6, 4] })],
      },
      {
        title: t("auditionScores"), optional: true,
        series: [one("audition_score", scores("scores.score"), "--chart-1", { dots: true }), one("audition_similarity", scores("scores.similarity"), "--chart-2", { dots: true, dash: [6, 4] })],
      },
      { title: scores("scores.cer"), optional: true, series: [one("audition_cer", scores("scores.cer"), "--chart-3", { dots: true })] },
      { title: t("learningRate"), series: [one("learning_rate", t("learningRate"), "--chart-3")] },
      { title: t("gradNorm"), canLog: true, series: [one("grad_norm", t("gradNorm"), "--chart-1")] },
      { title: t("stepsPerS"), series: [one("steps_per_s", t("stepsPerS"), "--chart-2")] },
      { title: words("memory"), optional: true, series: [one("memory_gb", words("memory"), "--chart-3")] },
    ]
    return charts.filter((chart) => !chart.optional || chart.series.some(has))
  }, [measured, t, words, scores])
}
