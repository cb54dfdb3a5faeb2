"use client"
import { useTranslations } from "use-intl"
import type { Speech } from "@/lib/api/speech"
import { useLocaleName } from "@/lib/i18n/provider"
import { decimal, duration } from "@/lib/utils"
import { DELIVERY, settingsOf, type Delivery } from "./draft"

type Fact = readonly [name: string, value: string | number]

/** What the speaking took: when the first sound came, how fast it was, with which numbers. */
export function useNumbers(speech: Speech): Fact[] {
  const t = useTranslations("inference")
  const locale = useLocaleName()
  const { first_sound_s: first, precision } = speech
  return [
    [t("audio"), duration(speech.audio_s, locale)],
    ...(first == null ? [] : [[t("firstSound"), milliseconds(first, locale)] as const]),
    ...(speech.joined ? [] : [[t("realTime"), decimal(speech.wall_s / Math.max(speech.audio_s, 1e-9), 2, locale)] as const]),
    ...(precision ? [[t("precision"), t(`precisions.${precision}`)] as const] : []),
  ]
}

/** What makes it again. Settings that matter little are told where they are not as usual. */
export function useRecipe(speech: Speech): Fact[] {
  const t = useTranslations("inference")
  const settings: Partial<Delivery> = settingsOf(speech)
  const { sentence_pause_ms: sentence, paragraph_pause_ms: paragraph, loudness_lufs: lufs, length_penalty: length } = settings
  const plain = [
    [t("temperature"), settings.temperature], [t("speed"), settings.speed], [t("topK"), settings.top_k], [t("topP"), settings.top_p],
    [t("repetitionPenalty"), settings.repetition_penalty], [t("lengthPenalty"), length === DELIVERY.length_penalty ? undefined : length],
  ] as const
  return [
    [t("seed"), speech.seed],
    ...plain.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])),
    ...(sentence === undefined || paragraph === undefined ? [] : [[t("pausesShort"), t("pausesValue", { sentence, paragraph })] as const]),
    ...(lufs == null ? [] : [[t("loudness"), t("lufs", { level: `−${Math.abs(lufs)}` })] as const]),
    ...(settings.strength === undefined || settings.strength === DELIVERY.strength ? [] : [[t("strength"), settings.strength] as const]),
    ...(settings.split === false ? [[t("split"), t("no")] as const] : []),
  ]
}

export function Facts({ facts }: { facts: Fact[] }) {
  return (
    <dl className="flex flex-wrap gap-x-4 gap-y-1 text-xs">
      {facts.map(([name, value]) => (
        <div key={name} className="flex gap-1.5"><dt className="text-muted-foreground">{name}</dt><dd className="font-mono tabular-nums">{value}</dd></div>
      ))}
    </dl>
  )
}

/** A short wait: "84 ms", "1.3 s". */
function milliseconds(seconds: number, locale: string) {
  if (seconds >= 1) return duration(seconds, locale)
  return new Intl.NumberFormat(locale, { style: "unit", unit: "millisecond", unitDisplay: "short", maximumFractionDigits: 0 }).format(seconds * 1000)
}
