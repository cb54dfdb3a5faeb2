"use client"
import { CircleCheckIcon, CircleDashedIcon, DownloadIcon, PackageIcon, TriangleAlertIcon } from "lucide-react"
import { useTranslations } from "use-intl"
import { ExportModelDialog } from "@/components/export-model-dialog"
import { Badge } from "@/components/ui/badge"
import { Button } from "@/components/ui/button"
import type { ModelInfo } from "@/lib/api/models"
import { useLocaleName } from "@/lib/i18n/provider"
import { bytes } from "@/lib/utils"
import { DeleteModel } from "./delete-model"
import { LicenceDialog } from "./licence-dialog"

type Props = { models: ModelInfo[]; licenceAccepted: boolean; busy: ReadonlySet<string>; onDownload: (name: string) => void; onDelete: (model: ModelInfo) => void }

export function ModelsTable({ models, ...rest }: Props) {
  const t = useTranslations("settings")
  const columns = [t("model"), t("kind"), t("state"), t("size"), t("licence")]
  return (
    <div role="region" aria-labelledby="models-title" tabIndex={0} className="relative scroll-x">
      <table aria-labelledby="models-title" className="w-full text-[13px]">
        <thead className="text-left text-xs text-muted-foreground">
          <tr className="border-b">
            {columns.map((column) => <th key={column} scope="col" className="py-2 pr-4 font-medium">{column}</th>)}
            <th scope="col"><span className="sr-only">{t("actions")}</span></th>
          </tr>
        </thead>
        <tbody>{models.map((model) => <Row key={`${model.kind}/${model.name}`} model={model} {...rest} />)}</tbody>
      </table>
    </div>
  )
}

function Row({ model, licenceAccepted, busy, onDownload, onDelete }: Omit<Props, "models"> & { model: ModelInfo }) {
  const t = useTranslations("settings")
  const locale = useLocaleName()
  return (
    <tr className="border-b last:border-b-0">
      <th scope="row" className="py-2 pr-4 text-left font-medium whitespace-nowrap">{model.name}</th>
      <td className="py-2 pr-4 whitespace-nowrap text-muted-foreground">{t(`kinds.${model.kind}`)}</td>
      <td className="py-2 pr-4"><Presence model={model} /></td>
      <td className="py-2 pr-4 font-mono text-xs whitespace-nowrap tabular-nums">{model.size_bytes == null ? "–" : bytes(model.size_bytes, locale)}</td>
      <td className="py-2 pr-4 text-muted-foreground">{model.licence ?? "–"}</td>
      <td className="h-12 py-1 text-right whitespace-nowrap">
        {!model.present && <Download model={model} disabled={busy.has(model.name)} licenceAccepted={licenceAccepted} onDownload={onDownload} />}
        {model.present && (model.kind === "full" || model.kind === "adapter") && <Export name={model.name} />}
        {model.present && <DeleteModel model={model} onDelete={() => onDelete(model)} />}
      </td>
    </tr>
  )
}

/** What was trained here can be taken elsewhere. */
function Export({ name }: { name: string }) {
  const t = useTranslations("exports")
  return <ExportModelDialog model={name}><Button type="button" size="sm" variant="outline" aria-label={t("exportModel", { name })}><PackageIcon />{t("export")}</Button></ExportModelDialog>
}

function Presence({ model }: { model: ModelInfo }) {
  const t = useTranslations("settings")
  if (model.present) return <Badge variant="success"><CircleCheckIcon className="size-3" aria-hidden />{t("present")}</Badge>
  if (model.missing_files.length) {
    return <Badge variant="warning"><TriangleAlertIcon className="size-3" aria-hidden />{t("incomplete", { files: model.missing_files.join(", ") })}</Badge>
  }
  return <Badge variant="secondary"><CircleDashedIcon className="size-3" aria-hidden />{t("absent")}</Badge>
}

type DownloadProps = { model: ModelInfo; disabled: boolean; licenceAccepted: boolean; onDownload: (name: string) => void }

/** The base model's licence is asked for first. */
function Download({ model, disabled, licenceAccepted, onDownload }: DownloadProps) {
  const t = useTranslations("settings")
  const common = useTranslations("common")
  const asks = model.kind === "base" && !licenceAccepted
  const button = (
    <Button size="sm" variant="outline" disabled={disabled} aria-label={t("downloadModel", { name: model.name })} onClick={asks ? undefined : () => onDownload(model.name)}>
      <DownloadIcon />{common("download")}
    </Button>
  )
  return asks ? <LicenceDialog onAccepted={() => onDownload(model.name)}>{button}</LicenceDialog> : button
}
