"use client"
import { useTranslations } from "use-intl"
import { NumberField, SliderField } from "@/components/field"
import { changeDraft, SAMPLING, type Draft } from "./draft"

const SLIDERS = [
  { name: "temperature", label: "temperature", min: 0.05, max: 1.5, step: 0.05 },
  { name: "speed", label: "speed", min: 0.5, max: 2, step: 0.05 },
  { name: "top_k", label: "topK", min: 0, max: 200, step: 1 },
  { name: "top_p", label: "topP", min: 0.05, max: 1, step: 0.05 },
  { name: "repetition_penalty", label: "repetitionPenalty", min: 1, max: 20, step: 0.5 },
] as const

/** How daring, fast and varied the speech is. */
export function SamplingFields({ draft }: { draft: Draft }) {
  const t = useTranslations("inference")
  return (
    <fieldset className="min-w-0 space-y-4">
      <legend className="sr-only">{t("sampling")}</legend>
      {SLIDERS.map(({ name, label, ...range }) => (
        <SliderField key={name} label={t(label)} value={draft[name]} initial={SAMPLING[name]} onChange={(value) => changeDraft({ [name]: value })} {...range} />
      ))}
      <NumberField label={t("seed")} hint={t("seedHint")} placeholder={t("random")} min={0} step={1} value={draft.seed} onChange={(seed) => changeDraft({ seed })} />
    </fieldset>
  )
}
