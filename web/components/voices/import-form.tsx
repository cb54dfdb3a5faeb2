"use client"
import { useState } from "react"
import { useTranslations } from "use-intl"
import { FileField, TextField } from "@/components/field"
import { useImportSpeaker } from "@/lib/api/voices"
import { FormEnd } from "./form-end"

/** A voice from a file that a studio exported. */
export function ImportForm({ onMade }: { onMade: (name: string) => void }) {
  const t = useTranslations("voices")
  const [file, setFile] = useState<File | undefined>()
  const [name, setName] = useState("")
  const take = useImportSpeaker()
  const submit = (event: React.FormEvent) => {
    event.preventDefault()
    if (file) take.mutate({ file, name: name.trim() }, { onSuccess: ({ speaker }) => onMade(speaker.name) })
  }
  return (
    <form onSubmit={submit} className="space-y-4">
      <FileField label={t("voiceFile")} hint={t("voiceFileHint")} accept=".xttsvoice" required onChange={([chosen]) => setFile(chosen)} />
      <TextField label={t("nameHere")} hint={t("nameHereHint")} value={name} onChange={setName} maxLength={63} autoComplete="off" />
      <FormEnd action={t("importVoice")} ready={!!file} pending={take.isPending} error={take.error} />
    </form>
  )
}
