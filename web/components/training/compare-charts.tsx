"use client"
import { useMemo } from "react"
import { useTranslations } from "use-intl"
import { ChartsProvider } from "./charts-state"
import { ChartsToolbar } from "./charts-toolbar"
import { lookOf, type ComparedRun } from "./compared"
import { MetricChart, type Series } from "./metric-chart"

const DOTTED = ["eval_loss", "audition_score", "audition_similarity", "audition_cer"]

/** One chart for each measure, with a curve for each run. */
export function CompareCharts({ runs }: { runs: readonly ComparedRun[] }) {
  const t = useTranslations("training")
  const words = useTranslations("compare")
  const scores = useTranslations("auditions")
  const charts = useMemo(() => {
    const titles = {
      loss: t("loss"), eval_loss: words("evalLoss"), audition_score: scores("scores.score"), audition_similarity: scores("scores.similarity"),
      audition_cer: scores("scores.cer"), learning_rate: t("learningRate"), grad_norm: t("gradNorm"), steps_per_s: t("stepsPerS"),
    }
    const seriesOf = (name: string) => runs.map(({ run, label, measured }, i): Series => ({ key: run.run_id, name, label, measured, dots: DOTTED.includes(name), ...lookOf(i) }))
    return Object.entries(titles)
      .filter(([name]) => runs.some((one) => one.measured.has(name)))
      .map(([name, title]) => ({ name, title, series: seriesOf(name) }))
  }, [runs, t, words, scores])
  const last = useMemo(() => Math.max(0, ...runs.map((one) => one.measured.get("loss")?.at(-1)?.step ?? 0)), [runs])
  return (
    <ChartsProvider last={last}>
      <div className="space-y-4">
        <ChartsToolbar />
        <div className="grid gap-5 lg:grid-cols-2">
          {charts.map(({ name, title, series }) => <MetricChart key={name} title={title} series={series} canLog={name.endsWith("loss") || name === "grad_norm"} />)}
        </div>
      </div>
    </ChartsProvider>
  )
}
