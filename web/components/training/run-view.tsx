"use client"
import { ChartLineIcon } from "lucide-react"
import { useSearchParams } from "next/navigation"
import { useMemo } from "react"
import { useTranslations } from "use-intl"
import { PageHeader } from "@/components/page-header"
import { Problem } from "@/components/problem"
import { Empty } from "@/components/ui/empty"
import { Skeleton } from "@/components/ui/skeleton"
import { useJob } from "@/hooks/use-job"
import { useJobRecord, type Job } from "@/lib/api/jobs"
import { useRunMetrics } from "@/lib/api/runs"
import { isActive, type TrainRequest, type TrainResult } from "@/lib/api/training"
import { latestOf, type Point } from "./curves"
import { DiskRun } from "./disk-run"
import { RunActions } from "./run-actions"
import { RunNote } from "./run-note"
import { RunProgress } from "./run-progress"
import { RunTabs } from "./run-tabs"
import { RunTiles } from "./run-tiles"
import { StateBadge } from "./state-badge"
import { ToRuns } from "./to-runs"
import { useRunOfJob } from "./use-run-of-job"

export function RunView() {
  const t = useTranslations("training")
  const params = useSearchParams()
  const id = params.get("id")
  const runId = params.get("run")
  const record = useJobRecord(id)
  return (
    <>
      <ToRuns />
      {runId ? <DiskRun key={runId} runId={runId} />
        : !id ? <Empty icon={<ChartLineIcon />} title={t("noId")} hint={t("noIdHint")} />
        : record.error ? <><PageHeader title={t("run")} /><Problem error={record.error} /></>
        : !record.data ? <Skeleton className="h-96" />
        : <Run key={id} record={record.data.job} />}
    </>
  )
}

const NONE: readonly Point[] = []

function Run({ record }: { record: Job }) {
  const t = useTranslations("training")
  const methods = useTranslations("recipe")
  const stream = useJob(record.id)
  const job = stream.job ?? afterFirstNews(record, stream.message)
  const of = useRunOfJob(job)
  const history = useRunMetrics(of.gone ? null : of.runId, record.id)
  const stored = history.data?.metrics ?? NONE
  const live = of.laterJobId ? NONE : stream.metrics // what came later was measured by another job
  const points = useMemo(() => [...stored, ...live], [stored, live])
  const latest = useMemo(() => latestOf(points), [points])
  const request = job.request as TrainRequest
  const running = isActive(job.state)
  return (
    <div className="space-y-5">
      <PageHeader title={request.name} subtitle={t("runOf", { dataset: request.dataset, base: request.base_model, method: methods(`methods.${request.method}`) })}>
        <div className="flex flex-wrap items-center gap-3"><StateBadge state={job.state} /><RunActions key={running ? "running" : job.state} job={job} of={of} /></div>
      </PageHeader>
      <RunNote job={job} of={of} message={stream.message} />
      <RunProgress progress={stream.progress || job.progress} message={stream.message || job.message} leftS={running ? latest.get("eta_s")?.value : null} />
      <RunTiles latest={latest} running={running} />
      <Problem error={of.error} />
      <RunTabs run={of.run} points={points} logs={stream.logs} running={running} result={job.result as TrainResult | null} />
    </div>
  )
}

/** The record was read once; the first message of a queued job says that it runs now. */
const afterFirstNews = (record: Job, message: string): Job =>
  record.state === "queued" && message ? { ...record, state: "running" } : record
