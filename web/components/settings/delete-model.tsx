"use client"
import { Trash2Icon } from "lucide-react"
import { useTranslations } from "use-intl"
import { Confirm } from "@/components/confirm"
import { Button } from "@/components/ui/button"
import type { ModelInfo } from "@/lib/api/models"

/** Removes a model from the disk, once asked; what can be fetched again says so. */
export function DeleteModel({ model, onDelete }: { model: ModelInfo; onDelete: () => void }) {
  const t = useTranslations("settings")
  const common = useTranslations("common")
  const trained = model.kind === "full" || model.kind === "adapter"
  return (
    <Confirm title={t("deleteModel", { name: model.name })} text={t(trained ? "deleteTrained" : "deleteFetched")} action={common("delete")} onConfirm={onDelete}>
      <Button type="button" size="icon-sm" variant="ghost" className="ml-1" aria-label={t("deleteModel", { name: model.name })} title={t("deleteModel", { name: model.name })}><Trash2Icon /></Button>
    </Confirm>
  )
}
