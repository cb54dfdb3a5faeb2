"use client"
import { ChartLineIcon, GitCompareIcon } from "lucide-react"
import Link from "next/link"
import { useEffect, useState } from "react"
import { useTranslations } from "use-intl"
import { Problem } from "@/components/problem"
import { Button } from "@/components/ui/button"
import { Card, CardContent, CardHeader, CardTitle } from "@/components/ui/card"
import { Empty } from "@/components/ui/empty"
import { Input } from "@/components/ui/input"
import { Skeleton } from "@/components/ui/skeleton"
import { changeAddress } from "@/hooks/use-address"
import { useTrainingRuns } from "@/lib/api/training"
import { MOST_COMPARED } from "./compared"
import { RunsRow } from "./runs-row"
import { matches, rowsOf, type RunRow } from "./runs-rows"

export function RunsTable() {
  const t = useTranslations("training")
  const runs = useTrainingRuns()
  return (
    <Card>
      <CardHeader><CardTitle id="runs">{t("runs")}</CardTitle></CardHeader>
      <CardContent>
        {runs.error ? <Problem error={runs.error} /> : !runs.data ? <Skeleton className="h-32" /> : <Runs rows={rowsOf(runs.data.runs, runs.data.others)} />}
      </CardContent>
    </Card>
  )
}

function Runs({ rows }: { rows: RunRow[] }) {
  const t = useTranslations("training")
  const common = useTranslations("common")
  const methods = useTranslations("recipe")
  const [words, setWords] = useInAddress("find")
  const [ticked, setTicked] = useInAddress("chosen")
  if (!rows.length) return <Empty icon={<ChartLineIcon />} title={t("noRuns")} hint={t("noRunsHint")} />
  const chosen = ticked.split(",").filter((runId) => rows.some((row) => row.runId === runId))
  const shownOf = (row: RunRow) => [methods(`methods.${row.method as "full"}`), row.state ? common(`states.${row.state}`) : t("onDisk")]
  const shown = rows.filter((row) => matches(row, shownOf(row), words))
  const toggle = (runId: string) => setTicked((chosen.includes(runId) ? chosen.filter((one) => one !== runId) : [...chosen, runId].slice(-MOST_COMPARED)).join(","))
  return (
    <div className="space-y-3">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <Input type="search" aria-label={t("filterRuns")} placeholder={t("filterRuns")} value={words} onChange={(event) => setWords(event.target.value)} className="max-w-64" />
        <Compare runIds={chosen} />
      </div>
      <Table rows={shown} chosen={chosen} onToggle={toggle} />
      {!shown.length && <p role="status" className="text-sm text-muted-foreground">{t("noMatch")}</p>}
    </div>
  )
}

/** A text that the address keeps over a reload. */
function useInAddress(name: string): [string, (text: string) => void] {
  const [text, setText] = useState(() => new URLSearchParams(window.location.search).get(name) ?? "")
  useEffect(() => changeAddress({ [name]: text || null }), [name, text])
  return [text, setText]
}

function Compare({ runIds }: { runIds: readonly string[] }) {
  const t = useTranslations("compare")
  if (runIds.length < 2) return <p className="text-xs text-muted-foreground">{t("chooseTwo")}</p>
  return <Button asChild size="sm"><Link href={`/training/compare/?runs=${runIds.map(encodeURIComponent).join(",")}`}><GitCompareIcon />{t("action", { n: runIds.length })}</Link></Button>
}

function Table({ rows, chosen, onToggle }: { rows: RunRow[]; chosen: readonly string[]; onToggle: (runId: string) => void }) {
  const t = useTranslations("training")
  const columns = [t("state"), t("model"), t("dataset"), t("method"), t("stepsDone"), t("bestScore"), t("created")]
  return (
    <div role="region" aria-labelledby="runs" tabIndex={0} className="relative scroll-x">
      <table aria-labelledby="runs" className="w-full text-[13px]">
        <thead className="text-left text-xs text-muted-foreground">
          <tr className="border-b">
            <th scope="col"><span className="sr-only">{t("actions")}</span></th>
            {columns.map((column) => <th key={column} scope="col" className="py-2 pr-4 font-medium whitespace-nowrap">{column}</th>)}
            <th scope="col"><span className="sr-only">{t("open")}</span></th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => <RunsRow key={row.key} row={row} chosen={!!row.runId && chosen.includes(row.runId)} onToggle={row.runId ? () => onToggle(row.runId!) : null} />)}
        </tbody>
      </table>
    </div>
  )
}
