"use client"
import { useTranslations } from "use-intl"
import { JobProgress } from "@/components/job-progress"

/** A transcription as it runs: its log is the text, as it is heard. */
export function TranscriptionJob({ jobId }: { jobId: string }) {
  const t = useTranslations("data")
  return (
    <section aria-label={t("transcription")} className="space-y-2 rounded-lg border p-3">
      <h3 className="text-sm font-medium">{t("transcription")}</h3>
      <JobProgress jobId={jobId} />
    </section>
  )
}
