"use client"
import { HourglassIcon, XIcon } from "lucide-react"
import { useRef, useState } from "react"
import { useLocale, useTranslations } from "use-intl"
import { Button } from "@/components/ui/button"
import { Progress } from "@/components/ui/progress"
import type { Upload as Started } from "@/lib/api/uploads"
import { bytes } from "@/lib/utils"
import { isFileOf, uploadQueue } from "./upload-queue"

/** A file of which a part was sent. A page can't open it again by itself: it has to be chosen once more. */
export function BegunRow({ upload, onThrowAway }: { upload: Started; onThrowAway: () => void }) {
  const t = useTranslations("data")
  const locale = useLocale()
  const input = useRef<HTMLInputElement>(null)
  const [wrong, setWrong] = useState<string | null>(null)
  const { name, size_bytes: size, received_bytes: sent } = upload
  const take = (file: File | undefined) => {
    if (!file) return
    if (isFileOf(file, upload)) uploadQueue.add(file, upload)
    else setWrong(file.name)
  }
  return (
    <li data-state="begun" className="space-y-1.5 px-3 py-2">
      <div className="flex items-center gap-2">
        <HourglassIcon className="size-4 shrink-0 text-muted-foreground" aria-hidden />
        <span className="min-w-0 flex-1 truncate" title={name}>{name}</span>
        <Button type="button" size="sm" variant="outline" className="h-7" aria-label={t("chooseAgainOf", { name })} onClick={() => input.current?.click()}>{t("chooseAgain")}</Button>
        <Button type="button" size="icon-sm" variant="ghost" className="size-6" aria-label={t("throwAway", { name })} title={t("throwAway", { name })} onClick={onThrowAway}><XIcon /></Button>
        <input
          ref={input}
          type="file"
          aria-label={t("fileOf", { name })}
          tabIndex={-1}
          className="sr-only"
          onChange={(event) => {
            take(event.target.files?.[0])
            event.target.value = ""
          }}
        />
      </div>
      <Progress aria-label={t("uploadOf", { name })} value={size ? Math.round((100 * sent) / size) : 0} />
      <p className="text-xs text-muted-foreground tabular-nums">{t("begun", { sent: bytes(sent, locale), size: bytes(size, locale) })}</p>
      {wrong && <p role="alert" className="text-xs text-destructive">{t("wrongFile", { chosen: wrong, name, size: bytes(size, locale) })}</p>}
    </li>
  )
}
