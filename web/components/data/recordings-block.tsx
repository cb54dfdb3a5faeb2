"use client"
import { useTranslations } from "use-intl"
import { Problem } from "@/components/problem"
import { Card, CardContent, CardHeader, CardTitle } from "@/components/ui/card"
import { Skeleton } from "@/components/ui/skeleton"
import { useRecordings } from "@/lib/api/recordings"
import { DropZone } from "./drop-zone"
import { RecordingsTable } from "./recordings-table"
import { UploadList } from "./upload-list"
import { useUploads } from "./use-uploads"

/** Everything that was uploaded, and a place to upload more. The first file that arrives is chosen if none is. */
export function RecordingsBlock({ selected, onSelect }: { selected: string | null; onSelect: (id: string | null) => void }) {
  const t = useTranslations("data")
  const recordings = useRecordings()
  const { uploads, add, remove } = useUploads((recording) => {
    if (!new URLSearchParams(window.location.search).has("recording")) onSelect(recording.id)
  })
  return (
    <Card role="region" aria-labelledby="recordings-title">
      <CardHeader><CardTitle id="recordings-title">{t("recordings")}</CardTitle></CardHeader>
      <CardContent className="space-y-4">
        <DropZone onFiles={(files) => void add(files)} />
        <UploadList uploads={uploads} onRemove={remove} />
        <Problem error={recordings.error} />
        {recordings.isPending && <Skeleton className="h-32 w-full rounded-lg" />}
        {recordings.data && <RecordingsTable recordings={recordings.data} selected={selected} onSelect={onSelect} />}
      </CardContent>
    </Card>
  )
}
