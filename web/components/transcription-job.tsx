"use client"
import Link from "next/link"
import { useSearchParams } from "next/navigation"
import { useState } from "react"
import { useTranslations } from "use-intl"
import { JobProgress } from "@/components/job-progress"
import { Notices } from "@/components/notices"
import type { Job } from "@/hooks/use-job"
import type { TranscribeResult } from "@/lib/api/cutting"
import { cn } from "@/lib/utils"

/** A transcription as it runs: its log is the text, as it is heard. At its end, what came of it. */
export function TranscriptionJob({ jobId }: { jobId: string }) {
  const t = useTranslations("data")
  const [done, setDone] = useState<Job | null>(null)
  return (
    <section aria-label={t("transcription")} className="space-y-3 rounded-lg border p-3">
      <h3 className="text-sm font-medium">{t("transcription")}</h3>
      <JobProgress jobId={jobId} onDone={setDone} />
      {done?.state === "succeeded" && <Result result={done.result as TranscribeResult} />}
    </section>
  )
}

const FACTS = [
  { key: "proven", dot: "bg-success" },
  { key: "mended", dot: "bg-chart-1" },
  { key: "doubtful", dot: "bg-warning" },
  { key: "from_transcript", dot: "bg-chart-1" },
  { key: "empty", dot: "bg-muted-foreground" },
] as const

/** How many texts there are, how sure they are, what to look at next. */
function Result({ result }: { result: TranscribeResult }) {
  const t = useTranslations("data")
  const facts = FACTS.filter(({ key }) => result[key])
  const doubtful = new URLSearchParams(useSearchParams()) // beside what else is chosen
  doubtful.set("dataset", result.dataset ?? "")
  doubtful.set("flag", "doubtful")
  return (
    <div className="space-y-3">
      <div role="status" className="space-y-2 text-sm">
        <p>{t("heard.transcribed", { n: result.transcribed })}</p>
        {!!facts.length && (
          <ul className="space-y-1 text-[13px]">
            {facts.map(({ key, dot }) => (
              <li key={key} data-fact={key} className="flex items-baseline gap-2">
                <span aria-hidden className={cn("size-2 shrink-0 rounded-full", dot)} />
                {t(`heard.${key}`, { n: result[key] })}
              </li>
            ))}
          </ul>
        )}
      </div>
      <Notices notices={result.notices} />
      {!!result.doubtful && result.dataset && (
        <Link href={`/data-processing/?${doubtful}#dataset-title`} className="inline-block text-sm font-medium text-primary underline underline-offset-4">{t("seeDoubtful", { n: result.doubtful })}</Link>
      )}
    </div>
  )
}
