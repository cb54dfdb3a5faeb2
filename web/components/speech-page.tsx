"use client"
import dynamic from "next/dynamic"
import Link from "next/link"
import { useSearchParams } from "next/navigation"
import { useEffect, useRef, useState } from "react"
import { useTranslations } from "use-intl"
import { SelectField } from "@/components/field"
import { CopyAs } from "@/components/inference/copy-as"
import { DeliveryFields } from "@/components/inference/delivery-fields"
import { changeDraft, requestOf, useDraft } from "@/components/inference/draft"
import { HistoryList } from "@/components/inference/history-list"
import { ScriptPreview } from "@/components/inference/script-preview"
import { SpeechProblem } from "@/components/inference/speech-problem"
import { SpeechResult } from "@/components/inference/speech-result"
import { StrengthField } from "@/components/inference/strength-field"
import { TextPanel } from "@/components/inference/text-panel"
import { useGenerate } from "@/components/inference/use-generate"
import { Note } from "@/components/note"
import { PageHeader } from "@/components/page-header"
import { Problem } from "@/components/problem"
import { Card, CardContent } from "@/components/ui/card"
import { Skeleton } from "@/components/ui/skeleton"
import { Tabs, TabsContent, TabsList, TabsTrigger } from "@/components/ui/tabs"
import { VoiceField } from "@/components/voices/voice-field"
import { BASE_MODEL } from "@/lib/api/models"
import { useSpeakingModels } from "@/lib/api/speech"
import { useSpeakers } from "@/lib/api/voices"
import { useLanguageNames, type Language } from "@/lib/languages"

const VoicesPanel = dynamic(() => import("@/components/voices/voices-panel").then((module) => module.VoicesPanel), { ssr: false, loading: () => <Skeleton className="h-64" /> })

/** Text and voice become speech; below it what was said, and the voices. */
export function SpeechPage() {
  const nav = useTranslations("nav")
  const t = useTranslations("inference")
  const draft = useDraft()
  const speakers = useSpeakers()
  const models = useSpeakingModels()
  const [tab, setTab] = useState("history")
  const below = useRef<HTMLDivElement>(null)
  useModelOfLink()
  const voices = speakers.data?.speakers ?? []
  const speaker = voices.find((voice) => voice.name === draft.speaker)?.name ?? (draft.speaker ? undefined : voices[0]?.name)
  const known = models.data?.models ?? []
  const modelPresent = known.some((model) => model.name === draft.model && model.present)
  const baseMissing = known.some((model) => model.name === BASE_MODEL && !model.present)
  const choose = (name: string) => changeDraft({ speaker: name })
  const manage = () => {
    setTab("voices")
    below.current?.scrollIntoView({ behavior: "smooth", block: "start" })
    below.current?.querySelector<HTMLElement>("[role=tab][id$=voices]")?.focus({ preventScroll: true })
  }
  return (
    <>
      <PageHeader title={nav("inference")} subtitle={t("subtitle")} />
      {baseMissing && <div className="mb-5"><Note title={t("baseMissing")} hint={t("baseMissingHint")}><Link href="/settings/#models">{t("toSettings")}</Link></Note></div>}
      <div className="grid items-start gap-5 lg:grid-cols-[minmax(0,1fr)_18rem] lg:grid-rows-[auto_1fr]">
        <Speaking speaker={speaker} ready={modelPresent && !!speaker} />
        <Card className="min-w-0 lg:col-start-2 lg:row-span-2"><CardContent className="space-y-5">
          <Problem error={speakers.error ?? models.error} />
          <VoiceField speakers={voices} speaker={speaker} missing={speakers.data && !speaker ? draft.speaker : undefined} model={draft.model} modelPresent={modelPresent} onChoose={choose} onManage={manage} />
          <SelectField label={t("model")} value={draft.model} hint={models.data && !known.some((m) => m.name === draft.model) ? t("modelGone", { name: draft.model }) : undefined} onChange={(model) => changeDraft({ model })} options={known.map((m) => ({ value: m.name, label: m.name }))} />
          <StrengthField draft={draft} models={known} />
          <LanguageField language={draft.language} />
          <DeliveryFields draft={draft} />
        </CardContent></Card>
        <Tabs ref={below} value={tab} onValueChange={setTab} className="min-w-0 scroll-mt-4 max-md:scroll-mt-20 lg:col-start-1 lg:row-start-2">
          <TabsList><TabsTrigger value="history">{t("history")}</TabsTrigger><TabsTrigger value="voices">{t("voices")}</TabsTrigger></TabsList>
          <TabsContent value="history" tabIndex={-1}><HistoryList /></TabsContent>
          <TabsContent value="voices" tabIndex={-1}><VoicesPanel speakers={speakers.data && voices} chosen={speaker} model={draft.model} modelPresent={modelPresent} onChoose={choose} /></TabsContent>
        </Tabs>
      </div>
    </>
  )
}

function Speaking({ speaker, ready }: { speaker: string | undefined; ready: boolean }) {
  const draft = useDraft()
  const speak = useGenerate()
  const generate = () => speak.generate(requestOf(draft, speaker!))
  return (
    <Card className="min-w-0"><CardContent className="space-y-4">
      <TextPanel text={draft.text} ready={ready && !!draft.text.trim() && !speak.isPending} pending={speak.isPending} waiting={speak.waiting} onGenerate={generate} onStop={speak.stop} code={ready && <CopyAs request={requestOf(draft, speaker!)} />} />
      <ScriptPreview draft={draft} speaker={speaker} />
      <SpeechProblem key={speak.submittedAt} error={speak.error} onRetry={generate} onGoOn={speak.goOn} />
      <SpeechResult speech={speak.data} run={speak.run} cut={speak.cut} part={speak.part} />
    </CardContent></Card>
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
