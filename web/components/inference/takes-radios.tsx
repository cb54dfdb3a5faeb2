"use client"
import { ToggleGroup as Radios } from "radix-ui"
import { useTranslations } from "use-intl"
import { useLocaleName } from "@/lib/i18n/provider"
import { decimal } from "@/lib/utils"

type Props = {
  label: string
  describedBy: string
  ids: (string | null)[]
  seconds: number[]
  chosen: string | null
  onChoose: (id: string | null) => void
}

const OWN = "own"

/** The takes of a sentence as numbers, one of which is chosen; the first is the speech's own. A press chooses and plays. */
export function TakeRadios({ label, describedBy, ids, seconds, chosen, onChoose }: Props) {
  const t = useTranslations("takes")
  const locale = useLocaleName()
  const pick = (value: string) => onChoose(value === OWN ? null : value)
  return (
    <Radios.Root type="single" role="radiogroup" aria-label={label} aria-describedby={describedBy} value={chosen ?? OWN} onValueChange={(value) => pick(value || (chosen ?? OWN))} className="flex flex-wrap items-center gap-1">
      {ids.map((id, at) => (
        <Radios.Item
          key={id ?? OWN}
          value={id ?? OWN}
          aria-label={`${t("take", { n: at + 1, seconds: decimal(seconds[at]!, 1, locale) })}${id === null ? `, ${t("own")}` : ""}`}
          className="h-7 min-w-7 rounded-md border px-2 font-mono text-xs text-muted-foreground tabular-nums outline-none hover:bg-muted focus-visible:ring-3 focus-visible:ring-ring/50 data-[state=on]:border-primary data-[state=on]:bg-primary data-[state=on]:text-primary-foreground"
        >
          {at + 1}
        </Radios.Item>
      ))}
    </Radios.Root>
  )
}
