"use client"
import { useTranslations } from "use-intl"
import { NumberField } from "@/components/field"
import { Button } from "@/components/ui/button"
import type { Range } from "./use-wave"

type Props = { range: Range | null; length_s: number; onChange: (range: Range | null) => void }

/** The range in seconds, as numbers to type. Without one the whole recording is worked with. */
export function RangeFields({ range, length_s, onChange }: Props) {
  const t = useTranslations("data")
  const end_s = Math.round(length_s * 100) / 100
  const shown = range ?? { start_s: 0, end_s }
  const change = (changes: { start_s?: number | null; end_s?: number | null }) => {
    const start = Math.max(0, changes.start_s ?? shown.start_s)
    const end = Math.min(end_s, changes.end_s === null ? end_s : (changes.end_s ?? shown.end_s))
    if (start < end) onChange(start === 0 && end === end_s ? null : { start_s: start, end_s: end })
  }
  return (
    <div role="group" aria-label={t("range")} className="flex flex-wrap items-end gap-3">
      <NumberField className="w-32" label={t("start")} unit={t("seconds")} value={shown.start_s} min={0} max={end_s} step="any" onChange={(value) => change({ start_s: value ?? 0 })} />
      <NumberField className="w-32" label={t("end")} unit={t("seconds")} value={shown.end_s} min={0} max={end_s} step="any" onChange={(value) => change({ end_s: value })} />
      <Button type="button" variant="outline" disabled={!range} onClick={() => onChange(null)}>{t("wholeRecording")}</Button>
      <p className="basis-full text-xs text-muted-foreground">{t("rangeHint")}</p>
    </div>
  )
}
