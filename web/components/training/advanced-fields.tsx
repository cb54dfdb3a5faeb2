"use client"
import { ChevronRightIcon } from "lucide-react"
import { useTranslations } from "use-intl"
import { NumberField } from "@/components/field"
import { DEFAULTS, type Draft } from "./draft"

type Props = { draft: Draft; onChange: (changes: Partial<Draft>) => void }

/** What most runs leave as it is. */
export function AdvancedFields({ draft, onChange }: Props) {
  const t = useTranslations("training")
  return (
    <details className="group">
      <summary className="flex w-fit list-none items-center gap-1.5 rounded-sm text-sm font-medium outline-none focus-visible:ring-3 focus-visible:ring-ring/50 [&::-webkit-details-marker]:hidden">
        <ChevronRightIcon className="size-4 text-muted-foreground transition-transform group-open:rotate-90" aria-hidden />
        {t("advanced")}
      </summary>
      <div className="mt-4 grid gap-4 sm:grid-cols-2 lg:grid-cols-3">
        <NumberField label={t("maxSteps")} hint={t("maxStepsHint")} min={1} step={1} value={draft.maxSteps} onChange={(maxSteps) => onChange({ maxSteps })} />
        <NumberField label={t("gradAccumulation")} hint={t("gradAccumulationHint")} min={1} max={1024} step={1} value={draft.gradAccumulation} placeholder={String(DEFAULTS.gradAccumulation)} onChange={(gradAccumulation) => onChange({ gradAccumulation })} />
        <NumberField label={t("learningRate")} min={0} max={1} step="any" value={draft.learningRate} placeholder={String(DEFAULTS.learningRate)} onChange={(learningRate) => onChange({ learningRate })} />
        <NumberField label={t("seed")} min={0} step={1} value={draft.seed} placeholder={String(DEFAULTS.seed)} onChange={(seed) => onChange({ seed })} />
        <NumberField label={t("evalFraction")} hint={t("evalFractionHint")} min={0} max={0.9} step="any" value={draft.evalFraction} placeholder={String(DEFAULTS.evalFraction)} onChange={(evalFraction) => onChange({ evalFraction })} />
        <NumberField label={t("saveEvery")} unit={t("steps")} min={1} step={1} value={draft.saveEvery} placeholder={String(DEFAULTS.saveEvery)} onChange={(saveEvery) => onChange({ saveEvery })} />
      </div>
    </details>
  )
}
