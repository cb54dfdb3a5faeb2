"use client"
import { ChartLineIcon } from "lucide-react"
import Link from "next/link"
import { useTranslations } from "use-intl"
import { Problem } from "@/components/problem"
import { Button } from "@/components/ui/button"
import { Card, CardContent, CardHeader, CardTitle } from "@/components/ui/card"
import { Empty } from "@/components/ui/empty"
import { Skeleton } from "@/components/ui/skeleton"
import { useTrainingRuns, type TrainingRun, type TrainRequest, type TrainResult } from "@/lib/api/training"
import { useLocaleName } from "@/lib/i18n/provider"
import { when } from "@/lib/utils"
import { stepsIn } from "./curves"
import { StateBadge } from "./state-badge"

export function RunsTable() {
  const t = useTranslations("training")
  const runs = useTrainingRuns()
  return (
    <Card>
      <CardHeader><CardTitle id="runs">{t("runs")}</CardTitle></CardHeader>
      <CardContent>
        {runs.error ? <Problem error={runs.error} /> : !runs.data ? <Skeleton className="h-32" /> : <Rows runs={runs.data.runs} />}
      </CardContent>
    </Card>
  )
}

function Rows({ runs }: { runs: TrainingRun[] }) {
  const t = useTranslations("training")
  if (!runs.length) return <Empty icon={<ChartLineIcon />} title={t("noRuns")} hint={t("noRunsHint")} />
  const columns = [t("state"), t("dataset"), t("model"), t("stepsDone"), t("created")]
  return (
    <div role="region" aria-labelledby="runs" tabIndex={0} className="relative overflow-x-auto">
      <table aria-labelledby="runs" className="w-full text-[13px]">
        <thead className="text-left text-xs text-muted-foreground">
          <tr className="border-b">
            {columns.map((column) => <th key={column} scope="col" className="py-2 pr-4 font-medium whitespace-nowrap">{column}</th>)}
            <th scope="col"><span className="sr-only">{t("open")}</span></th>
          </tr>
        </thead>
        <tbody>{runs.map((run) => <Row key={run.job.id} run={run} />)}</tbody>
      </table>
    </div>
  )
}

function Row({ run: { job } }: { run: TrainingRun }) {
  const t = useTranslations("training")
  const locale = useLocaleName()
  const request = job.request as TrainRequest
  return (
    <tr className="border-b last:border-b-0">
      <td className="py-2 pr-4"><StateBadge state={job.state} /></td>
      <td className="max-w-48 truncate py-2 pr-4">{request.dataset}</td>
      <td className="max-w-48 truncate py-2 pr-4 font-medium">{request.name}</td>
      <td className="py-2 pr-4 font-mono text-xs whitespace-nowrap tabular-nums">{stepsText(job)}</td>
      <td className="py-2 pr-4 whitespace-nowrap text-muted-foreground">{when(job.created_at, locale)}</td>
      <td className="py-2 text-right">
        <Button asChild size="sm" variant="outline">
          <Link href={`/training/run/?id=${job.id}`} aria-label={t("openRun", { name: request.name })}>{t("open")}</Link>
        </Button>
      </td>
    </tr>
  )
}

/** Steps of a finished run, "3 / 10" of one under way, a dash before the first. */
function stepsText(job: TrainingRun["job"]): string {
  if (job.result) return String((job.result as TrainResult).steps)
  const told = stepsIn(job.message)
  return told ? `${told.step} / ${told.total}` : "–"
}
