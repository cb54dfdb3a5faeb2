"use client"
import { useTranslations } from "use-intl"
import { Problem } from "@/components/problem"
import { Progress } from "@/components/ui/progress"
import { Skeleton } from "@/components/ui/skeleton"
import { usePlanProgress, type PlannedChunk, type usePlan } from "@/lib/api/cutting"
import { cn } from "@/lib/utils"
import { FlagNotes } from "./flag-notes"
import { PlannedChunks } from "./planned-chunks"
import { PlanStatistics } from "./plan-statistics"
import { useDebounced } from "@/hooks/use-debounced"

const WORTH_TELLING_MS = 600

type Props = {
  recordingId: string
  plan: ReturnType<typeof usePlan>
  waiting: boolean
  current: number | null
  onPlay: (chunk: PlannedChunk) => void
  onMark: (index: number | null) => void
}

/** The preview of a cut: statistics, marks, the list of chunks; the last one stays until the next is there. */
export function PlanPanel({ recordingId, plan, waiting, ...list }: Props) {
  const t = useTranslations("data")
  const long = useDebounced(waiting, WORTH_TELLING_MS) && waiting // most answers come before anybody could read of waiting
  return (
    <section aria-label={t("preview")} aria-busy={waiting} className="min-w-0 space-y-4">
      <div className="flex h-7 items-center justify-between gap-3">
        <h3 className="text-sm font-semibold">{t("preview")}</h3>
        <p role="status" className="text-xs text-muted-foreground">
          {long ? t("listening") : plan.data && t("chunkCount", { n: plan.data.statistics.chunk_count })}
        </p>
      </div>
      {long && <FirstListening recordingId={recordingId} />}
      <Problem error={plan.error} />
      {!plan.data && !plan.error && <Skeleton className="h-96 w-full rounded-lg" />}
      {plan.data && !plan.error && (
        <div className={cn("space-y-4 transition-opacity", long && "opacity-60")}>
          <PlanStatistics statistics={plan.data.statistics} />
          <FlagNotes chunks={plan.data.chunks} />
          <PlannedChunks chunks={plan.data.chunks} {...list} />
        </div>
      )}
    </section>
  )
}

/** A recording is listened to once; its length says how long that takes. */
function FirstListening({ recordingId }: { recordingId: string }) {
  const t = useTranslations("data")
  const fraction = usePlanProgress(recordingId)
  if (fraction === null) return null
  const percent = Math.round(100 * fraction)
  return (
    <div className="space-y-1.5">
      <div className="flex items-center gap-3">
        <Progress aria-label={t("firstListening")} value={percent} className="flex-1" />
        <span className="font-mono text-xs tabular-nums">{t("percent", { n: percent })}</span>
      </div>
      <p className="text-xs text-muted-foreground">{t("firstListeningHint")}</p>
    </div>
  )
}
