"use client"
import { AudioWaveformIcon } from "lucide-react"
import { useState } from "react"
import { useTranslations } from "use-intl"
import { Problem } from "@/components/problem"
import { Empty } from "@/components/ui/empty"
import { Input } from "@/components/ui/input"
import { useDatasets } from "@/lib/api/datasets"
import { useDeleteRecording, type Recording } from "@/lib/api/recordings"
import { RecordingRow } from "./recording-row"
import { SortHeader } from "./sort-header"
import { sorted, useSort } from "./use-sort"

const WORTH_SEARCHING = 4

type Props = { recordings: Recording[]; selected: string | null; onSelect: (id: string | null) => void }

/** The recordings, newest first unless sorted otherwise; one is chosen by its name. */
export function RecordingsTable({ recordings, selected, onSelect }: Props) {
  const t = useTranslations("data")
  const remove = useDeleteRecording()
  const datasets = useDatasets().data ?? []
  const [typed, setTyped] = useState("")
  const [sort, sortBy] = useSort()
  if (!recordings.length) return <Empty icon={<AudioWaveformIcon />} title={t("noRecordings")} hint={t("noRecordingsHint")} />
  const onDelete = (id: string) => {
    if (id === selected) onSelect(null)
    remove.mutate(id)
  }
  const found = recordings.filter((one) => one.name.toLowerCase().includes(typed.trim().toLowerCase()))
  const header = { sort, onSort: sortBy }
  return (
    <div className="space-y-3">
      <Problem error={remove.error} />
      {recordings.length >= WORTH_SEARCHING && (
        <Input type="search" aria-label={t("searchRecordings")} placeholder={t("searchRecordings")} value={typed} onChange={(event) => setTyped(event.target.value)} className="max-w-xs" />
      )}
      <div className="relative max-h-96 overflow-auto rounded-lg border" tabIndex={0} role="region" aria-label={t("recordingsList")}>
        <table className="w-full text-sm">
          <thead className="sticky top-0 z-10 bg-card text-left text-xs text-muted-foreground">
            <tr className="border-b [&>th]:px-3 [&>th]:py-1 [&>th]:font-medium">
              <SortHeader by="name" label={t("name")} {...header} />
              <SortHeader by="duration_s" label={t("length")} right {...header} />
              <th scope="col" className="max-lg:hidden">{t("madeOf")}</th>
              <th scope="col" className="max-lg:hidden">{t("format")}</th>
              <SortHeader by="size_bytes" label={t("size")} right className="max-sm:hidden" {...header} />
              <SortHeader by="created_at" label={t("added")} className="max-md:hidden" {...header} />
              <th scope="col"><span className="sr-only">{t("actions")}</span></th>
            </tr>
          </thead>
          <tbody className="divide-y">
            {sorted(found, sort).map((one) => (
              <RecordingRow
                key={one.id}
                recording={one}
                datasets={datasets.filter((dataset) => dataset.recordings?.includes(one.id)).map((dataset) => dataset.name)}
                selected={one.id === selected}
                onSelect={() => onSelect(one.id)}
                onDelete={() => onDelete(one.id)}
              />
            ))}
          </tbody>
        </table>
        {!found.length && <p role="status" className="p-4 text-sm text-muted-foreground">{t("noneFit")}</p>}
      </div>
    </div>
  )
}
