"use client"
import { useLocale, useTranslations } from "use-intl"
import type { Plan } from "@/lib/api/cutting"
import { decimal, duration } from "@/lib/utils"

/** What the cut would give, in numbers and as bars per second of duration. */
export function PlanStatistics({ statistics }: { statistics: Plan["statistics"] }) {
  const t = useTranslations("data")
  const locale = useLocale()
  const share = statistics.recording_s ? statistics.speech_s / statistics.recording_s : 0
  const percent = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 })
  const facts = [
    ["count", String(statistics.chunk_count)],
    ["total", duration(statistics.chunk_total_s, locale)],
    ["mean", duration(statistics.chunk_mean_s, locale)],
    ["span", `${decimal(statistics.chunk_min_s, 1, locale)} – ${decimal(statistics.chunk_max_s, 1, locale)}`],
    ["share", percent.format(share)],
  ] as const
  return (
    <div className="space-y-4">
      <dl aria-label={t("statistics")} className="grid grid-cols-2 gap-3 sm:grid-cols-5">
        {facts.map(([key, value]) => (
          <div key={key} data-statistic={key} className="min-w-0">
            <dt className="text-xs text-muted-foreground">{t(`statistic.${key}`)}</dt>
            <dd className="font-mono text-sm font-medium tabular-nums">{value}</dd>
          </div>
        ))}
      </dl>
      <Histogram counts={statistics.histogram ?? []} />
    </div>
  )
}

const HEIGHT_PX = 64

/** Chunks per whole second of duration. */
function Histogram({ counts }: { counts: number[] }) {
  const t = useTranslations("data")
  const most = Math.max(...counts, 0)
  if (!most) return null
  const told = counts.flatMap((n, second) => (n ? [t("bar", { from: second, to: second + 1, n })] : []))
  return (
    <figure className="space-y-1">
      <figcaption className="text-xs text-muted-foreground">{t("histogram")}</figcaption>
      <div role="img" aria-label={`${t("histogram")}: ${told.join("; ")}`} className="flex items-end gap-1 border-b">
        {counts.map((n, second) => (
          <div key={second} title={t("bar", { from: second, to: second + 1, n })} className="max-w-10 flex-1 rounded-t-xs bg-chart-1" style={{ height: n ? Math.max(2, (n / most) * HEIGHT_PX) : 0 }} />
        ))}
      </div>
      <div aria-hidden className="flex gap-1 font-mono text-[11px] text-muted-foreground tabular-nums">
        {counts.map((_, second) => <span key={second} className="max-w-10 flex-1 text-center">{second}</span>)}
      </div>
    </figure>
  )
}
