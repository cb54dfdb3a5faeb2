"use client"
import Link from "next/link"
import { useState } from "react"
import { useTranslations } from "use-intl"
import { SelectField, TextField } from "@/components/field"
import { Problem } from "@/components/problem"
import { Skeleton } from "@/components/ui/skeleton"
import { useAddStudioVoice, useStudioVoices, type Speaker } from "@/lib/api/voices"
import { FormEnd } from "./form-end"

type Props = { taken: Speaker[]; onMade: (name: string) => void }

/** A voice that was published with the base model. */
export function StudioForm({ taken, onMade }: Props) {
  const t = useTranslations("voices")
  const studio = useStudioVoices(true)
  if (studio.error) return <Problem error={studio.error} />
  if (!studio.data) return <Skeleton className="h-28" />
  if (studio.data.names.length) return <Choice names={studio.data.names} taken={taken} onMade={onMade} />
  return <p className="text-sm">{t("noStudio")} <Link href="/settings/#models" className="font-medium text-primary underline underline-offset-4">{t("toSettings")}</Link></p>
}

function Choice({ names, taken, onMade }: Props & { names: string[] }) {
  const t = useTranslations("voices")
  const [name, setName] = useState<string | undefined>()
  const [asName, setAsName] = useState("")
  const add = useAddStudioVoice()
  const here = new Set(taken.map((speaker) => speaker.name))
  const submit = (event: React.FormEvent) => {
    event.preventDefault()
    if (name) add.mutate({ name, asName: asName.trim() }, { onSuccess: ({ speaker }) => onMade(speaker.name) })
  }
  return (
    <form onSubmit={submit} className="space-y-4">
      <SelectField label={t("studioVoice")} placeholder={t("chooseVoice")} value={name} onChange={setName} options={names.map((one) => ({ value: one, label: here.has(one) ? t("isHere", { name: one }) : one }))} />
      <TextField label={t("nameHere")} hint={t("nameHereHint")} value={asName} onChange={setAsName} maxLength={63} autoComplete="off" />
      <FormEnd action={t("addVoice")} ready={!!name} pending={add.isPending} error={add.error} />
    </form>
  )
}
