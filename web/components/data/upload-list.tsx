"use client"
import { CheckIcon, CircleAlertIcon, CloudOffIcon, PauseIcon, PlayIcon, RotateCcwIcon, XIcon } from "lucide-react"
import { useLocale, useTranslations } from "use-intl"
import { Problem } from "@/components/problem"
import { Button } from "@/components/ui/button"
import { Progress } from "@/components/ui/progress"
import type { Upload as Started } from "@/lib/api/uploads"
import { useSaid } from "@/lib/i18n/provider"
import { bytes, duration } from "@/lib/utils"
import { BegunRow } from "./begun-row"
import { isRefused, uploadQueue, type Upload } from "./upload-queue"

type Props = {
  uploads: Upload[]
  begun: Started[]
  onRemove: (key: number) => void
  onThrowAway: (upload: Started) => void
}

/** What became of each file that was chosen, and those of which a part was sent before this page was opened. */
export function UploadList({ uploads, begun, onRemove, onThrowAway }: Props) {
  const t = useTranslations("data")
  if (!uploads.length && !begun.length) return null
  return (
    <ul aria-label={t("uploads")} tabIndex={0} className="max-h-80 divide-y overflow-auto rounded-lg border text-sm outline-none focus-visible:ring-3 focus-visible:ring-ring/50">
      {begun.map((upload) => <BegunRow key={upload.id} upload={upload} onThrowAway={() => onThrowAway(upload)} />)}
      {uploads.map((upload) => <Row key={upload.key} upload={upload} onRemove={() => onRemove(upload.key)} />)}
    </ul>
  )
}

function Row({ upload, onRemove }: { upload: Upload; onRemove: () => void }) {
  const t = useTranslations("data")
  const said = useSaid()
  const { key, name, size, sent, state } = upload
  const under = isUnderWay(upload)
  const percent = state === "reading" ? Math.round(100 * (upload.read ?? 0)) : size ? Math.round((100 * sent) / size) : 0
  return (
    <li data-state={state} className="space-y-1.5 px-3 py-2">
      <div className="flex items-center gap-2">
        {state === "done" && <CheckIcon className="size-4 shrink-0 text-success" aria-hidden />}
        {(state === "failed" || state === "empty") && <CircleAlertIcon className="size-4 shrink-0 text-destructive" aria-hidden />}
        {state === "retrying" && <CloudOffIcon className="size-4 shrink-0 text-warning" aria-hidden />}
        <span className="min-w-0 flex-1 truncate" title={name}>{name}</span>
        {!under && <Facts upload={upload} />}
        {(state === "sending" || state === "retrying" || state === "paused") && (state === "paused" // one button, which keeps the focus
          ? <Act icon={<PlayIcon />} label={t("goOnUpload", { name })} onClick={() => uploadQueue.goOn(key)} />
          : <Act icon={<PauseIcon />} label={t("pauseUpload", { name })} onClick={() => uploadQueue.pause(key)} />)}
        {state === "failed" && !isRefused(upload.error) && <Act icon={<RotateCcwIcon />} label={t("retryUpload", { name })} onClick={() => uploadQueue.goOn(key)} />}
        {state !== "reading" && <Act icon={<XIcon />} label={t(under ? "cancelUpload" : "dismiss", { name })} onClick={onRemove} />}
      </div>
      {under && <Progress aria-label={t("uploadOf", { name })} value={percent} />}
      {under && <Facts upload={upload} />}
      {upload.recording?.notices.map((notice) => <p key={notice} className="text-xs text-warning">{said(notice)}</p>)}
      {state === "failed" && <Problem error={upload.error} />}
    </li>
  )
}

const isUnderWay = ({ state }: Upload) => state !== "done" && state !== "failed" && state !== "empty"

/** The state in words; while bytes go: how many, how fast, how long it will take. */
function Facts({ upload }: { upload: Upload }) {
  const { state, sent, size, bytes_per_s } = upload
  const t = useTranslations("data")
  const locale = useLocale()
  const sending = state === "sending"
  const parts = [
    !sending && t(`uploadStates.${state}`),
    state === "reading" && upload.read !== undefined && t("readSoFar", { n: Math.round(100 * upload.read) }),
    isUnderWay(upload) && state !== "reading" && t("sentOf", { sent: bytes(sent, locale), size: bytes(size, locale) }),
    state === "done" && bytes(size, locale),
    sending && bytes_per_s && t("perSecond", { bytes: bytes(bytes_per_s, locale) }),
    sending && bytes_per_s && t("timeLeft", { time: duration(Math.ceil((size - sent) / bytes_per_s), locale) }),
  ]
  return <p className="text-xs text-muted-foreground tabular-nums">{parts.filter(Boolean).join(" · ")}</p>
}

function Act({ icon, label, onClick }: { icon: React.ReactNode; label: string; onClick: () => void }) {
  return <Button type="button" size="icon-sm" variant="ghost" className="size-6" aria-label={label} title={label} onClick={onClick}>{icon}</Button>
}
