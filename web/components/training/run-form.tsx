"use client"
import { DatabaseIcon } from "lucide-react"
import Link from "next/link"
import { useRouter } from "next/navigation"
import { useMemo } from "react"
import { useTranslations } from "use-intl"
import { SelectField, TextField } from "@/components/field"
import { Note } from "@/components/note"
import { Problem } from "@/components/problem"
import { Button } from "@/components/ui/button"
import { Card, CardContent, CardHeader, CardTitle } from "@/components/ui/card"
import { Empty } from "@/components/ui/empty"
import { Skeleton } from "@/components/ui/skeleton"
import { useDebounced } from "@/hooks/use-debounced"
import { useKept } from "@/hooks/use-kept"
import { BASE_MODEL } from "@/lib/api/models"
import { useBaseModels, useDatasetChecks, useRecipe, useStartTraining, useTrainingDatasets } from "@/lib/api/training"
import { AdvancedFields } from "./advanced-fields"
import { DatasetCheck } from "./dataset-check"
import { DatasetFields } from "./dataset-fields"
import { freeName, NEW_DRAFT, requestOf, type Draft } from "./draft"
import { MethodCards } from "./method-cards"
import { RecipePanel } from "./recipe-panel"
import { useSuggestion } from "./suggestion"

const SETTLES_MS = 400

export function RunForm() {
  const t = useTranslations("recipe")
  return (
    <Card>
      <CardHeader><CardTitle>{t("newRun")}</CardTitle></CardHeader>
      <CardContent><FormOrReason /></CardContent>
    </Card>
  )
}

/** The form, or what keeps it from being filled in. */
function FormOrReason() {
  const t = useTranslations("recipe")
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
  const t = useTranslations("recipe")
  const router = useRouter()
  const only = datasets.length === 1 ? datasets[0]!.name : undefined
  const usual = useMemo<Draft>(() => ({ ...NEW_DRAFT, dataset: only }), [only])
  const [kept, setDraft] = useKept("training-form", usual)
  const draft = datasets.some((one) => one.name === kept.dataset) ? kept : { ...kept, dataset: only }
  const change = (changes: Partial<Draft>) => setDraft((before) => ({ ...before, ...changes }))
  const basePresent = models.some((model) => model.name === draft.baseModel && model.present)
  const name = (draft.name ?? (draft.dataset ? freeName(draft.dataset, new Set(models.map((model) => model.name))) : "")).trim()
  const chosen = basePresent && draft.dataset ? [draft.dataset, ...draft.more.map((share) => share.dataset).filter(Boolean)] : []
  const checks = useDatasetChecks(chosen, draft.baseModel)
  const known = checks.flatMap((check) => check.data ?? [])
  const usable_s = known.reduce((sum, one) => sum + one.usable_s, 0)
  const suggestion = useSuggestion(known.length && !checks.some((check) => check.isPending) ? usable_s : undefined)
  const method = draft.method ?? suggestion?.method ?? null
  const request = basePresent && draft.dataset && name && method ? requestOf(draft, draft.dataset, name, method) : null
  const settled = useDebounced(JSON.stringify(request && { ...request, name: "recipe" }), SETTLES_MS) // a name changes nothing
  const recipe = useRecipe(JSON.parse(settled) as typeof request)
  const start = useStartTraining((job) => {
    setDraft(usual)
    router.push(`/training/run/?id=${job.id}`)
  })
  const ready = !!request && known.some((one) => one.usable) && !!recipe.data && !recipe.error

  const submit = (event: React.FormEvent) => {
    event.preventDefault()
    if (ready) start.mutate(request)
  }

  return (
    <form onSubmit={submit} className="grid items-start gap-6 lg:grid-cols-[minmax(0,1fr)_22rem]">
      <div className="min-w-0 space-y-5">
        <DatasetFields draft={draft} datasets={datasets} onChange={change} />
        {chosen.map((name, i) => <DatasetCheck key={name} name={chosen.length > 1 ? name : undefined} check={checks[i]!} />)}
        <div className="grid gap-4 sm:grid-cols-2">
          <TextField label={t("name")} hint={t("nameHint")} value={draft.name ?? name} onChange={(value) => change({ name: value })} maxLength={63} autoComplete="off" />
          <SelectField label={t("baseModel")} value={draft.baseModel} onChange={(baseModel) => change({ baseModel })} options={models.filter((m) => m.kind !== "adapter").map((m) => ({ value: m.name, label: m.name }))} />
        </div>
        {!basePresent && draft.baseModel === BASE_MODEL && <Note title={t("baseMissing")} hint={t("baseMissingHint")}><Link href="/settings/#models">{t("toSettings")}</Link></Note>}
        <MethodCards value={method} suggestion={suggestion} onChange={(method) => change({ method })} />
        <AdvancedFields draft={draft} method={method} planned={recipe.data?.settings} onChange={change} />
        <Problem error={start.error} />
        <Button type="submit" disabled={!ready || start.isPending}>{start.isPending ? t("starting") : t("start")}</Button>
      </div>
      <RecipePanel recipe={recipe} request={request} />
    </form>
  )
}
