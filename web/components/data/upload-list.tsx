"use client"
import { CheckIcon, CircleAlertIcon, XIcon } from "lucide-react"
import { useLocale, useTranslations } from "use-intl"
import { Problem } from "@/components/problem"
import { Button } from "@/components/ui/button"
import { Progress } from "@/components/ui/progress"
import { bytes } from "@/lib/utils"
import type { Upload } from "./use-uploads"

/** What became of each file that was chosen: how far it is, what the server noticed, or why it was refused. */
export function UploadList({ uploads, onRemove }: { uploads: Upload[]; onRemove: (key: number) => void }) {
  const t = useTranslations("data")
  if (!uploads.length) return null
  return (
    <ul aria-label={t("uploads")} className="max-h-80 divide-y overflow-auto rounded-lg border text-sm">
      {uploads.map((upload) => <Row key={upload.key} upload={upload} onRemove={() => onRemove(upload.key)} />)}
    </ul>
  )
}

function Row({ upload, onRemove }: { upload: Upload; onRemove: () => void }) {
  const t = useTranslations("data")
  const locale = useLocale()
  const active = upload.state === "sending" || upload.state === "waiting"
  const percent = upload.size ? Math.round((100 * upload.sent) / upload.size) : 0
  return (
    <li className="space-y-2 px-3 py-2">
      <div className="flex items-center gap-3">
        {upload.state === "done" && <CheckIcon className="size-4 shrink-0 text-success" aria-hidden />}
        {upload.state === "failed" && <CircleAlertIcon className="size-4 shrink-0 text-destructive" aria-hidden />}
        <span className="min-w-0 flex-1 truncate" title={upload.name}>{upload.name}</span>
        <span className="text-xs whitespace-nowrap text-muted-foreground tabular-nums">
          {upload.state === "sending" && percent < 100 ? `${bytes(upload.sent, locale)} / ${bytes(upload.size, locale)}` : t(`uploadStates.${percent === 100 && active ? "reading" : upload.state}`)}
        </span>
        <Button type="button" size="icon-sm" variant="ghost" className="size-6" aria-label={t(active ? "cancelUpload" : "dismiss", { name: upload.name })} onClick={onRemove}>
          <XIcon />
        </Button>
      </div>
      {active && <Progress aria-label={t("uploadOf", { name: upload.name })} value={percent} />}
      {upload.recording?.notices.map((notice) => <p key={notice} className="text-xs text-warning">{notice}</p>)}
      {upload.state === "failed" && <Problem error={upload.error} />}
    </li>
  )
}
