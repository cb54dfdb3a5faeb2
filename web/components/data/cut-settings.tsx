"use client"
import { RotateCcwIcon } from "lucide-react"
import { useTranslations } from "use-intl"
import { SliderField } from "@/components/field"
import { Fold } from "@/components/fold"
import { Button } from "@/components/ui/button"
import { DEFAULT_SETTINGS, type CutSettings } from "@/lib/api/cutting"

const DURATIONS = ["target_duration_s", "min_duration_s", "max_duration_s"] as const
const IN_ORDER = ["min_duration_s", "target_duration_s", "max_duration_s"] as const
const LONGEST_S = 20
const SPEECH = [
  { key: "threshold", min: 0.05, max: 0.95, step: 0.05, unit: undefined },
  { key: "min_silence_ms", min: 0, max: 2000, step: 50, unit: "milliseconds" },
] as const
const ADVANCED = [
  { key: "min_speech_ms", min: 0, max: 2000, step: 50, unit: "milliseconds" },
  { key: "speech_pad_ms", min: 0, max: 500, step: 10, unit: "milliseconds" },
  { key: "fade_ms", min: 0, max: 50, step: 1, unit: "milliseconds" },
] as const

type Props = { value: CutSettings; onChange: (value: CutSettings) => void }
type Row = (typeof SPEECH | typeof ADVANCED)[number]

/** How speech is found and cut. The three durations keep their order: one that is moved takes the others along. */
export function CutSettingsFields({ value, onChange }: Props) {
  const t = useTranslations("data")
  const changed = (keys: readonly (keyof CutSettings)[]) => keys.filter((key) => value[key] !== DEFAULT_SETTINGS[key]).length
  const all = Object.keys(DEFAULT_SETTINGS) as (keyof CutSettings)[]
  const hidden = changed(ADVANCED.map(({ key }) => key))
  const field = ({ key, unit, ...limits }: Row) => (
    <SliderField key={key} label={t(`settings.${key}`)} hint={t(`hints.${key}`)} unit={unit && t(unit)} value={value[key]} initial={DEFAULT_SETTINGS[key]} onChange={(next) => onChange({ ...value, [key]: next })} {...limits} />
  )
  return (
    <section aria-label={t("settingsTitle")} className="space-y-4">
      <div className="flex h-7 items-center justify-between gap-2">
        <h3 className="text-sm font-semibold">{t("settingsTitle")}</h3>
        {changed(all) > 0 && (
          <Button type="button" size="sm" variant="ghost" className="h-7 px-2 text-xs" onClick={() => onChange(DEFAULT_SETTINGS)}><RotateCcwIcon className="size-3!" /> {t("defaults")}</Button>
        )}
      </div>
      {DURATIONS.map((key) => (
        <SliderField key={key} label={t(`settings.${key}`)} hint={t(`hints.${key}`)} unit={t("seconds")} value={value[key]} initial={DEFAULT_SETTINGS[key]} min={0.5} max={LONGEST_S} step={0.5} onChange={(next) => onChange(inOrder(value, key, next))} />
      ))}
      {SPEECH.map(field)}
      <Fold title={t("advanced")} note={hidden ? t("changed", { n: hidden }) : undefined}>{ADVANCED.map(field)}</Fold>
    </section>
  )
}

function inOrder(value: CutSettings, key: (typeof DURATIONS)[number], next: number): CutSettings {
  const at = IN_ORDER.indexOf(key)
  const moved = { ...value, [key]: next }
  IN_ORDER.forEach((other, i) => {
    if (i < at) moved[other] = Math.min(value[other], next)
    if (i > at) moved[other] = Math.max(value[other], next)
  })
  return moved
}
