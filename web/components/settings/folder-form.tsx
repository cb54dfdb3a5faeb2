"use client"
import { useState } from "react"
import { useTranslations } from "use-intl"
import { TextField } from "@/components/field"
import { Button } from "@/components/ui/button"
import { BASE_MODEL } from "@/lib/api/models"

type Props = { pending: boolean; onPull: (name: string, folder: string) => void }

/** For a model that is on the server's disk already. */
export function FolderForm({ pending, onPull }: Props) {
  const t = useTranslations("settings")
  const [name, setName] = useState(BASE_MODEL)
  const [folder, setFolder] = useState("")
  const submit = (event: React.FormEvent) => {
    event.preventDefault()
    onPull(name.trim(), folder.trim())
  }
  return (
    <form onSubmit={submit} aria-label={t("fromFolder")} className="space-y-3">
      <div>
        <h3 className="text-sm font-medium">{t("fromFolder")}</h3>
        <p className="text-[13px] text-muted-foreground">{t("fromFolderHint")}</p>
      </div>
      <div className="grid items-end gap-3 sm:grid-cols-[12rem_minmax(0,1fr)_auto]">
        <TextField label={t("modelName")} value={name} onChange={setName} maxLength={63} autoComplete="off" />
        <TextField label={t("folder")} value={folder} onChange={setFolder} autoComplete="off" spellCheck={false} />
        <Button type="submit" variant="outline" disabled={!name.trim() || !folder.trim() || pending}>{t("take")}</Button>
      </div>
    </form>
  )
}
