"use client"
import { CaptionsIcon } from "lucide-react"
import { useState } from "react"
import { useTranslations } from "use-intl"
import { Problem } from "@/components/problem"
import { LanguageField, useWhisperChoice, WhisperField } from "@/components/speech-fields"
import { TranscriptionJob } from "@/components/transcription-job"
import { Button } from "@/components/ui/button"
import { useStartTranscribing } from "@/lib/api/cutting"
import type { Language } from "@/lib/languages"

type Props = { name: string; jobId: string | null; running: boolean }

/** Transcribes the clips that have no text yet, or all of them; shows the job while it runs and when it has ended. */
export function DatasetTranscription({ name, jobId, running }: Props) {
  const t = useTranslations("datasets")
  const [language, setLanguage] = useState<Language | null>(null)
  const [chosenModel, setModel] = useState<string | null>(null)
  const [overwrite, setOverwrite] = useState(false)
  const model = useWhisperChoice(chosenModel)
  const start = useStartTranscribing()
  const submit = (event: React.FormEvent) => {
    event.preventDefault()
    start.mutate({ dataset: name, language, overwrite, ...(model && { whisper_model: model }) })
  }
  return (
    <section aria-label={t("transcription")} className="space-y-3">
      <form onSubmit={submit} className="flex flex-wrap items-end gap-3">
        <div className="w-52"><LanguageField value={language} onChange={setLanguage} /></div>
        <div className="w-52"><WhisperField value={chosenModel} onChange={setModel} /></div>
        <label className="flex h-9 items-center gap-2 text-sm">
          <input type="checkbox" className="size-4 accent-primary" checked={overwrite} onChange={(event) => setOverwrite(event.target.checked)} />
          {t("overwrite")}
        </label>
        <Button type="submit" variant="outline" disabled={start.isPending || running}><CaptionsIcon /> {t("transcribe")}</Button>
      </form>
      <Problem error={start.error} />
      {jobId && <TranscriptionJob key={jobId} jobId={jobId} />}
    </section>
  )
}
