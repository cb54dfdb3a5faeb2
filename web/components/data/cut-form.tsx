"use client"
import { ScissorsIcon } from "lucide-react"
import { useId, useState } from "react"
import { useTranslations } from "use-intl"
import { TextField } from "@/components/field"
import { Problem } from "@/components/problem"
import { LanguageField, useWhisperChoice, WhisperField } from "@/components/speech-fields"
import { Button } from "@/components/ui/button"
import type { Job } from "@/hooks/use-job"
import { useJobUnderWay, useStartCutting, type AnalyzeRequest } from "@/lib/api/cutting"
import { useDatasets } from "@/lib/api/datasets"
import type { Recording } from "@/lib/api/recordings"
import type { Language } from "@/lib/languages"
import { CutJob } from "./cut-job"

type Props = { recording: Recording; request: AnalyzeRequest; onCut: (job: Job) => void }

/** Cuts what is planned into a new or an existing dataset, and transcribes it if asked. */
export function CutForm({ recording, request, onCut }: Props) {
  const t = useTranslations("data")
  const known = useId()
  const datasets = useDatasets()
  const [name, setName] = useState(() => nameFor(recording))
  const [wished, setTranscribe] = useState<boolean | null>(null)
  const [language, setLanguage] = useState<Language | null>(null)
  const [chosenModel, setModel] = useState<string | null>(null)
  const model = useWhisperChoice(chosenModel)
  const transcribe = wished ?? model !== null // without a model the transcription could only fail
  const cut = useStartCutting()
  const underWay = useJobUnderWay("chunk", "recording_id", recording.id)
  const jobId = cut.data?.id ?? underWay.jobId
  const adds = datasets.data?.some((one) => one.name === name.trim())

  const submit = (event: React.FormEvent) => {
    event.preventDefault()
    cut.mutate({ ...request, dataset: name, transcribe, language, ...(model && { whisper_model: model }) })
  }

  return (
    <div className="space-y-4">
      <form onSubmit={submit} className="space-y-4">
        <div className="grid gap-4 sm:grid-cols-3">
          <TextField label={t("datasetName")} value={name} onChange={setName} required maxLength={63} list={known} autoComplete="off" hint={adds ? t("addsTo") : undefined} />
          <datalist id={known}>{datasets.data?.map((one) => <option key={one.name} value={one.name} />)}</datalist>
          <LanguageField value={language} onChange={setLanguage} />
          {transcribe && <WhisperField value={chosenModel} onChange={setModel} />}
        </div>
        <div className="flex flex-wrap items-center justify-between gap-3">
          <label className="flex items-center gap-2 text-sm">
            <input type="checkbox" className="size-4 accent-primary" checked={transcribe} onChange={(event) => setTranscribe(event.target.checked)} />
            {t("transcribe")}
          </label>
          <Button type="submit" disabled={cut.isPending || !name.trim()}><ScissorsIcon /> {t("cut")}</Button>
        </div>
      </form>
      <Problem error={cut.error} />
      {jobId && <CutJob key={jobId} jobId={jobId} onCut={onCut} />}
    </div>
  )
}

/** "Interview (3).final.mp3" -> "Interview 3 final": letters, digits, spaces and hyphens, as a dataset may be named. */
function nameFor(recording: Recording): string {
  const stem = recording.name.replace(/\.[^.]{1,5}$/, "")
  const plain = stem.replace(/[^\p{L}\p{N}_-]+/gu, " ").replace(/^[^\p{L}\p{N}]+/u, "")
  return plain.slice(0, 63).trim() || "dataset"
}
