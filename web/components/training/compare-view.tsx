"use client"
import { ChartLineIcon } from "lucide-react"
import { useSearchParams } from "next/navigation"
import { useMemo } from "react"
import { useTranslations } from "use-intl"
import { PageHeader } from "@/components/page-header"
import { Problem } from "@/components/problem"
import { Empty } from "@/components/ui/empty"
import { Skeleton } from "@/components/ui/skeleton"
import { useRuns, useRunsMetrics } from "@/lib/api/runs"
import { CompareCharts } from "./compare-charts"
import { CompareTable } from "./compare-table"
import { MOST_COMPARED, type ComparedRun } from "./compared"
import { measuredOf } from "./curves"
import { ToRuns } from "./to-runs"

/** Two runs or more beside each other; which ones, says the address: ?runs=a,b. */
export function CompareView() {
  const t = useTranslations("compare")
  const asked = useSearchParams().get("runs") ?? ""
  const ids = useMemo(() => [...new Set(asked.split(",").filter(Boolean))].slice(0, MOST_COMPARED), [asked])
  return (
    <>
      <ToRuns />
      <PageHeader title={t("title")} />
      {ids.length < 2 ? <Empty icon={<ChartLineIcon />} title={t("none")} hint={t("noneHint")} /> : <Comparison key={ids.join()} ids={ids} />}
    </>
  )
}

function Comparison({ ids }: { ids: string[] }) {
  const details = useRuns(ids)
  const metrics = useRunsMetrics(ids)
  const runs = useMemo(() => {
    if (!details.data || !metrics.data) return null
    const names = details.data.map((run) => run.request.name ?? run.run_id)
    return details.data.map((run, i): ComparedRun => {
      const twice = names.filter((name) => name === names[i]).length > 1
      return { run, label: twice ? `${names[i]} · ${run.run_id}` : names[i]!, measured: measuredOf(metrics.data![i]!.metrics) }
    })
  }, [details.data, metrics.data])
  const error = details.error ?? metrics.error
  if (error) return <Problem error={error} />
  if (!runs) return <Skeleton className="h-96" />
  return <div className="space-y-5"><CompareCharts runs={runs} /><CompareTable runs={runs} /></div>
}
