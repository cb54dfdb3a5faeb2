"use client"
import { LibraryIcon } from "lucide-react"
import { useTranslations } from "use-intl"
import { Problem } from "@/components/problem"
import { Card, CardContent, CardHeader, CardTitle } from "@/components/ui/card"
import { Empty } from "@/components/ui/empty"
import { Skeleton } from "@/components/ui/skeleton"
import { useDatasets } from "@/lib/api/datasets"
import { DatasetList } from "./dataset-list"
import { DatasetView } from "./dataset-view"

type Props = { selected: string | null; onSelect: (name: string | null) => void; shownJob: string | null }

/** The datasets, and the one that is chosen. `shownJob` is a transcription that is shown elsewhere already. */
export function DatasetsBlock({ selected, onSelect, shownJob }: Props) {
  const t = useTranslations("datasets")
  const datasets = useDatasets()
  const chosen = datasets.data?.find((one) => one.name === selected)
  return (
    <>
      <Card role="region" aria-labelledby="datasets-title">
        <CardHeader><CardTitle id="datasets-title">{t("title")}</CardTitle></CardHeader>
        <CardContent className="space-y-4">
          <Problem error={datasets.error} />
          {datasets.isPending && <Skeleton className="h-24 w-full rounded-lg" />}
          {datasets.data?.length === 0 && <Empty icon={<LibraryIcon />} title={t("none")} hint={t("noneHint")} />}
          {!!datasets.data?.length && <DatasetList datasets={datasets.data} selected={selected} onSelect={onSelect} />}
        </CardContent>
      </Card>
      {chosen && <DatasetView key={chosen.name} dataset={chosen} onDeleted={() => onSelect(null)} shownJob={shownJob} />}
    </>
  )
}
