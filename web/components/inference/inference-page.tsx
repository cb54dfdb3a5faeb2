"use client"
import Link from "next/link"
import { useSearchParams } from "next/navigation"
import { useEffect } from "react"
import { useTranslations } from "use-intl"
import { SelectField } from "@/components/field"
import { Note } from "@/components/note"
import { PageHeader } from "@/components/page-header"
import { Problem } from "@/components/problem"
import { Card, CardContent } from "@/components/ui/card"
import { BASE_MODEL } from "@/lib/api/models"
import { useSpeakers, useSpeakingModels } from "@/lib/api/speech"
import { useLanguageNames, type Language } from "@/lib/languages"
import { changeDraft, requestOf, useDraft } from "./draft"
import { HistoryList } from "./history-list"
import { SamplingFields } from "./sampling-fields"
import { SpeechResult } from "./speech-result"
import { TextPanel } from "./text-panel"
import { useGenerate } from "./use-generate"
import { VoiceField } from "./voice-field"

export function InferencePage() {
  const t = useTranslations("inference")
  const nav = useTranslations("nav")
  const draft = useDraft()
  const speakers = useSpeakers()
  const models = useSpeakingModels()
  const speak = useGenerate()
  useModelOfLink()
  const voices = speakers.data?.speakers ?? []
  const speaker = (voices.find((voice) => voice.name === draft.speaker) ?? voices[0])?.name
  const known = models.data?.models ?? []
  const modelPresent = known.some((model) => model.name === draft.model && model.present)
  const baseMissing = known.some((model) => model.name === BASE_MODEL && !model.present)
  const ready = modelPresent && !!speaker && !!draft.text.trim() && !speak.isPending
  return (
    <>
      <PageHeader title={nav("inference")} subtitle={t("subtitle")} />
      {baseMissing && <div className="mb-5"><Note title={t("baseMissing")} hint={t("baseMissingHint")}><Link href="/settings/">{t("toSettings")}</Link></Note></div>}
      <div className="grid items-start gap-5 lg:grid-cols-[minmax(0,1fr)_18rem] lg:grid-rows-[auto_1fr]">
        <Card className="min-w-0"><CardContent className="space-y-4">
          <TextPanel text={draft.text} ready={ready} pending={speak.isPending} onGenerate={() => speak.mutate(requestOf(draft, speaker!))} onStop={speak.stop} />
          <Problem error={speak.error} />
          {speak.data && <SpeechResult spoken={speak.data} />}
        </CardContent></Card>
        <Card className="lg:col-start-2 lg:row-span-2"><CardContent className="space-y-5">
          <Problem error={speakers.error ?? models.error} />
          <VoiceField speakers={voices} speaker={speaker} model={draft.model} modelPresent={modelPresent} />
          <SelectField label={t("model")} value={draft.model} onChange={(model) => changeDraft({ model })} options={known.map((m) => ({ value: m.name, label: m.name }))} />
          <LanguageField language={draft.language} />
          <SamplingFields draft={draft} />
        </CardContent></Card>
        <div className="min-w-0 lg:col-start-1 lg:row-start-2"><HistoryList /></div>
      </div>
    </>
  )
}

function LanguageField({ language }: { language: Language }) {
  const t = useTranslations("inference")
  const options = useLanguageNames().map(({ value, label }) => ({ value, label: `${label} (${value})` }))
  return <SelectField label={t("language")} value={language} onChange={(value) => changeDraft({ language: value as Language })} options={options} />
}

/** A link may name the model to speak with; it is taken once, so that another can be chosen. */
function useModelOfLink() {
  const asked = useSearchParams().get("model")
  useEffect(() => {
    if (!asked) return
    changeDraft({ model: asked })
    history.replaceState(null, "", "/inference/")
  }, [asked])
}
