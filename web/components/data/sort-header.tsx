"use client"
import { ArrowDownIcon, ArrowUpIcon } from "lucide-react"
import { useTranslations } from "use-intl"
import { cn } from "@/lib/utils"
import type { Sort, SortKey } from "./use-sort"

type Props = { by: SortKey; label: string; sort: Sort; onSort: (by: SortKey) => void; right?: boolean; className?: string }

/** A column's title that sorts by it. */
export function SortHeader({ by, label, sort, onSort, right, className }: Props) {
  const t = useTranslations("data")
  const active = sort.by === by
  const Arrow = sort.descending ? ArrowDownIcon : ArrowUpIcon
  return (
    <th scope="col" aria-sort={active ? (sort.descending ? "descending" : "ascending") : undefined} className={cn(right && "text-right", className)}>
      <button
        type="button"
        title={t("sortBy", { column: label })}
        onClick={() => onSort(by)}
        className={cn("inline-flex h-6 items-center gap-1 rounded-sm outline-none hover:text-foreground focus-visible:ring-3 focus-visible:ring-ring/50", right && "flex-row-reverse", active && "text-foreground")}
      >
        {label} <Arrow aria-hidden className={cn("size-3", !active && "invisible")} />
      </button>
    </th>
  )
}
