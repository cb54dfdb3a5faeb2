"use client"
import { CaptionsIcon } from "lucide-react"
import { useState } from "react"
import { useTranslations } from "use-intl"
import { CheckField } from "@/components/field"
import { Problem } from "@/components/problem"
import { useWhisperChoice } from "@/components/speech-fields"
import { TranscribingFields, USUAL_WISHES } from "@/components/transcribing-fields"
import { TranscriptionJob } from "@/components/transcription-job"
import { Button } from "@/components/ui/button"
import { useStartTranscribing, type Wishes } from "@/lib/api/cutting"
import { useSources } from "@/lib/api/datasets"
import { useRecordings } from "@/lib/api/recordings"

type Props = { name: string; jobId: string | null; running: boolean }

/** Transcribes the clips that have no text yet, or all of them; shows the job while it runs and when it has ended. */
export function DatasetTranscription({ name, jobId, running }: Props) {
  const t = useTranslations("datasets")
  const [wishes, setWishes] = useState<Wishes>(USUAL_WISHES)
  const [overwrite, setOverwrite] = useState(false)
  const model = useWhisperChoice(wishes.whisper_model ?? null)
  const sources = useSources(name).data ?? []
  const recordings = useRecordings().data?.filter((one) => sources.some(({ id }) => id === one.id)) ?? []
  const start = useStartTranscribing()
  const submit = (event: React.FormEvent) => {
    event.preventDefault()
    start.mutate({ dataset: name, overwrite, ...wishes, ...(model && { whisper_model: model }) })
  }
  return (
    <section aria-label={t("transcription")} className="space-y-4">
      <form onSubmit={submit} className="space-y-4">
        <TranscribingFields value={wishes} onChange={setWishes} stereo={recordings.some((one) => one.channels === 2)} hasTranscript={recordings.some((one) => one.has_transcript)} />
        <CheckField label={t("overwrite")} checked={overwrite} onChange={setOverwrite} />
        <Button type="submit" variant="outline" disabled={start.isPending || running}><CaptionsIcon /> {t("transcribe")}</Button>
      </form>
      <Problem error={start.error} />
      {jobId && <TranscriptionJob key={jobId} jobId={jobId} />}
    </section>
  )
}
