"use client"
import { useMutation } from "@tanstack/react-query"
import { UploadIcon } from "lucide-react"
import { useRef, useState } from "react"
import { useTranslations } from "use-intl"
import { Button } from "@/components/ui/button"
import { cn } from "@/lib/utils"
import { droppedFiles, SOUND_ENDINGS } from "./dropped-files"

const KINDS = ["audio/*", "video/mp4", "video/webm", ...SOUND_ENDINGS].join()

/** Files and folders dropped here, or files chosen by the button. */
export function DropZone({ onFiles }: { onFiles: (files: File[]) => void }) {
  const t = useTranslations("data")
  const input = useRef<HTMLInputElement>(null)
  const [over, setOver] = useState(false)
  const take = useMutation({ mutationFn: (files: Promise<File[]>) => files, onSuccess: onFiles })
  return (
    <div
      data-testid="drop-zone"
      onDragOver={(event) => {
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setOver(false)
      }}
      onDrop={(event) => {
        event.preventDefault()
        setOver(false)
        take.mutate(droppedFiles(event.dataTransfer))
      }}
      className={cn(
        "flex flex-wrap items-center justify-center gap-x-4 gap-y-2 rounded-lg border border-dashed p-5 text-sm transition-colors",
        over && "border-primary bg-primary/5",
      )}
    >
      <p className="text-center text-muted-foreground">{t("drop")}</p>
      {take.data?.length === 0 && <p role="status" className="w-full text-center text-warning">{t("noSounds")}</p>}
      {take.error && <p role="alert" className="w-full text-center text-destructive">{t("folderUnread", { why: take.error.message })}</p>}
      <Button type="button" variant="outline" size="sm" onClick={() => input.current?.click()}><UploadIcon /> {t("choose")}</Button>
      <input
        ref={input}
        type="file"
        multiple
        accept={KINDS}
        aria-label={t("files")}
        tabIndex={-1}
        className="sr-only"
        onChange={(event) => {
          onFiles(Array.from(event.target.files ?? []))
          event.target.value = "" // else the same file can't be chosen again
        }}
      />
    </div>
  )
}
