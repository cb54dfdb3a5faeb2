"use client"
import { DownloadIcon, PackageIcon } from "lucide-react"
import { useTranslations } from "use-intl"
import { ExportModelDialog } from "@/components/export-model-dialog"
import { Button } from "@/components/ui/button"
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card"
import { exportFile, PROGRAMS, useExports, useModels, type ModelInfo } from "@/lib/api/models"
import { useLocaleName } from "@/lib/i18n/provider"
import { bytes, duration, when } from "@/lib/utils"
import { useShortNumber } from "./numbers"
import { scoreText } from "./scores"

/** The model that came out: what it is, what was written of it, and a way to take it elsewhere. */
export function ModelCard({ name }: { name: string }) {
  const t = useTranslations("exports")
  const model = useModels().data?.models.find((one) => one.name === name && one.present)
  if (!model) return null
  return (
    <Card>
      <CardHeader>
        <div className="min-w-0"><CardTitle>{t("model", { name })}</CardTitle><CardDescription>{t(`kinds.${model.kind === "adapter" ? "adapter" : "full"}`, { base: model.base ?? "–" })}</CardDescription></div>
        <ExportModelDialog model={name}><Button type="button" size="sm" variant="outline"><PackageIcon />{t("export")}</Button></ExportModelDialog>
      </CardHeader>
      <CardContent className="space-y-4"><Facts model={model} /><Written model={name} /></CardContent>
    </Card>
  )
}

/** What card.json tells; that of an older model tells less. */
type Told = {
  dataset?: { name?: string; train_clips?: number; eval_clips?: number }
  datasets?: { name: string; minutes: number }[]
  step?: number
  steps?: number
  losses?: { train?: number | null; eval?: number | null }
  scores?: { score?: number | null; similarity?: number | null; cer?: number | null } | null
}

function Facts({ model }: { model: ModelInfo }) {
  const facts = useFacts(model).filter(([, value]) => value !== null && value !== undefined && value !== "")
  return (
    <dl className="grid grid-cols-2 gap-x-6 gap-y-3 text-[13px] sm:grid-cols-4">
      {facts.map(([label, value]) => <div key={label} className="min-w-0"><dt className="text-xs text-muted-foreground">{label}</dt><dd className="truncate" title={String(value)}>{value}</dd></div>)}
    </dl>
  )
}

function useFacts(model: ModelInfo) {
  const t = useTranslations("exports")
  const scores = useTranslations("auditions")
  const locale = useLocaleName()
  const shortNumber = useShortNumber()
  const { dataset, datasets, step, steps, losses, scores: heard } = model.card as Told
  const minutes = datasets?.reduce((sum, one) => sum + one.minutes, 0)
  return [
    [t("dataset"), datasets?.map((one) => one.name).join(", ") || dataset?.name],
    [t("clips"), dataset?.train_clips === undefined ? null : t("clipsOf", { train: dataset.train_clips, evaluation: dataset.eval_clips ?? 0 })],
    [t("speech"), minutes ? duration(minutes * 60, locale) : null],
    [t("steps"), step !== undefined && step !== steps ? t("stepOf", { step, steps: steps ?? step }) : steps],
    [t("losses"), losses ? t("lossesOf", { train: shortNumber(losses.train), evaluation: shortNumber(losses.eval) }) : null],
    ...(["score", "similarity", "cer"] as const).map((name) => [scores(`scores.${name}`), heard?.[name] == null ? null : scoreText(name, heard[name], locale)] as const),
    [t("size"), model.size_bytes == null ? null : bytes(model.size_bytes, locale)],
    [t("created"), model.created_at ? when(model.created_at, locale) : null],
    [t("licence"), model.licence],
  ] as const
}

function Written({ model }: { model: string }) {
  const t = useTranslations("exports")
  const locale = useLocaleName()
  const exports = useExports(model)
  if (!exports.data?.exports.length) return null
  return (
    <ul aria-label={t("written")} className="divide-y border-t text-[13px]">
      {exports.data.exports.map((one) => (
        <li key={one.layout} className="flex items-center justify-between gap-3 py-2">
          <span className="min-w-0 truncate">{PROGRAMS[one.layout]}</span>
          <Button asChild size="sm" variant="ghost"><a href={exportFile(model, one.layout)} download aria-label={t("downloadLayout", { layout: PROGRAMS[one.layout] })}><DownloadIcon />{bytes(one.size_bytes, locale)}</a></Button>
        </li>
      ))}
    </ul>
  )
}
