"use client"
import { Trash2Icon } from "lucide-react"
import { useState } from "react"
import { useLocale, useTranslations } from "use-intl"
import { Confirm } from "@/components/confirm"
import { Problem } from "@/components/problem"
import { Button } from "@/components/ui/button"
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card"
import { useJobUnderWay } from "@/lib/api/cutting"
import { useDeleteDataset, type ClipState, type DatasetSummary } from "@/lib/api/datasets"
import { duration } from "@/lib/utils"
import { ClipList } from "./clip-list"
import { DatasetTranscription } from "./dataset-transcription"
import { StateFilter } from "./state-filter"
import { TrainingCheck } from "./training-check"

type Props = { dataset: DatasetSummary; onDeleted: () => void; shownJob: string | null }

/** One dataset: its clips to hear and correct, whether it will train, its transcription. */
export function DatasetView({ dataset, onDeleted, shownJob }: Props) {
  const t = useTranslations("datasets")
  const locale = useLocale()
  const [state, setState] = useState<ClipState | undefined>(undefined)
  const job = useJobUnderWay("transcribe", "dataset", dataset.name)
  return (
    <Card role="region" aria-labelledby="dataset-title">
      <CardHeader>
        <div className="min-w-0">
          <CardTitle id="dataset-title" className="break-words">{dataset.name}</CardTitle>
          <CardDescription>
            {t("facts", { n: dataset.chunk_count, length: duration(dataset.duration_s, locale), texts: dataset.transcribed_count, dropped: dataset.dropped_count })}
          </CardDescription>
        </div>
        <DeleteDataset name={dataset.name} onDeleted={onDeleted} />
      </CardHeader>
      <CardContent className="space-y-5">
        <TrainingCheck name={dataset.name} />
        <DatasetTranscription name={dataset.name} jobId={job.jobId === shownJob ? null : job.jobId} running={job.running} />
        <StateFilter value={state} onChange={setState} />
        <ClipList key={state ?? "all"} name={dataset.name} count={dataset.chunk_count} state={state} live={job.running} />
      </CardContent>
    </Card>
  )
}

function DeleteDataset({ name, onDeleted }: { name: string; onDeleted: () => void }) {
  const t = useTranslations("datasets")
  const common = useTranslations("common")
  const remove = useDeleteDataset()
  return (
    <div className="flex flex-col items-end gap-2">
      <Confirm title={t("deleteTitle", { name })} text={t("deleteText")} action={common("delete")} onConfirm={() => remove.mutate(name, { onSuccess: onDeleted })}>
        <Button type="button" size="sm" variant="outline" disabled={remove.isPending}><Trash2Icon /> {t("delete")}</Button>
      </Confirm>
      <Problem error={remove.error} />
    </div>
  )
}
