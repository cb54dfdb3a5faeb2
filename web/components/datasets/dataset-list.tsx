"use client"
import { useLocale, useTranslations } from "use-intl"
import type { DatasetSummary } from "@/lib/api/datasets"
import { cn, duration } from "@/lib/utils"

type Props = { datasets: DatasetSummary[]; selected: string | null; onSelect: (name: string) => void }

export function DatasetList({ datasets, selected, onSelect }: Props) {
  return (
    <ul className="grid max-h-80 gap-2 overflow-auto p-1 sm:grid-cols-2 lg:grid-cols-3">
      {datasets.map((one) => <li key={one.name}><Item dataset={one} selected={one.name === selected} onSelect={onSelect} /></li>)}
    </ul>
  )
}

function Item({ dataset, selected, onSelect }: { dataset: DatasetSummary; selected: boolean; onSelect: (name: string) => void }) {
  const t = useTranslations("datasets")
  const locale = useLocale()
  return (
    <div className={cn("relative space-y-1 rounded-lg border p-3 hover:bg-accent/60", selected && "border-primary bg-accent")}>
      <button
        type="button"
        aria-pressed={selected}
        onClick={() => onSelect(dataset.name)}
        className="block w-full truncate text-left text-sm font-medium outline-none after:absolute after:inset-0 after:rounded-lg focus-visible:after:ring-3 focus-visible:after:ring-ring/50"
      >
        {dataset.name}
      </button>
      <p className="text-xs text-muted-foreground">
        {t("summary", { n: dataset.chunk_count, length: duration(dataset.duration_s, locale), texts: dataset.transcribed_count })}
      </p>
    </div>
  )
}
