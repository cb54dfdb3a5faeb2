"use client"
import { PlusIcon } from "lucide-react"
import { useState } from "react"
import { useTranslations } from "use-intl"
import { FileField, TextField } from "@/components/field"
import { Button } from "@/components/ui/button"
import { useCreateSpeaker } from "@/lib/api/voices"
import { FormEnd } from "./form-end"
import { VoiceDialog } from "./voice-dialog"

type Props = { model: string; disabled: boolean; onMade: (name: string) => void }

/** A button and its dialog: a voice is made of reference files. */
export function NewVoice({ model, disabled, onMade }: Props) {
  const t = useTranslations("voices")
  const button = <Button type="button" size="sm" variant="outline" disabled={disabled}><PlusIcon />{t("newVoice")}</Button>
  return (
    <VoiceDialog title={t("newVoice")} text={t("newVoiceText")} trigger={button} onMade={onMade}>
      {(done) => <VoiceForm model={model} onMade={done} />}
    </VoiceDialog>
  )
}

function VoiceForm({ model, onMade }: Pick<Props, "model" | "onMade">) {
  const t = useTranslations("voices")
  const [name, setName] = useState("")
  const [files, setFiles] = useState<File[]>([])
  const create = useCreateSpeaker()
  const submit = (event: React.FormEvent) => {
    event.preventDefault()
    create.mutate({ name: name.trim(), files, model }, { onSuccess: ({ speaker }) => onMade(speaker.name) })
  }
  return (
    <form onSubmit={submit} className="space-y-4">
      <TextField label={t("voiceName")} value={name} onChange={setName} maxLength={63} autoComplete="off" required />
      <FileField label={t("files")} hint={files.length ? t("chosen", { n: files.length }) : t("filesHint")} accept="audio/*,video/*" multiple required onChange={setFiles} />
      <FormEnd action={t("makeVoice")} ready={!!name.trim() && !!files.length} pending={create.isPending} error={create.error} />
    </form>
  )
}
