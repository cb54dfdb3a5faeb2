"use client"
import { useTranslations } from "use-intl"
import { Badge } from "@/components/ui/badge"
import { useCharts, type Range } from "./charts-state"
import type { Curves } from "./curves"
import { useShortNumber } from "./numbers"
import type { Series } from "./metric-chart"

const MOST_ROWS = 200

/** The numbers of a chart, of the steps in view; of many of them evenly chosen ones. */
export function ChartTable({ title, series, curves, range }: { title: string; series: readonly Series[]; curves: Curves; range: Range }) {
  const t = useTranslations("charts")
  const training = useTranslations("training")
  const { best } = useCharts()
  const shortNumber = useShortNumber()
  const inView = curves.steps.map((_, i) => i).filter((i) => !range || (curves.steps[i]! >= range[0] && curves.steps[i]! <= range[1]))
  const stride = Math.ceil(inView.length / MOST_ROWS)
  const rows = inView.filter((_, i) => i % stride === 0 || i === inView.length - 1 || curves.steps[inView[i]!] === best)
  return (
    <div role="region" aria-label={t("tableOf", { title })} tabIndex={0} className="relative h-55 overflow-auto rounded-md border text-xs outline-none focus-visible:ring-3 focus-visible:ring-ring/50">
      <table className="w-full" aria-label={t("tableOf", { title })}>
        {stride > 1 && <caption className="caption-bottom py-2 text-muted-foreground">{t("chosen", { n: rows.length, total: inView.length })}</caption>}
        <thead className="sticky top-0 bg-card text-left text-muted-foreground">
          <tr className="border-b">{[t("step"), ...series.map((one) => one.label)].map((name, i) => <th key={i} scope="col" className="px-3 py-1.5 font-medium">{name}</th>)}</tr>
        </thead>
        <tbody>
          {rows.map((i) => (
            <tr key={i} className="border-b font-mono tabular-nums last:border-b-0">
              <th scope="row" className="px-3 py-1 text-left font-normal">{curves.steps[i]} {curves.steps[i] === best && <Badge variant="success">{training("best")}</Badge>}</th>
              {series.map((one, k) => <td key={one.key} className="px-3 py-1">{shortNumber(curves.values[k]?.[i])}</td>)}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
