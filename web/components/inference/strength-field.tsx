"use client"
import { useTranslations } from "use-intl"
import { SliderField } from "@/components/field"
import type { ModelInfo } from "@/lib/api/models"
import { changeDraft, DELIVERY, type Draft } from "./draft"

const MOST_STRENGTH = 1.2

/** How much of its fine-tuning a model speaks with; the base model has none. */
export function StrengthField({ draft, models }: { draft: Draft; models: ModelInfo[] }) {
  const t = useTranslations("inference")
  const model = models.find((one) => one.name === draft.model)
  if (model?.kind !== "full" && model?.kind !== "adapter") return null
  return <SliderField typed label={t("strength")} hint={t("strengthHint")} value={draft.strength} initial={DELIVERY.strength} min={0} max={MOST_STRENGTH} step={0.05} onChange={(strength) => changeDraft({ strength })} />
}
