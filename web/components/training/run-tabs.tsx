"use client"
import dynamic from "next/dynamic"
import { usePathname, useSearchParams } from "next/navigation"
import { useTranslations } from "use-intl"
import { Skeleton } from "@/components/ui/skeleton"
import { Tabs, TabsContent, TabsList, TabsTrigger } from "@/components/ui/tabs"
import type { LogLine } from "@/hooks/use-job"
import type { RunDetails } from "@/lib/api/runs"
import type { TrainResult } from "@/lib/api/training"
import type { Point } from "./curves"
import { RejectedClips } from "./rejected-clips"
import { RunCharts } from "./run-charts"
import { RunLog } from "./run-log"

const AuditionRoom = dynamic(() => import("./audition-room").then((module) => module.AuditionRoom), { ssr: false })
const ModelCard = dynamic(() => import("./model-card").then((module) => module.ModelCard), { ssr: false })
const RunRecipe = dynamic(() => import("./run-recipe").then((module) => module.RunRecipe), { ssr: false })
const CheckpointsTable = dynamic(() => import("./checkpoints-table").then((module) => module.CheckpointsTable), { ssr: false })

type Props = { run: RunDetails | undefined; points: readonly Point[]; logs: LogLine[]; running: boolean; result: TrainResult | null }

const NAMES = ["curves", "listen", "checkpoints", "recipe"] as const

/** A run by what one wants of it: how it goes, how it sounds, what came out, and what it was begun with. */
export function RunTabs({ run, points, logs, running, result }: Props) {
  const t = useTranslations("training")
  const [tab, setTab] = useTabOfAddress()
  return (
    <Tabs value={tab} onValueChange={setTab} className="min-w-0">
      <div className="-mx-1 overflow-x-auto px-1">
        <TabsList>{NAMES.map((name) => <TabsTrigger key={name} value={name} disabled={name !== "curves" && !run}>{t(`tabs.${name}`)}</TabsTrigger>)}</TabsList>
      </div>
      <TabsContent value="curves" tabIndex={-1} className="space-y-5 outline-none">
        <RunCharts points={points} best={run?.checkpoints.find((one) => one.best)?.step ?? null} />
        {result && <RejectedClips rejected={result.rejected} />}
        {(running || logs.length > 0) && <RunLog lines={logs} />}
      </TabsContent>
      <TabsContent value="listen" tabIndex={-1} className="outline-none">{run ? <AuditionRoom run={run} running={running} /> : <Skeleton className="h-64" />}</TabsContent>
      <TabsContent value="checkpoints" tabIndex={-1} className="space-y-5 outline-none">
        {result && <ModelCard name={result.model} />}
        {run && <CheckpointsTable run={run} />}
      </TabsContent>
      <TabsContent value="recipe" tabIndex={-1} className="outline-none">{run && <RunRecipe run={run} />}</TabsContent>
    </Tabs>
  )
}

/** The tab that the address names, so that a reload and a link show it again. */
function useTabOfAddress(): [string, (tab: string) => void] {
  const params = useSearchParams()
  const path = usePathname()
  const asked = params.get("tab")
  const choose = (tab: string) => {
    const next = new URLSearchParams(params)
    next.set("tab", tab)
    history.replaceState(null, "", `${path}?${next}`)
  }
  return [NAMES.find((name) => name === asked) ?? "curves", choose]
}
