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
    <button
      type="button"
      aria-label={dataset.name}
      aria-pressed={selected}
      onClick={() => onSelect(dataset.name)}
      className={cn("w-full space-y-1 rounded-lg border p-3 text-left outline-none hover:bg-accent/60 focus-visible:ring-3 focus-visible:ring-ring/50", selected && "border-primary bg-accent")}
    >
      <span className="block truncate text-sm font-medium">{dataset.name}</span>
      <span className="block text-xs text-muted-foreground">
        {t("summary", { n: dataset.chunk_count, length: duration(dataset.duration_s, locale), texts: dataset.transcribed_count })}
      </span>
    </button>
  )
}
