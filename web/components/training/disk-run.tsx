"use client"
import { useTranslations } from "use-intl"
import { PageHeader } from "@/components/page-header"
import { Problem } from "@/components/problem"
import { Skeleton } from "@/components/ui/skeleton"
import { useRun, useRunMetrics } from "@/lib/api/runs"
import { DeleteRun } from "./run-actions"
import { RunTabs } from "./run-tabs"

/** A run that no job tells of, such as one of the command line, as it lies on the disk. */
export function DiskRun({ runId }: { runId: string }) {
  const t = useTranslations("training")
  const methods = useTranslations("recipe")
  const run = useRun(runId, false)
  const metrics = useRunMetrics(runId, "disk")
  const error = run.error ?? metrics.error
  if (error) return <><PageHeader title={t("run")} /><Problem error={error} /></>
  if (!run.data || !metrics.data) return <Skeleton className="h-96" />
  const { name, dataset, base_model: base, method } = run.data.request
  return (
    <div className="space-y-5">
      <PageHeader title={name ?? runId} subtitle={method && t("runOf", { dataset, base: base ?? "", method: methods(`methods.${method}`) })}>
        <DeleteRun runId={runId} name={name ?? runId} />
      </PageHeader>
      <p className="text-sm text-muted-foreground">{t("onDiskHint")}</p>
      <RunTabs run={run.data} points={metrics.data.metrics} logs={[]} running={false} result={null} />
    </div>
  )
}
