"use client"
import { useTranslations } from "use-intl"
import { Notices } from "@/components/notices"
import { Progress } from "@/components/ui/progress"
import type { Forecast } from "@/lib/api/training"
import { useLocaleName } from "@/lib/i18n/provider"
import { bytes, duration } from "@/lib/utils"

/** What a probe measured: time, memory beside its limit, and the money where the GPU is rented. */
export function ForecastFacts({ forecast }: { forecast: Forecast }) {
  const t = useTranslations("recipe")
  const locale = useLocaleName()
  const { memory_bytes: used, memory_limit_bytes: limit } = forecast
  const memory = t("memoryOf", { used: bytes(used, locale), limit: bytes(limit, locale) })
  const rows = [
    [t("wholeTime"), duration(forecast.total_s, locale)],
    [t("stepTime"), duration(forecast.step_s, locale)],
    [t("settings.batch_size"), String(forecast.batch_size)],
    [t("deviceUsed"), t("deviceOf", { device: forecast.device, precision: forecast.precision })],
    ...(forecast.cost_usd === null || forecast.cost_usd === undefined ? [] : [[t("cost"), new Intl.NumberFormat(locale, { style: "currency", currency: "USD" }).format(forecast.cost_usd)]]),
    [t("memoryUsed"), memory],
  ] as [string, string][]
  return (
    <div className="space-y-2">
      <dl aria-label={t("forecast")} className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1 text-[13px]">
        {rows.map(([label, value]) => (
          <div key={label} className="contents">
            <dt className="text-muted-foreground">{label}</dt>
            <dd className="text-right tabular-nums">{value}</dd>
          </div>
        ))}
      </dl>
      <Progress aria-label={memory} value={Math.min(100, Math.round((100 * used) / (limit || used || 1)))} />
      <Notices notices={forecast.notices} />
    </div>
  )
}
