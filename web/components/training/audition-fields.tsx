"use client"
import { useId, useState } from "react"
import { useTranslations } from "use-intl"
import { CheckField } from "@/components/field"
import { Label } from "@/components/ui/label"
import { Textarea } from "@/components/ui/input"
import type { Tuning } from "./draft"
import { NumberSettings, type NumberSetting, type Planned } from "./setting-fields"

const NUMBERS: readonly NumberSetting[] = [{ name: "audition_every_epochs", min: 1 }, { name: "early_stop_after", min: 0 }]
const MOST_SENTENCES = 12

type Props = { tuning: Tuning; planned: Planned; onChange: (changes: Tuning) => void }

/** Whether the checkpoints are heard and scored, with which sentences, and whether that may end the training. */
export function AuditionFields(props: Props) {
  const t = useTranslations("recipe")
  const on = props.tuning.audition ?? (props.planned?.audition as boolean | undefined) ?? true
  return (
    <>
      <CheckField className="sm:col-span-2" label={t("audition")} hint={t("auditionHint")} checked={on} onChange={(audition) => props.onChange({ audition: audition ? undefined : false })} />
      {on && <NumberSettings settings={NUMBERS} {...props} />}
      {on && <Sentences {...props} />}
    </>
  )
}

function Sentences({ tuning, onChange }: Props) {
  const t = useTranslations("recipe")
  const id = useId()
  const [text, setText] = useState((tuning.audition_sentences ?? []).join("\n"))
  const take = (typed: string) => {
    setText(typed)
    const lines = typed.split("\n").map((line) => line.trim()).filter(Boolean)
    onChange({ audition_sentences: lines.length ? lines.slice(0, MOST_SENTENCES) : undefined })
  }
  return (
    <div className="space-y-1.5 sm:col-span-2">
      <Label htmlFor={id}>{t("settings.audition_sentences")}</Label>
      <Textarea id={id} className="min-h-20" value={text} placeholder={t("sentencesPlaceholder")} aria-describedby={`${id}-hint`} onChange={(event) => take(event.target.value)} />
      <p id={`${id}-hint`} className="text-xs text-muted-foreground">{t("sentencesHint", { most: MOST_SENTENCES })}</p>
    </div>
  )
}
