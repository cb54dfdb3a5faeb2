"use client"
import { XIcon } from "lucide-react"
import { useState } from "react"
import { useTranslations } from "use-intl"
import { Button } from "@/components/ui/button"
import type { Light } from "@/lib/api/datasets"
import { cn } from "@/lib/utils"
import { LIGHTS } from "./clip-reasons"
import { useCodeNames } from "./labels"

const chip = "inline-flex h-7 items-center gap-1.5 rounded-full border px-2.5 text-xs font-medium outline-none transition-colors hover:bg-accent focus-visible:ring-3 focus-visible:ring-ring/50 aria-pressed:border-primary aria-pressed:bg-primary/10 [&_svg]:size-3.5 [&_svg]:shrink-0"

type LightProps = { lights: Record<string, number>; chosen: Light | undefined; onChange: (light: Light | undefined) => void }

/** How many clips have which light: a bar of their shares, and a filter each. */
export function LightChips({ lights, chosen, onChange }: LightProps) {
  const t = useTranslations("datasets")
  const all = (["green", "amber", "red"] as const).map((light) => ({ light, n: lights[light] ?? 0 }))
  return (
    <div className="space-y-2.5">
      <div aria-hidden className="flex h-1.5 gap-0.5 overflow-hidden rounded-full">
        {all.map(({ light, n }) => n > 0 && <span key={light} className={LIGHTS[light].bar} style={{ flexGrow: n }} />)}
      </div>
      <div role="group" aria-label={t("byLight")} className="flex flex-wrap gap-1.5">
        {all.map(({ light, n }) => {
          const { Icon, colour } = LIGHTS[light]
          return (
            <button key={light} type="button" aria-pressed={chosen === light} data-light={light} onClick={() => onChange(chosen === light ? undefined : light)} className={chip}>
              <Icon className={colour} aria-hidden /> {t(`lights.${light}`)} <span className="font-mono text-muted-foreground tabular-nums">{n}</span>
            </button>
          )
        })}
      </div>
    </div>
  )
}

const FIRST = 8

type FindingProps = { findings: Record<string, number>; chosen: string | undefined; onChange: (finding: string | undefined) => void }

/** What was found, most frequent first; each shows its clips. */
export function FindingChips({ findings, chosen, onChange }: FindingProps) {
  const t = useTranslations("datasets")
  const named = useCodeNames()
  const [all, setAll] = useState(false)
  const sorted = Object.entries(findings).filter(([, n]) => n > 0).sort(([, a], [, b]) => b - a)
  const shown = all ? sorted : sorted.filter(([code], i) => i < FIRST || code === chosen)
  if (!sorted.length && !chosen) return null
  return (
    <div role="group" aria-label={t("byFinding")} className="flex flex-wrap items-center gap-1.5">
      {shown.map(([code, n]) => (
        <button key={code} type="button" aria-pressed={chosen === code} data-finding-filter={code} onClick={() => onChange(chosen === code ? undefined : code)} className={cn(chip, "h-6.5 bg-muted/50 px-2 font-normal")}>
          {named(code)} <span className="font-mono text-muted-foreground tabular-nums">{n}</span>
          {chosen === code && <XIcon aria-hidden />}
        </button>
      ))}
      {sorted.length > FIRST && <Button type="button" size="sm" variant="link" className="h-6.5 px-1.5 text-xs" onClick={() => setAll(!all)}>{all ? t("fewer") : t("moreFindings", { n: sorted.length - shown.length })}</Button>}
    </div>
  )
}
