"use client"
import { useTranslations } from "use-intl"
import { Player } from "@/components/player"
import type { Spoken } from "@/lib/api/speech"
import { useLocaleName } from "@/lib/i18n/provider"
import { duration } from "@/lib/utils"

/** The speech that was just made, and what it took. */
export function SpeechResult({ spoken }: { spoken: Spoken }) {
  const t = useTranslations("inference")
  const locale = useLocaleName()
  const facts = [
    [t("seed"), spoken.seed],
    [t("audio"), duration(spoken.audioS, locale)],
    [t("realTime"), spoken.realTimeFactor.toFixed(2)],
  ] as const
  return (
    <section aria-label={t("result")} className="space-y-3 border-t pt-4">
      <Player key={spoken.url} src={spoken.url} label={t("resultPlayer")} download={`speech-${spoken.seed}.wav`} />
      <dl className="flex flex-wrap gap-x-6 gap-y-1 text-xs">
        {facts.map(([name, value]) => (
          <div key={name} className="flex gap-1.5"><dt className="text-muted-foreground">{name}</dt><dd className="font-mono tabular-nums">{value}</dd></div>
        ))}
      </dl>
    </section>
  )
}
