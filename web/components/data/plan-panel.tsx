"use client"
import { useTranslations } from "use-intl"
import { Problem } from "@/components/problem"
import { Skeleton } from "@/components/ui/skeleton"
import type { PlannedChunk, usePlan } from "@/lib/api/cutting"
import { cn } from "@/lib/utils"
import { PlannedChunks } from "./planned-chunks"
import { PlanStatistics } from "./plan-statistics"

type Props = {
  plan: ReturnType<typeof usePlan>
  waiting: boolean
  current: number | null
  onPlay: (chunk: PlannedChunk) => void
  onMark: (index: number | null) => void
}

/** The preview of a cut: statistics and the list of chunks; the last one stays, dimmed, until the next is there. */
export function PlanPanel({ plan, waiting, ...list }: Props) {
  const t = useTranslations("data")
  return (
    <section aria-label={t("preview")} aria-busy={waiting} className="min-w-0 space-y-4">
      <div className="flex items-baseline justify-between gap-3">
        <h3 className="text-sm font-semibold">{t("preview")}</h3>
        <p role="status" className="text-xs text-muted-foreground">
          {waiting ? t("listening") : plan.data && t("chunkCount", { n: plan.data.statistics.chunk_count })}
        </p>
      </div>
      <Problem error={plan.error} />
      {!plan.data && !plan.error && <Skeleton className="h-96 w-full rounded-lg" />}
      {plan.data && !plan.error && (
        <div className={cn("space-y-4 transition-opacity", waiting && "opacity-60")}>
          <PlanStatistics statistics={plan.data.statistics} />
          <PlannedChunks chunks={plan.data.chunks} {...list} />
        </div>
      )}
    </section>
  )
}
