"use client"
import { LockIcon, LockOpenIcon } from "lucide-react"
import { useId } from "react"
import { useTranslations } from "use-intl"
import { NumberField } from "@/components/field"
import { Button } from "@/components/ui/button"
import { changeDraft } from "./draft"

const SEEDS = 2 ** 31

type Props = { seed: number | null; last: number | null }

/** A seed for every speech, or a new one each time. The lock keeps that of the last speech. */
export function SeedField({ seed, last }: Props) {
  const t = useTranslations("inference")
  const id = useId()
  const locked = seed !== null
  const toggle = () => changeDraft({ seed: locked ? null : last ?? Math.floor(Math.random() * SEEDS) })
  return (
    <div className="space-y-1.5">
      <div className="flex items-end gap-2">
        <NumberField className="flex-1" label={t("seed")} placeholder={last === null ? t("random") : t("lastSeed", { seed: String(last) })} min={0} step={1} value={seed} onChange={(value) => changeDraft({ seed: value })} />
        <Button type="button" size="icon" variant={locked ? "secondary" : "outline"} aria-label={t("seedLock")} aria-pressed={locked} aria-describedby={id} title={locked ? t("seedKept") : t("seedNew")} onClick={toggle}>
          {locked ? <LockIcon /> : <LockOpenIcon />}
        </Button>
      </div>
      <p id={id} className="text-xs text-muted-foreground">{locked ? t("seedKept") : t("seedNew")}</p>
    </div>
  )
}
