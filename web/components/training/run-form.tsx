"use client"
import { DatabaseIcon } from "lucide-react"
import Link from "next/link"
import { useRouter } from "next/navigation"
import { useState } from "react"
import { useTranslations } from "use-intl"
import { NumberField, SelectField, TextField } from "@/components/field"
import { Note } from "@/components/note"
import { Problem } from "@/components/problem"
import { Button } from "@/components/ui/button"
import { Card, CardContent, CardHeader, CardTitle } from "@/components/ui/card"
import { Empty } from "@/components/ui/empty"
import { Skeleton } from "@/components/ui/skeleton"
import { BASE_MODEL } from "@/lib/api/models"
import { useBaseModels, useDatasetCheck, useStartTraining, useTrainingDatasets } from "@/lib/api/training"
import { useLocaleName } from "@/lib/i18n/provider"
import { duration } from "@/lib/utils"
import { AdvancedFields } from "./advanced-fields"
import { DatasetCheck } from "./dataset-check"
import { DEFAULTS, freeName, NEW_DRAFT, requestOf, type Draft } from "./draft"

export function RunForm() {
  const t = useTranslations("training")
  return (
    <Card>
      <CardHeader><CardTitle>{t("newRun")}</CardTitle></CardHeader>
      <CardContent><FormOrReason /></CardContent>
    </Card>
  )
}

/** The form, or what keeps it from being filled in. */
function FormOrReason() {
  const t = useTranslations("training")
  const datasets = useTrainingDatasets()
  const models = useBaseModels()
  const error = datasets.error ?? models.error
  if (error) return <Problem error={error} />
  if (!datasets.data || !models.data) return <Skeleton className="h-56" />
  if (!datasets.data.datasets.length) {
    return (
      <Empty icon={<DatabaseIcon />} title={t("noDatasets")} hint={t("noDatasetsHint")}>
        <Button asChild size="sm" variant="outline" className="mt-2"><Link href="/data-processing/">{t("toData")}</Link></Button>
      </Empty>
    )
  }
  return <Form datasets={datasets.data.datasets} models={models.data.models} />
}

type Props = {
  datasets: NonNullable<ReturnType<typeof useTrainingDatasets>["data"]>["datasets"]
  models: NonNullable<ReturnType<typeof useBaseModels>["data"]>["models"]
}

function Form({ datasets, models }: Props) {
  const t = useTranslations("training")
  const locale = useLocaleName()
  const router = useRouter()
  const [draft, setDraft] = useState<Draft>({ ...NEW_DRAFT, dataset: datasets.length === 1 ? datasets[0]!.name : undefined })
  const change = (changes: Partial<Draft>) => setDraft((before) => ({ ...before, ...changes }))
  const basePresent = models.some((model) => model.name === draft.baseModel && model.present)
  const check = useDatasetCheck(basePresent ? draft.dataset : undefined, draft.baseModel)
  const start = useStartTraining()
  const suggested = draft.dataset ? freeName(draft.dataset, new Set(models.map((model) => model.name))) : ""
  const name = draft.name ?? suggested
  const ready = basePresent && !!draft.dataset && !!name.trim() && !!check.data?.usable

  const submit = (event: React.FormEvent) => {
    event.preventDefault()
    if (!ready) return
    start.mutate(requestOf(draft, draft.dataset!, name.trim()), {
      onSuccess: ({ job }) => router.push(`/training/run/?id=${job.id}`),
    })
  }

  return (
    <form onSubmit={submit} className="space-y-5">
      <div className="grid gap-4 sm:grid-cols-2 lg:grid-cols-3">
        <SelectField
          label={t("dataset")}
          placeholder={t("chooseDataset")}
          value={draft.dataset}
          onChange={(dataset) => change({ dataset })}
          options={datasets.map((d) => ({ value: d.name, label: t("datasetOption", { name: d.name, clips: d.chunk_count, duration: duration(d.duration_s, locale) }) }))}
        />
        <TextField label={t("name")} hint={t("nameHint")} value={name} onChange={(value) => change({ name: value })} maxLength={63} autoComplete="off" />
        <SelectField label={t("baseModel")} value={draft.baseModel} onChange={(baseModel) => change({ baseModel })} options={models.map((m) => ({ value: m.name, label: m.name }))} />
        <NumberField label={t("epochs")} min={1} max={10_000} step={1} value={draft.epochs} placeholder={String(DEFAULTS.epochs)} onChange={(epochs) => change({ epochs })} />
        <NumberField label={t("batchSize")} min={1} max={256} step={1} value={draft.batchSize} placeholder={String(DEFAULTS.batchSize)} onChange={(batchSize) => change({ batchSize })} />
      </div>
      <AdvancedFields draft={draft} onChange={change} />
      {!basePresent && draft.baseModel === BASE_MODEL && <Note title={t("baseMissing")} hint={t("baseMissingHint")}><Link href="/settings/">{t("toSettings")}</Link></Note>}
      {basePresent && draft.dataset && <DatasetCheck check={check} />}
      <Problem error={start.error} />
      <Button type="submit" disabled={!ready || start.isPending}>{start.isPending ? t("starting") : t("start")}</Button>
    </form>
  )
}
