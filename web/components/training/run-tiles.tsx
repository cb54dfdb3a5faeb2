"use client"
import { useTranslations } from "use-intl"
import { useLocaleName } from "@/lib/i18n/provider"
import { bytes, duration } from "@/lib/utils"
import type { Point } from "./curves"
import { useShortNumber } from "./numbers"

/** The last value of what one watches during a run. */
export function RunTiles({ latest, running }: { latest: Map<string, Point>; running: boolean }) {
  const t = useTranslations("training")
  const locale = useLocaleName()
  const shortNumber = useShortNumber()
  const number = (name: string) => shortNumber(latest.get(name)?.value)
  const left = running ? latest.get("eta_s")?.value : undefined
  const memory = latest.get("memory_bytes")?.value
  const tiles = [
    [t("loss"), number("loss")],
    [t("evalLoss"), number("eval_loss")],
    [t("learningRate"), number("learning_rate")],
    [t("stepsPerS"), number("steps_per_s")],
    [t("memory"), memory ? bytes(memory, locale) : "–"],
    [t("eta"), left === null || left === undefined ? "–" : duration(left, locale)],
  ] as const
  return (
    <dl aria-label={t("tiles")} className="grid grid-cols-2 gap-px overflow-hidden rounded-xl border bg-border sm:grid-cols-3 lg:grid-cols-6">
      {tiles.map(([label, value]) => (
        <div key={label} className="space-y-1 bg-card px-4 py-3">
          <dt className="truncate text-xs text-muted-foreground">{label}</dt>
          <dd className="font-mono text-lg leading-6 font-medium tabular-nums">{value}</dd>
        </div>
      ))}
    </dl>
  )
}
