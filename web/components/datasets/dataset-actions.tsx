"use client"
import { HistoryIcon, Redo2Icon, Trash2Icon, Undo2Icon } from "lucide-react"
import { useTranslations } from "use-intl"
import { Confirm } from "@/components/confirm"
import { Button } from "@/components/ui/button"
import { Dialog, DialogTrigger } from "@/components/ui/dialog"
import { useChanges } from "@/lib/api/curation"
import type { useDeleteDataset } from "@/lib/api/datasets"
import { ExportMenu } from "./export-menu"
import { useChangeNames } from "./labels"
import { VersionsDialog } from "./versions-dialog"

type Props = { name: string; remove: ReturnType<typeof useDeleteDataset>; onTurn: (way: "undo" | "redo") => void }

/** Undo and redo, with what they would take back; saved versions, export, deletion. */
export function DatasetActions({ name, remove, onTurn }: Props) {
  const t = useTranslations("datasets")
  const common = useTranslations("common")
  const changes = useChanges(name).data
  return (
    <div className="flex flex-wrap items-center justify-end gap-1.5">
      <Turn way="undo" label={changes?.undo[0]?.label} onTurn={onTurn} />
      <Turn way="redo" label={changes?.redo[0]?.label} onTurn={onTurn} />
      <Dialog>
        <DialogTrigger asChild><Button type="button" size="sm" variant="outline"><HistoryIcon /> {t("versions")}</Button></DialogTrigger>
        <VersionsDialog name={name} />
      </Dialog>
      <ExportMenu name={name} />
      <Confirm title={t("deleteTitle", { name })} text={t("deleteText")} action={common("delete")} onConfirm={() => remove.mutate(name)}>
        <Button type="button" size="icon-sm" variant="ghost" aria-label={t("delete")} title={t("delete")} disabled={remove.isPending}><Trash2Icon /></Button>
      </Confirm>
    </div>
  )
}

function Turn({ way, label, onTurn }: { way: "undo" | "redo"; label: string | undefined; onTurn: Props["onTurn"] }) {
  const t = useTranslations("datasets")
  const named = useChangeNames()
  const title = label ? t(`${way}What`, { what: named(label) }) : t(`${way}Nothing`)
  return (
    <Button type="button" size="icon-sm" variant="outline" aria-label={title} title={title} aria-keyshortcuts={way === "undo" ? "Control+Z" : "Control+Shift+Z"} disabled={!label} onClick={() => onTurn(way)}>
      {way === "undo" ? <Undo2Icon /> : <Redo2Icon />}
    </Button>
  )
}
