"use client"
import { useRef } from "react"
import { useLocale, useTranslations } from "use-intl"
import { Fold } from "@/components/fold"
import { Problem } from "@/components/problem"
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card"
import { TooltipProvider } from "@/components/ui/tooltip"
import { useIntoView } from "@/hooks/use-into-view"
import { useXray } from "@/lib/api/curation"
import { useJobUnderWay } from "@/lib/api/cutting"
import { useDeleteDataset, type DatasetSummary } from "@/lib/api/datasets"
import { duration } from "@/lib/utils"
import { Curation } from "./curation"
import { DatasetActions } from "./dataset-actions"
import { DatasetTranscription } from "./dataset-transcription"
import { useActing } from "./use-acting"
import { useView } from "./use-view"
import { XrayPanel } from "./xray-panel"

type Props = { dataset: DatasetSummary; asked: boolean; onDeleted: () => void; shownJob: string | null }

/** One dataset: what training would make of it, its transcription, and its clips to curate. It comes into view where it was `asked` for. */
export function DatasetView({ dataset, asked, onDeleted, shownJob }: Props) {
  const t = useTranslations("datasets")
  const locale = useLocale()
  const { name } = dataset
  const card = useRef<HTMLDivElement>(null)
  useIntoView(card, asked)
  const xray = useXray(name)
  const hasXray = !!xray.data?.made_at
  const [view, onView, onAnyView] = useView(hasXray ? "doubt" : "list")
  const job = useJobUnderWay("transcribe", "dataset", name)
  const acting = useActing(name)
  const remove = useDeleteDataset(onDeleted)
  const active = dataset.chunk_count - dataset.dropped_count
  const untold = active - dataset.transcribed_count
  return (
    <Card ref={card} role="region" aria-labelledby="dataset-title" className="scroll-mt-5 max-md:scroll-mt-16">
      <CardHeader className="flex-wrap">
        <div className="min-w-0 flex-1 basis-64">
          <CardTitle id="dataset-title" className="break-words">{name}</CardTitle>
          <CardDescription>
            {t("facts", { n: dataset.chunk_count, length: duration(dataset.duration_s, locale), texts: dataset.transcribed_count, dropped: dataset.dropped_count })}
          </CardDescription>
        </div>
        <DatasetActions name={name} remove={remove} onTurn={acting.turn} />
      </CardHeader>
      <CardContent className="space-y-6">
        <Problem error={remove.error} />
        <XrayPanel name={name} clips={dataset.chunk_count} view={view} onView={onView} />
        <Fold title={t("transcription")} note={untold > 0 ? t("withoutText", { n: untold }) : undefined} open={untold > active / 2 || job.running}>
          <DatasetTranscription name={name} jobId={job.jobId === shownJob ? null : job.jobId} running={job.running} />
        </Fold>
        {!xray.isPending && (
          <TooltipProvider><Curation name={name} view={view} onView={onView} onAnyView={onAnyView} hasXray={hasXray} live={job.running} acting={acting} /></TooltipProvider>
        )}
      </CardContent>
    </Card>
  )
}
