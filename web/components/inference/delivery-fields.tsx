"use client"
import { RotateCcwIcon } from "lucide-react"
import { useTranslations } from "use-intl"
import { CheckField, NumberField, SelectField, SliderField } from "@/components/field"
import { Fold } from "@/components/fold"
import { Button } from "@/components/ui/button"
import { PRECISIONS, type Precision } from "@/lib/api/speech"
import { SeedField } from "./seed-field"
import { changed, changeDraft, DELIVERY, type Draft } from "./draft"

const SLIDERS = [
  { name: "temperature", label: "temperature", min: 0.05, max: 1.5, step: 0.05 },
  { name: "top_k", label: "topK", min: 0, max: 200, step: 1 },
  { name: "top_p", label: "topP", min: 0.05, max: 1, step: 0.05 },
  { name: "repetition_penalty", label: "repetitionPenalty", min: 1, max: 20, step: 0.5 },
] as const
const SAMPLING = ["temperature", "top_k", "top_p", "repetition_penalty", "length_penalty", "precision"] as const
const PAUSES = ["sentence_pause_ms", "paragraph_pause_ms", "loudness_lufs", "split"] as const
const LOUDNESS = [-23, -18, -16, -14] as const
const USUAL = "usual"

type Props = { draft: Draft }

/** How the text is spoken: speed in sight, everything else folded away. */
export function DeliveryFields({ draft }: Props) {
  const t = useTranslations("inference")
  const all = Object.keys(DELIVERY) as (keyof typeof DELIVERY)[]
  const usual = !changed(draft, all) && draft.seed === null
  return (
    <div className="space-y-5">
      <SliderField typed label={t("speed")} value={draft.speed} initial={DELIVERY.speed} min={0.5} max={2} step={0.05} onChange={(speed) => changeDraft({ speed })} />
      <CheckField label={t("playLive")} hint={t("playLiveHint")} checked={draft.play} onChange={(play) => changeDraft({ play })} />
      <Pauses draft={draft} />
      <Advanced draft={draft} />
      {!usual && <Button type="button" size="sm" variant="ghost" className="-ml-2" onClick={() => changeDraft({ ...DELIVERY, seed: null })}><RotateCcwIcon />{t("allUsual")}</Button>}
    </div>
  )
}

function useNote(n: number) {
  const t = useTranslations("inference")
  return n ? t("changed", { n }) : undefined
}

function Pauses({ draft }: Props) {
  const t = useTranslations("inference")
  const lufs = draft.loudness_lufs
  const levels = [...new Set([...LOUDNESS, ...(lufs === null ? [] : [lufs])])].map((level) => ({ value: String(level), label: t("lufs", { level: `−${Math.abs(level)}` }) }))
  const pause = (name: "sentence_pause_ms" | "paragraph_pause_ms") => ({
    unit: t("ms"), min: 0, max: 10_000, step: 50, value: draft[name], placeholder: String(DELIVERY[name]),
    onChange: (value: number | null) => changeDraft({ [name]: value ?? DELIVERY[name] }),
  })
  return (
    <Fold title={t("pauses")} note={useNote(changed(draft, PAUSES))}>
      <NumberField label={t("sentencePause")} {...pause("sentence_pause_ms")} />
      <NumberField label={t("paragraphPause")} hint={t("paragraphPauseHint")} {...pause("paragraph_pause_ms")} />
      <SelectField label={t("loudness")} hint={t("loudnessHint")} value={lufs === null ? USUAL : String(lufs)} onChange={(value) => changeDraft({ loudness_lufs: value === USUAL ? null : Number(value) })} options={[{ value: USUAL, label: t("asSpoken") }, ...levels]} />
      <CheckField label={t("split")} hint={t("splitHint")} checked={draft.split} onChange={(split) => changeDraft({ split })} />
    </Fold>
  )
}

function Advanced({ draft }: Props) {
  const t = useTranslations("inference")
  const precisions = [{ value: USUAL, label: t("precisions.usual") }, ...PRECISIONS.map((value) => ({ value, label: t(`precisions.${value}`) }))]
  return (
    <Fold title={t("advanced")} note={useNote(changed(draft, SAMPLING) + (draft.seed === null ? 0 : 1))}>
      <SeedField seed={draft.seed} last={draft.lastSeed} />
      <SelectField label={t("precision")} hint={t("precisionHint")} value={draft.precision ?? USUAL} onChange={(value) => changeDraft({ precision: value === USUAL ? null : (value as Precision) })} options={precisions} />
      {SLIDERS.map(({ name, label, ...range }) => (
        <SliderField typed key={name} label={t(label)} value={draft[name]} initial={DELIVERY[name]} onChange={(value) => changeDraft({ [name]: value })} {...range} />
      ))}
    </Fold>
  )
}
