"use client"
import { useId } from "react"
import { useTranslations } from "use-intl"
import { CheckField } from "@/components/field"
import { LanguageField, WhisperField } from "@/components/speech-fields"
import { Textarea } from "@/components/ui/input"
import { Label } from "@/components/ui/label"
import type { Wishes } from "@/lib/api/cutting"

const MOST_HINTS = 2000

/** How people transcribe who have no wishes. */
export const USUAL_WISHES = { language: null, hints: "", own_transcript: true, prove: true, speakers_by_channel: false } satisfies Wishes

type Props = {
  value: Wishes
  onChange: (value: Wishes) => void
  /** Offers to tell two speakers apart by their channels. */
  stereo: boolean
  /** Offers the words that somebody wrote down instead of those that are heard. */
  hasTranscript: boolean
}

/** How to transcribe: what is spoken, who listens, names to know, what to rely on. */
export function TranscribingFields({ value, onChange, stereo, hasTranscript }: Props) {
  const t = useTranslations("data")
  const change = (changes: Wishes) => onChange({ ...value, ...changes })
  return (
    <div className="space-y-4">
      <div className="grid gap-4 sm:grid-cols-2">
        <LanguageField value={value.language ?? null} onChange={(language) => change({ language })} />
        <WhisperField value={value.whisper_model ?? null} onChange={(whisper_model) => change({ whisper_model })} />
      </div>
      <HintsField value={value.hints ?? ""} onChange={(hints) => change({ hints })} />
      <div className="grid gap-x-6 gap-y-3 lg:grid-cols-2">
        <CheckField label={t("prove")} hint={t("proveHint")} checked={value.prove ?? true} onChange={(prove) => change({ prove })} />
        {hasTranscript && <CheckField label={t("useTranscript")} hint={t("useTranscriptHint")} checked={value.own_transcript ?? true} onChange={(own_transcript) => change({ own_transcript })} />}
        {stereo && <CheckField label={t("byChannel")} hint={t("byChannelHint")} checked={value.speakers_by_channel ?? false} onChange={(speakers_by_channel) => change({ speakers_by_channel })} />}
      </div>
    </div>
  )
}

function HintsField({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const t = useTranslations("data")
  const id = useId()
  return (
    <div className="space-y-1.5">
      <Label htmlFor={id}>{t("hintWords")}</Label>
      <Textarea id={id} rows={2} className="min-h-0" value={value} maxLength={MOST_HINTS} placeholder={t("hintWordsExample")} aria-describedby={`${id}-hint`} onChange={(event) => onChange(event.target.value)} />
      <p id={`${id}-hint`} className="text-xs text-muted-foreground">{t("hintWordsHint")}</p>
    </div>
  )
}
