"use client"
import { ChartLineIcon, ChevronLeftIcon } from "lucide-react"
import Link from "next/link"
import { useSearchParams } from "next/navigation"
import { useEffect, useMemo } from "react"
import { useTranslations } from "use-intl"
import { PageHeader } from "@/components/page-header"
import { Problem } from "@/components/problem"
import { Empty } from "@/components/ui/empty"
import { Skeleton } from "@/components/ui/skeleton"
import { useJob } from "@/hooks/use-job"
import { useJobRecord, type Job } from "@/lib/api/jobs"
import { isActive, useMetricHistory, type TrainRequest, type TrainResult } from "@/lib/api/training"
import { latestOf, mergePoints } from "./curves"
import { RejectedClips } from "./rejected-clips"
import { RunActions } from "./run-actions"
import { RunCharts } from "./run-charts"
import { RunLog } from "./run-log"
import { RunProgress } from "./run-progress"
import { RunTiles } from "./run-tiles"
import { StateBadge } from "./state-badge"

export function RunView() {
  const t = useTranslations("training")
  const id = useSearchParams().get("id")
  const record = useJobRecord(id)
  return (
    <>
      <Link href="/training/" className="mb-3 inline-flex items-center gap-1 rounded-sm text-[13px] text-muted-foreground outline-none hover:text-foreground focus-visible:ring-3 focus-visible:ring-ring/50">
        <ChevronLeftIcon className="size-3.5" aria-hidden />{t("toRuns")}
      </Link>
      {!id ? <Empty icon={<ChartLineIcon />} title={t("noId")} hint={t("noIdHint")} />
        : record.error ? <><PageHeader title={t("run")} /><Problem error={record.error} /></>
        : !record.data ? <Skeleton className="h-96" />
        : <Run key={id} record={record.data.job} />}
    </>
  )
}

function Run({ record }: { record: Job }) {
  const t = useTranslations("training")
  const stream = useJob(record.id)
  const history = useMetricHistory(record.id)
  const points = useMemo(() => mergePoints(history.data?.metrics ?? [], stream.metrics), [history.data, stream.metrics])
  const latest = useMemo(() => latestOf(points), [points])
  const job = stream.job ?? afterFirstNews(record, stream.message)
  const request = job.request as TrainRequest
  const running = isActive(job.state)
  const result = job.result as TrainResult | null
  useTabTitle(running ? t("tabTitle", { percent: Math.round(stream.progress * 100), name: request.name }) : request.name)
  return (
    <div className="space-y-5">
      <PageHeader title={request.name} subtitle={t("runOf", { dataset: request.dataset, base: request.base_model })}>
        <div className="flex items-center gap-3"><StateBadge state={job.state} /><RunActions key={running ? "running" : job.state} job={job} /></div>
      </PageHeader>
      <Problem error={job.error} />
      <RunProgress progress={stream.progress || job.progress} message={stream.message || job.message} leftS={running ? latest.get("eta_s")?.value : null} />
      <RunTiles latest={latest} running={running} />
      <Problem error={history.error} />
      <RunCharts points={points} />
      {result && <RejectedClips rejected={result.rejected} />}
      {(running || stream.logs.length > 0) && <RunLog lines={stream.logs} />}
    </div>
  )
}

/** The record was read once; the first message of a queued job says that it runs now. */
const afterFirstNews = (record: Job, message: string): Job =>
  record.state === "queued" && message ? { ...record, state: "running" } : record

function useTabTitle(title: string) {
  useEffect(() => {
    const before = document.title
    document.title = title
    return () => {
      document.title = before
    }
  }, [title])
}
