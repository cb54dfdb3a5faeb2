"use client"
import { PlusIcon } from "lucide-react"
import { useState } from "react"
import { useTranslations } from "use-intl"
import { CopyField } from "@/components/copy-field"
import { TextField } from "@/components/field"
import { Note } from "@/components/note"
import { Problem } from "@/components/problem"
import { Button } from "@/components/ui/button"
import { Dialog, DialogClose, DialogContent, DialogDescription, DialogTitle, DialogTrigger } from "@/components/ui/dialog"
import { useCreateKey } from "@/lib/api/keys"
import { Addresses } from "./addresses"

/** A button and its dialog: a key is named, made, and shown this once. */
export function NewKey() {
  const t = useTranslations("keys")
  const create = useCreateKey()
  const [open, setOpen] = useState(false)
  const change = (next: boolean) => {
    setOpen(next)
    create.reset() // the secret is not kept on the page either
  }
  return (
    <Dialog open={open} onOpenChange={change}>
      <DialogTrigger asChild><Button type="button" size="sm" variant="outline"><PlusIcon />{t("newKey")}</Button></DialogTrigger>
      <DialogContent onInteractOutside={(event) => create.data && event.preventDefault()}>
        <DialogTitle>{create.data ? t("made", { name: create.data.key.name }) : t("newKey")}</DialogTitle>
        <DialogDescription>{create.data ? t("madeText") : t("newKeyText")}</DialogDescription>
        {create.data ? <Made secret={create.data.secret} /> : <NameForm pending={create.isPending} error={create.error} onMake={(name) => create.mutate(name)} />}
      </DialogContent>
    </Dialog>
  )
}

function NameForm({ pending, error, onMake }: { pending: boolean; error: unknown; onMake: (name: string) => void }) {
  const t = useTranslations("keys")
  const common = useTranslations("common")
  const [name, setName] = useState("")
  const submit = (event: React.FormEvent) => {
    event.preventDefault()
    onMake(name.trim())
  }
  return (
    <form onSubmit={submit} className="space-y-4">
      <TextField label={t("keyName")} hint={t("keyNameHint")} value={name} onChange={setName} maxLength={100} autoComplete="off" required />
      <Problem error={error} />
      <div className="flex justify-end gap-2">
        <DialogClose asChild><Button type="button" variant="outline">{common("cancel")}</Button></DialogClose>
        <Button type="submit" disabled={!name.trim() || pending}>{t("makeKey")}</Button>
      </div>
    </form>
  )
}

function Made({ secret }: { secret: string }) {
  const t = useTranslations("keys")
  return (
    <div className="space-y-4">
      <Note title={t("once")} hint={t("onceHint")} />
      <CopyField label={t("key")} value={secret} />
      <Addresses secret={secret} />
      <div className="flex justify-end"><DialogClose asChild><Button type="button">{t("done")}</Button></DialogClose></div>
    </div>
  )
}
