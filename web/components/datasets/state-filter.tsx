"use client"
import { useTranslations } from "use-intl"
import { ToggleGroup, ToggleGroupItem } from "@/components/ui/toggle-group"
import type { ClipState } from "@/lib/api/datasets"

type Props = { value: ClipState | undefined; onChange: (value: ClipState | undefined) => void }

export function StateFilter({ value, onChange }: Props) {
  const t = useTranslations("datasets")
  return (
    <ToggleGroup type="single" aria-label={t("show")} value={value ?? "all"} onValueChange={(next) => next && onChange(next === "all" ? undefined : (next as ClipState))}>
      {(["all", "active", "dropped"] as const).map((one) => <ToggleGroupItem key={one} value={one}>{t(`filter.${one}`)}</ToggleGroupItem>)}
    </ToggleGroup>
  )
}
