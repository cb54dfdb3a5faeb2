"use client"
import { useCallback, useState } from "react"
import { useLocale, useTranslations } from "use-intl"
import { JobProgress } from "@/components/job-progress"
import { TranscriptionJob } from "@/components/transcription-job"
import type { Job } from "@/hooks/use-job"
import type { ChunkResult } from "@/lib/api/cutting"
import { useSaid } from "@/lib/i18n/provider"
import { duration } from "@/lib/utils"

type Props = { jobId: string; onCut: (job: Job) => void }

/** A cut as it runs, what came of it, and the transcription that follows if it was asked for. */
export function CutJob({ jobId, onCut }: Props) {
  const t = useTranslations("data")
  const said = useSaid()
  const locale = useLocale()
  const [done, setDone] = useState<Job | null>(null)
  const onDone = useCallback((job: Job) => {
    setDone(job)
    if (job.state === "succeeded") onCut(job)
  }, [onCut])
  const result = done?.state === "succeeded" ? (done.result as ChunkResult) : null
  return (
    <div className="space-y-3">
      <section aria-label={t("cutting")} className="space-y-2 rounded-lg border p-3">
        <h3 className="text-sm font-medium">{t("cutting")}</h3>
        <JobProgress jobId={jobId} onDone={onDone} />
        {result && <p role="status" className="text-sm">{t("cutDone", { n: result.added, name: result.dataset, length: duration(result.duration_s, locale) })}</p>}
        {result?.notices.map((notice) => <p key={notice} className="text-xs text-warning">{said(notice)}</p>)}
      </section>
      {done?.follow_up_job_id && <TranscriptionJob jobId={done.follow_up_job_id} />}
    </div>
  )
}
