"use client"
import { PlayIcon } from "lucide-react"
import { useLocale, useTranslations } from "use-intl"
import { NumberField } from "@/components/field"
import { Button } from "@/components/ui/button"
import { clock, duration } from "@/lib/utils"
import type { Range } from "./use-wave"

/** Numbers that are no range yet, `over` the one that holds until they are. */
export type Typed = Range & { over: Range | null }
type Props = { range: Range | null; length_s: number; typed: Typed | null; onTyped: (typed: Typed | null) => void; onChange: (range: Range | null) => void; onPlay: (range: Range) => void }

/**
 * The range in seconds, as numbers to type; without one the whole recording is worked with. What can't be a range yet,
 * as while both ends are being changed, stays typed until it is one or another range is dragged.
 */
export function RangeFields({ range, length_s, typed, onTyped, onChange, onPlay }: Props) {
  const t = useTranslations("data")
  const locale = useLocale()
  const last_s = Math.round(length_s * 100) / 100
  const draft = typed?.over === range ? typed : null
  const shown = draft ?? range ?? { start_s: 0, end_s: last_s }
  const change = (changes: Partial<Range>) => {
    const { start_s, end_s } = { ...shown, ...changes }
    if (start_s < 0 || end_s > last_s || start_s >= end_s) return onTyped({ start_s, end_s, over: range })
    onTyped(null)
    onChange(start_s === 0 && end_s === last_s ? null : { start_s, end_s })
  }
  return (
    <div role="group" aria-label={t("range")} className="flex flex-wrap items-end gap-3">
      <NumberField className="w-32" label={t("start")} unit={t("seconds")} value={shown.start_s} min={0} max={last_s} step="any" onChange={(value) => change({ start_s: value ?? 0 })} />
      <NumberField className="w-32" label={t("end")} unit={t("seconds")} value={shown.end_s} min={0} max={last_s} step="any" onChange={(value) => change({ end_s: value ?? last_s })} />
      <Button type="button" variant="outline" disabled={!range && !draft} onClick={() => { onTyped(null); onChange(null) }}>{t("wholeRecording")}</Button>
      <Button type="button" variant="ghost" disabled={!range || !!draft} onClick={() => range && onPlay(range)}><PlayIcon /> {t("playRange")}</Button>
      {draft && <p role="alert" className="basis-full text-xs text-destructive">{t("rangeWrong", { last: last_s })}</p>}
      {!draft && <p className="basis-full text-xs text-muted-foreground">{range && <span className="mr-2 font-mono text-foreground tabular-nums">{clock(range.start_s, 1)} – {clock(range.end_s, 1)} · {duration(range.end_s - range.start_s, locale)}</span>}{t("rangeHint")}</p>}
    </div>
  )
}
