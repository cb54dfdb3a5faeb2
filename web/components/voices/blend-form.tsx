"use client"
import { PlusIcon, XIcon } from "lucide-react"
import { useState } from "react"
import { useTranslations } from "use-intl"
import { SelectField, SliderField, TextField } from "@/components/field"
import { Button } from "@/components/ui/button"
import { useBlendSpeakers, type Speaker } from "@/lib/api/voices"
import { FormEnd } from "./form-end"

const FEWEST = 2
const MOST = 8
const EVEN = 50
const HEAVIEST = 100

type Part = { speaker: string; weight: number }
type Props = { speakers: Speaker[]; onMade: (name: string) => void }

/** A voice in between two to eight others, by weights. */
export function BlendForm({ speakers, onMade }: Props) {
  const t = useTranslations("voices")
  const [name, setName] = useState("")
  const [parts, setParts] = useState<Part[]>(() => speakers.slice(0, FEWEST).map(({ name: speaker }) => ({ speaker, weight: EVEN })))
  const blend = useBlendSpeakers()
  const unused = speakers.filter((one) => parts.every((part) => part.speaker !== one.name)).map((one) => one.name)
  const total = parts.reduce((sum, part) => sum + part.weight, 0)
  const change = (at: number, changes: Partial<Part>) => setParts(parts.map((part, i) => (i === at ? { ...part, ...changes } : part)))
  const submit = (event: React.FormEvent) => {
    event.preventDefault()
    blend.mutate({ name: name.trim(), parts }, { onSuccess: ({ speaker }) => onMade(speaker.name) })
  }
  return (
    <form onSubmit={submit} className="space-y-4">
      <TextField label={t("voiceName")} value={name} onChange={setName} maxLength={63} autoComplete="off" required />
      <ul className="space-y-3">
        {parts.map((part, i) => (
          <li key={i} className="flex items-start gap-2 rounded-lg border p-3">
            <div className="min-w-0 flex-1 space-y-2">
              <SelectField label={t("part", { n: i + 1 })} value={part.speaker} onChange={(speaker) => change(i, { speaker })} options={[part.speaker, ...unused].map((one) => ({ value: one, label: one }))} />
              <SliderField label={t("weightOf", { name: part.speaker })} shown={t("share", { share: part.weight / total })} value={part.weight} min={1} max={HEAVIEST} step={1} onChange={(weight) => change(i, { weight })} />
            </div>
            <Button type="button" size="icon-sm" variant="ghost" disabled={parts.length <= FEWEST} aria-label={t("leaveOut", { name: part.speaker })} onClick={() => setParts(parts.filter((_, at) => at !== i))}><XIcon /></Button>
          </li>
        ))}
      </ul>
      <Button type="button" size="sm" variant="outline" disabled={!unused.length || parts.length >= MOST} onClick={() => setParts([...parts, { speaker: unused[0]!, weight: EVEN }])}><PlusIcon />{t("addPart")}</Button>
      <FormEnd action={t("makeBlend")} ready={!!name.trim() && parts.length >= FEWEST} pending={blend.isPending} error={blend.error} />
    </form>
  )
}
