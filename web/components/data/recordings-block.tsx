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

type Props = { selected: string | null; onSelect: (id: string | null) => void; onArrived: (id: string) => void }

/** Everything that was uploaded, and a place to upload more. The first file that arrives is chosen if none is. */
export function RecordingsBlock({ selected, onSelect, onArrived }: Props) {
  const t = useTranslations("data")
  const recordings = useRecordings()
  const { uploads, begun, add, remove, throwAway } = useUploads((recording) => {
    if (!new URLSearchParams(window.location.search).has("recording")) onArrived(recording.id)
  })
  return (
    <Card role="region" aria-labelledby="recordings-title">
      <CardHeader><CardTitle id="recordings-title">{t("recordings")}</CardTitle></CardHeader>
      <CardContent className="space-y-4">
        <DropZone onFiles={add} />
        <UploadList uploads={uploads} begun={begun} onRemove={(key) => void remove(key)} onThrowAway={(upload) => void throwAway(upload)} />
        <Problem error={recordings.error} />
        {recordings.isPending && <Skeleton className="h-32 w-full rounded-lg" />}
        {recordings.data && <RecordingsTable recordings={recordings.data} selected={selected} onSelect={onSelect} />}
      </CardContent>
    </Card>
  )
}
