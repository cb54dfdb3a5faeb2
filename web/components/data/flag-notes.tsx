"use client"
import { useTranslations } from "use-intl"
import { Badge } from "@/components/ui/badge"
import type { PlannedChunk } from "@/lib/api/cutting"

export const FLAGS = ["forced_cut", "touches_speech", "too_short"] as const

/** What the marks of planned chunks mean, of those that there are. */
export function FlagNotes({ chunks }: { chunks: PlannedChunk[] }) {
  const t = useTranslations("data")
  const counts = FLAGS.map((flag) => ({ flag, n: chunks.filter((chunk) => chunk.flags.includes(flag)).length })).filter(({ n }) => n)
  if (!counts.length) return null
  return (
    <dl aria-label={t("flagsTitle")} className="space-y-2 text-[13px]">
      {counts.map(({ flag, n }) => (
        <div key={flag} className="flex flex-wrap items-baseline gap-x-2 gap-y-1 sm:flex-nowrap">
          <dt className="shrink-0"><Badge variant="warning">{t(`flags.${flag}`)} <span className="font-mono tabular-nums">{n}</span></Badge></dt>
          <dd className="text-muted-foreground">{t(`flagHints.${flag}`)}</dd>
        </div>
      ))}
    </dl>
  )
}
