"use client"
import { PlusIcon } from "lucide-react"
import { useId, useState } from "react"
import { useTranslations } from "use-intl"
import { TextField } from "@/components/field"
import { Problem } from "@/components/problem"
import { Button } from "@/components/ui/button"
import { Dialog, DialogClose, DialogContent, DialogDescription, DialogTitle, DialogTrigger } from "@/components/ui/dialog"
import { Input } from "@/components/ui/input"
import { Label } from "@/components/ui/label"
import { useCreateSpeaker } from "@/lib/api/speech"

type Props = { model: string; disabled: boolean; onMade: (name: string) => void }

/** A button and its dialog: a voice is made of reference files. */
export function NewVoice({ model, disabled, onMade }: Props) {
  const t = useTranslations("inference")
  const [open, setOpen] = useState(false)
  const made = (name: string) => {
    setOpen(false)
    onMade(name)
  }
  return (
    <Dialog open={open} onOpenChange={setOpen}>
      <DialogTrigger asChild><Button type="button" size="sm" variant="outline" disabled={disabled}><PlusIcon />{t("newVoice")}</Button></DialogTrigger>
      <DialogContent>
        <DialogTitle>{t("newVoice")}</DialogTitle>
        <DialogDescription>{t("newVoiceText")}</DialogDescription>
        <VoiceForm model={model} onMade={made} />
      </DialogContent>
    </Dialog>
  )
}

function VoiceForm({ model, onMade }: Pick<Props, "model" | "onMade">) {
  const t = useTranslations("inference")
  const common = useTranslations("common")
  const id = useId()
  const [name, setName] = useState("")
  const [files, setFiles] = useState<File[]>([])
  const create = useCreateSpeaker()
  const submit = (event: React.FormEvent) => {
    event.preventDefault()
    create.mutate({ name: name.trim(), files, model }, { onSuccess: ({ speaker }) => onMade(speaker.name) })
  }
  return (
    <form onSubmit={submit} className="space-y-4">
      <TextField label={t("voiceName")} value={name} onChange={setName} maxLength={64} autoComplete="off" required />
      <div className="space-y-1.5">
        <Label htmlFor={id}>{t("files")}</Label>
        <Input
          id={id}
          type="file"
          multiple
          required
          accept="audio/*,video/*"
          aria-describedby={`${id}-hint`}
          className="h-auto py-1.5 file:mr-3 file:rounded-sm file:bg-secondary file:px-2 file:py-1 file:text-[13px] file:font-medium"
          onChange={(event) => setFiles([...(event.target.files ?? [])])}
        />
        <p id={`${id}-hint`} className="text-xs text-muted-foreground">{files.length ? t("chosen", { n: files.length }) : t("filesHint")}</p>
      </div>
      <Problem error={create.error} />
      <div className="flex justify-end gap-2">
        <DialogClose asChild><Button type="button" variant="outline">{common("cancel")}</Button></DialogClose>
        <Button type="submit" disabled={!name.trim() || !files.length || create.isPending}>{create.isPending ? t("making") : t("makeVoice")}</Button>
      </div>
    </form>
  )
}
