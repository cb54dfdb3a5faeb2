"use client"
import { ScissorsIcon } from "lucide-react"
import { useId, useMemo } from "react"
import { useTranslations } from "use-intl"
import { CheckField, TextField } from "@/components/field"
import { Problem } from "@/components/problem"
import { useWhisperChoice } from "@/components/speech-fields"
import { TranscribingFields, USUAL_WISHES } from "@/components/transcribing-fields"
import { Button } from "@/components/ui/button"
import type { Job } from "@/hooks/use-job"
import { useKept } from "@/hooks/use-kept"
import { useJobUnderWay, useStartCutting, type AnalyzeRequest, type Wishes } from "@/lib/api/cutting"
import { useDatasets } from "@/lib/api/datasets"
import type { Recording } from "@/lib/api/recordings"
import { CutJob } from "./cut-job"

type Props = { recording: Recording; request: AnalyzeRequest; ready: boolean; onCut: (job: Job) => void }

/** Cuts what is planned (`ready`: the range is one) into a new or an existing dataset, and transcribes it if asked. */
export function CutForm({ recording, request, ready, onCut }: Props) {
  const t = useTranslations("data")
  const known = useId()
  const datasets = useDatasets()
  const [{ name, wished, wishes }, change] = useDraft(recording)
  const model = useWhisperChoice(wishes.whisper_model ?? null)
  const transcribe = wished ?? model !== null // without a model the transcription could only fail
  const cut = useStartCutting()
  const underWay = useJobUnderWay("chunk", "recording_id", recording.id)
  const jobId = cut.data?.id ?? underWay.jobId
  const adds = datasets.data?.some((one) => one.name === name.trim())

  const submit = (event: React.FormEvent) => {
    event.preventDefault()
    cut.mutate({ ...request, dataset: name, transcribe, ...wishes, ...(model && { whisper_model: model }) })
  }

  return (
    <div className="space-y-4">
      <form onSubmit={submit} className="space-y-4">
        <TextField className="max-w-md" label={t("datasetName")} value={name} onChange={(name) => change({ name })} required maxLength={63} list={known} autoComplete="off" hint={adds ? t("addsTo") : undefined} />
        <datalist id={known}>{datasets.data?.map((one) => <option key={one.name} value={one.name} />)}</datalist>
        <CheckField label={t("transcribe")} hint={t("transcribeHint")} checked={transcribe} onChange={(wished) => change({ wished })} />
        {transcribe && (
          <div className="border-l-2 pl-4">
            <TranscribingFields value={wishes} onChange={(wishes) => change({ wishes })} stereo={recording.channels === 2} hasTranscript={recording.has_transcript} />
          </div>
        )}
        <Button type="submit" disabled={cut.isPending || !ready || !name.trim()}><ScissorsIcon /> {t("cut")}</Button>
      </form>
      <Problem error={cut.error} />
      {jobId && <CutJob key={jobId} jobId={jobId} onCut={onCut} />}
    </div>
  )
}

type Draft = { name: string; wished: boolean | null; wishes: Wishes }

/** What was filled in for this recording, and survives a reload. `wished`: whether to transcribe, where that was chosen. */
function useDraft(recording: Recording): [Draft, (change: Partial<Draft>) => void] {
  const usual = useMemo<Draft>(() => ({ name: nameFor(recording.name), wished: null, wishes: USUAL_WISHES }), [recording.name])
  const [draft, setDraft] = useKept(`cut-form ${recording.id}`, usual)
  return [{ ...draft, wishes: { ...USUAL_WISHES, ...draft.wishes } }, (change) => setDraft({ ...draft, ...change })]
}

/** "Interview (3).final.mp3" -> "Interview 3 final": letters, digits, spaces and hyphens, as a dataset may be named. */
function nameFor(file: string): string {
  const stem = file.replace(/\.[^.]{1,5}$/, "")
  const plain = stem.replace(/[^\p{L}\p{N}_-]+/gu, " ").replace(/^[^\p{L}\p{N}]+/u, "")
  return plain.slice(0, 63).trim() || "dataset"
}
