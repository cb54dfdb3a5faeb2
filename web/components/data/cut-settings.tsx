"use client"
import { useTranslations } from "use-intl"
import { SliderField } from "@/components/field"
import { DEFAULT_SETTINGS, type CutSettings } from "@/lib/api/cutting"

const SPEECH = [
  { key: "threshold", min: 0.05, max: 0.95, step: 0.05, unit: undefined },
  { key: "min_speech_ms", min: 0, max: 2000, step: 50, unit: "milliseconds" },
  { key: "min_silence_ms", min: 0, max: 2000, step: 50, unit: "milliseconds" },
  { key: "speech_pad_ms", min: 0, max: 500, step: 10, unit: "milliseconds" },
] as const
const DURATIONS = ["min_duration_s", "target_duration_s", "max_duration_s"] as const
const LONGEST_S = 20

type Props = { value: CutSettings; onChange: (value: CutSettings) => void }

/** How speech is found and cut. The three durations keep their order: one that is moved takes the others along. */
export function CutSettingsFields({ value, onChange }: Props) {
  const t = useTranslations("data")
  return (
    <div className="space-y-4">
      {SPEECH.map(({ key, unit, ...limits }) => (
        <SliderField key={key} label={t(`settings.${key}`)} hint={t(`hints.${key}`)} unit={unit && t(unit)} value={value[key]} initial={DEFAULT_SETTINGS[key]} onChange={(next) => onChange({ ...value, [key]: next })} {...limits} />
      ))}
      {DURATIONS.map((key) => (
        <SliderField key={key} label={t(`settings.${key}`)} hint={t(`hints.${key}`)} unit={t("seconds")} value={value[key]} initial={DEFAULT_SETTINGS[key]} min={0.5} max={LONGEST_S} step={0.5} onChange={(next) => onChange(inOrder(value, key, next))} />
      ))}
    </div>
  )
}

function inOrder(value: CutSettings, key: (typeof DURATIONS)[number], next: number): CutSettings {
  const at = DURATIONS.indexOf(key)
  const moved = { ...value, [key]: next }
  DURATIONS.forEach((other, i) => {
    if (i < at) moved[other] = Math.min(value[other], next)
    if (i > at) moved[other] = Math.max(value[other], next)
  })
  return moved
}
