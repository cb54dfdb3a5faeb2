"use client"
import { PlusIcon, XIcon } from "lucide-react"
import { useTranslations } from "use-intl"
import { NumberField, SelectField } from "@/components/field"
import { Button } from "@/components/ui/button"
import type { useTrainingDatasets } from "@/lib/api/training"
import { useLocaleName } from "@/lib/i18n/provider"
import { duration } from "@/lib/utils"
import type { Draft, Share } from "./draft"

type Datasets = NonNullable<ReturnType<typeof useTrainingDatasets>["data"]>["datasets"]
type Props = { draft: Draft; datasets: Datasets; onChange: (changes: Partial<Draft>) => void }

/** The datasets of a run. With several, each has a weight. */
export function DatasetFields({ draft, datasets, onChange }: Props) {
  const t = useTranslations("recipe")
  const options = useOptions(datasets)
  const taken = new Set([draft.dataset, ...draft.more.map((share) => share.dataset)])
  const free = options.filter((option) => !taken.has(option.value))
  const put = (i: number, share: Share | null) => onChange({ more: draft.more.flatMap((one, at) => (at === i ? (share ? [share] : []) : [one])) })
  const several = draft.more.length > 0
  return (
    <div className="space-y-3">
      <Row label={t("dataset")} dataset={draft.dataset} options={options.filter((o) => o.value === draft.dataset || !taken.has(o.value))} weight={several ? draft.weight : undefined}
        onDataset={(dataset) => onChange({ dataset })} onWeight={(weight) => onChange({ weight })} />
      {draft.more.map((share, i) => (
        <Row key={i} label={t("datasetNumber", { n: i + 2 })} dataset={share.dataset || undefined} weight={share.weight} options={options.filter((o) => o.value === share.dataset || !taken.has(o.value))}
          onDataset={(dataset) => put(i, { ...share, dataset })} onWeight={(weight) => put(i, { ...share, weight: weight ?? 1 })} onRemove={() => put(i, null)} />
      ))}
      {several && <p className="text-xs text-muted-foreground">{t("weightHint")}</p>}
      {draft.dataset && free.length > 0 && (
        <Button type="button" size="sm" variant="ghost" className="-ml-2" onClick={() => onChange({ more: [...draft.more, { dataset: free[0]!.value, weight: 1 }] })}>
          <PlusIcon />{t("addDataset")}
        </Button>
      )}
    </div>
  )
}

function useOptions(datasets: Datasets) {
  const t = useTranslations("recipe")
  const locale = useLocaleName()
  return datasets.map((d) => ({ value: d.name, label: t("datasetOption", { name: d.name, clips: d.chunk_count, duration: duration(d.duration_s, locale) }) }))
}

type RowProps = {
  label: string
  dataset: string | undefined
  weight?: number | null
  options: { value: string; label: string }[]
  onDataset: (name: string) => void
  onWeight: (weight: number | null) => void
  onRemove?: () => void
}

/** One dataset; its weight too, where it has one. */
function Row({ label, dataset, weight, options, onDataset, onWeight, onRemove }: RowProps) {
  const t = useTranslations("recipe")
  return (
    <div className="flex items-start gap-2">
      <SelectField className="flex-1" label={label} placeholder={t("chooseDataset")} value={dataset} options={options} onChange={onDataset} />
      {weight !== undefined && <NumberField className="w-20" label={t("weight")} min={0.1} max={20} step="any" value={weight} placeholder="1" onChange={onWeight} />}
      {onRemove && <Button type="button" size="icon" variant="ghost" className="mt-5" aria-label={t("removeDataset", { name: dataset ?? label })} onClick={onRemove}><XIcon /></Button>}
    </div>
  )
}
