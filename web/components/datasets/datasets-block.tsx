"use client"
import { LibraryIcon } from "lucide-react"
import dynamic from "next/dynamic"
import { useTranslations } from "use-intl"
import { Problem } from "@/components/problem"
import { Card, CardContent, CardHeader, CardTitle } from "@/components/ui/card"
import { Empty } from "@/components/ui/empty"
import { Skeleton } from "@/components/ui/skeleton"
import { useDatasets } from "@/lib/api/datasets"
import { DatasetList } from "./dataset-list"
import { ImportDialog } from "./import-dialog"

const Waiting = () => <Skeleton className="h-96 w-full rounded-xl" />
const DatasetView = dynamic(() => import("./dataset-view").then((module) => module.DatasetView), { ssr: false, loading: Waiting })

type Props = { selected: string | null; asked: boolean; onSelect: (name: string | null) => void; shownJob: string | null }

/** The datasets, and the one that is chosen, which comes into view where it was `asked` for. `shownJob` is a transcription that is shown elsewhere already. */
export function DatasetsBlock({ selected, asked, onSelect, shownJob }: Props) {
  const t = useTranslations("datasets")
  const datasets = useDatasets()
  const chosen = datasets.data?.find((one) => one.name === selected)
  return (
    <>
      <Card role="region" aria-labelledby="datasets-title">
        <CardHeader className="items-center">
          <CardTitle id="datasets-title">{t("title")}</CardTitle>
          <ImportDialog names={datasets.data?.map((one) => one.name) ?? []} onShow={onSelect} />
        </CardHeader>
        <CardContent className="space-y-4">
          <Problem error={datasets.error} />
          {datasets.isPending && <Skeleton className="h-24 w-full rounded-lg" />}
          {datasets.data?.length === 0 && <Empty icon={<LibraryIcon />} title={t("none")} hint={t("noneHint")} />}
          {!!datasets.data?.length && <DatasetList datasets={datasets.data} selected={selected} onSelect={onSelect} />}
        </CardContent>
      </Card>
      {chosen && <DatasetView key={chosen.name} dataset={chosen} asked={asked} onDeleted={() => onSelect(null)} shownJob={shownJob} />}
    </>
  )
}
