"use client"
import { useMutation } from "@tanstack/react-query"
import { useEffect, useRef } from "react"
import { useTranslations } from "use-intl"
import { Problem } from "@/components/problem"
import { Button } from "@/components/ui/button"
import { Progress } from "@/components/ui/progress"
import { useJob, type Job } from "@/hooks/use-job"
import { cancelJob } from "@/lib/api/jobs"
import { useSaid } from "@/lib/i18n/provider"

/** What a transcription measures: seconds of sound that are heard in a second. */
const TIMES_REAL_TIME = "times_real_time"

/** A running job: how far it is, what it does, its last lines, a way to end it, and what went wrong. */
export function JobProgress({ jobId, onDone }: { jobId: string; onDone?: (job: Job) => void }) {
  const t = useTranslations("common")
  const said = useSaid()
  const { job, progress, message, logs, metrics, live } = useJob(jobId)
  const speed = live === "done" ? undefined : metrics.findLast((one) => one.name === TIMES_REAL_TIME)?.value
  const cancel = useMutation({ mutationFn: () => cancelJob(jobId) })
  const told = useRef<string | null>(null)
  useEffect(() => {
    if (!job || told.current === job.id) return
    told.current = job.id
    onDone?.(job)
  }, [job, onDone])
  return (
    <div className="space-y-2.5">
      <div className="flex items-center gap-3">
        <Progress aria-label={t("progress")} value={Math.round(progress * 100)} className="flex-1" />
        <span className="font-mono text-xs tabular-nums">{Math.round(progress * 100)} %</span>
        {live !== "done" && (
          <Button type="button" size="sm" variant="outline" disabled={cancel.isPending} onClick={() => cancel.mutate()}>{t("cancel")}</Button>
        )}
      </div>
      <p className="text-sm text-muted-foreground" aria-live="polite">
        {live === "reconnecting" ? t("offline") : job ? t(`states.${job.state}`) : said(message)}
        {speed !== undefined && <span className="tabular-nums"> · {t("timesRealTime", { n: speed })}</span>}
      </p>
      <Lines lines={logs.slice(-200).map((line) => line.message)} label={t("log")} />
      <Problem error={job?.error ?? cancel.error} />
    </div>
  )
}

function Lines({ lines, label }: { lines: string[]; label: string }) {
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (box.current) box.current.scrollTop = box.current.scrollHeight
  }, [lines.length])
  if (!lines.length) return null
  return (
    <div ref={box} role="log" aria-label={label} tabIndex={0} className="max-h-40 space-y-1 overflow-auto rounded-md border bg-muted/40 p-2.5 text-[13px]">
      {lines.map((line, i) => <Line key={i} line={line} />)}
    </div>
  )
}

/** "chunk_001.wav: what is said": the file is beside the point. */
function Line({ line }: { line: string }) {
  const said = useSaid()
  const [, file, text] = /^(\S+\.wav): (.*)$/s.exec(line) ?? []
  if (!file) return <p className="break-words">{said(line)}</p>
  return <p className="break-words"><span className="mr-2 font-mono text-xs text-muted-foreground">{file.replace(/\.wav$/, "")}</span>{text}</p>
}
