"use client"
import { useState } from "react"
import { useLocale, useTranslations } from "use-intl"
import { Confirm } from "@/components/confirm"
import { TextField } from "@/components/field"
import { Problem } from "@/components/problem"
import { Button } from "@/components/ui/button"
import { DialogClose, DialogContent, DialogDescription, DialogTitle } from "@/components/ui/dialog"
import { Skeleton } from "@/components/ui/skeleton"
import { useRestoreVersion, useSaveVersion, useVersions, type Version } from "@/lib/api/curation"
import { duration, when } from "@/lib/utils"

const NOTE_LENGTH = 500

/** Saved states of a dataset: save the present one with a note, go back to an earlier one. */
export function VersionsDialog({ name }: { name: string }) {
  const t = useTranslations("datasets")
  const common = useTranslations("common")
  const [note, setNote] = useState("")
  const versions = useVersions(name, true)
  const save = useSaveVersion(name)
  const restore = useRestoreVersion(name)
  const submit = (event: React.FormEvent) => {
    event.preventDefault()
    save.mutate(note.trim(), { onSuccess: () => setNote("") })
  }
  return (
    <DialogContent>
      <DialogTitle>{t("versionsOf", { name })}</DialogTitle>
      <DialogDescription>{t("versionsHint")}</DialogDescription>
      <form onSubmit={submit} className="flex items-end gap-2">
        <TextField className="flex-1" label={t("note")} placeholder={t("notePlaceholder")} maxLength={NOTE_LENGTH} value={note} onChange={setNote} />
        <Button type="submit" disabled={save.isPending}>{t("saveVersion")}</Button>
      </form>
      {versions.isPending && <Skeleton className="h-16 w-full" />}
      {versions.data?.length === 0 && <p className="text-sm text-muted-foreground">{t("noVersions")}</p>}
      {!!versions.data?.length && (
        <ul aria-label={t("versions")} className="max-h-80 divide-y overflow-auto rounded-lg border">
          {versions.data.map((one) => <Row key={one.id} version={one} disabled={restore.isPending} onRestore={() => restore.mutate(one.id)} />)}
        </ul>
      )}
      {restore.isSuccess && <p role="status" className="text-sm text-muted-foreground">{t("restored", { n: restore.variables })}</p>}
      <Problem error={versions.error ?? save.error ?? restore.error} />
      <div className="flex justify-end"><DialogClose asChild><Button type="button" variant="outline">{common("close")}</Button></DialogClose></div>
    </DialogContent>
  )
}

function Row({ version, disabled, onRestore }: { version: Version; disabled: boolean; onRestore: () => void }) {
  const t = useTranslations("datasets")
  const locale = useLocale()
  return (
    <li className="flex items-center gap-3 px-3 py-2">
      <div className="min-w-0 flex-1">
        <p className="text-sm font-medium wrap-anywhere">{version.note || t("version", { n: version.id })}</p>
        <p className="text-xs text-muted-foreground">
          {when(version.created_at, locale)} · {t("versionFacts", { n: version.active, length: duration(version.duration_s, locale) })}
        </p>
      </div>
      <Confirm title={t("restoreTitle", { n: version.id })} text={t("restoreText")} action={t("restoreVersion")} onConfirm={onRestore}>
        <Button type="button" size="sm" variant="outline" disabled={disabled} aria-label={t("restoreVersionN", { n: version.id })}>{t("restoreVersion")}</Button>
      </Confirm>
    </li>
  )
}
