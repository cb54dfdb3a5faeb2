"use client"
import { useTranslations } from "use-intl"
import type { Point } from "./curves"
import { MetricChart } from "./metric-chart"

export function RunCharts({ points }: { points: readonly Point[] }) {
  const t = useTranslations("training")
  return (
    <div className="grid gap-5 lg:grid-cols-2">
      <div className="min-w-0 lg:col-span-2">
        <MetricChart
          title={t("loss")}
          points={points}
          series={[
            { name: "loss", label: t("trainSeries"), color: "--chart-1" },
            { name: "eval_loss", label: t("evalSeries"), color: "--chart-2" },
          ]}
        />
      </div>
      <MetricChart title={t("learningRate")} points={points} series={[{ name: "learning_rate", label: t("learningRate"), color: "--chart-3" }]} />
      <MetricChart title={t("gradNorm")} points={points} series={[{ name: "grad_norm", label: t("gradNorm"), color: "--chart-1" }]} />
    </div>
  )
}
