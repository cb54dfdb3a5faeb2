"use client"
import { SlidersHorizontalIcon, Trash2Icon } from "lucide-react"
import { useState } from "react"
import { useTranslations } from "use-intl"
import { Confirm } from "@/components/confirm"
import { Problem } from "@/components/problem"
import { Badge } from "@/components/ui/badge"
import { Button } from "@/components/ui/button"
import { Dialog, DialogContent, DialogDescription, DialogTitle, DialogTrigger } from "@/components/ui/dialog"
import { useRevokeKey, type Key } from "@/lib/api/keys"
import { useLocaleName } from "@/lib/i18n/provider"
import { when } from "@/lib/utils"
import { KeyDefaultsForm } from "./key-defaults-form"

/** One key: how it begins, when it was used, what it stands for; changed or revoked. */
export function KeyRow({ of: key }: { of: Key }) {
  const t = useTranslations("keys")
  const locale = useLocaleName()
  const revoke = useRevokeKey()
  const used = key.last_used_at ? t("usedAt", { time: when(key.last_used_at, locale) }) : t("neverUsed")
  return (
    <li className="space-y-2 py-3 first:pt-0 last:pb-0">
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <div className="min-w-0 space-y-1">
          <p className="text-sm font-medium break-words">{key.name}</p>
          <p className="text-xs text-muted-foreground"><span className="font-mono">{key.prefix}…</span> · {t("madeAt", { time: when(key.created_at, locale) })} · {used}</p>
          <Defaults of={key} />
        </div>
        <div className="flex items-center gap-1.5">
          <DefaultsDialog of={key} />
          <Confirm title={t("revokeTitle", { name: key.name })} text={t("revokeText")} action={t("revoke")} onConfirm={() => revoke.mutate(key.id)}>
            <Button type="button" size="icon-sm" variant="ghost" aria-label={t("revokeOf", { name: key.name })}><Trash2Icon /></Button>
          </Confirm>
        </div>
      </div>
      <Problem error={revoke.error} />
    </li>
  )
}

function Defaults({ of: { defaults } }: { of: Key }) {
  const t = useTranslations("keys")
  const aliases = Object.entries(defaults.voices ?? {}).map(([name, voice]) => t("alias", { name, voice }))
  const facts = [defaults.voice, defaults.model, defaults.language, ...aliases].filter((fact) => !!fact)
  if (!facts.length) return null
  return <div className="flex flex-wrap gap-1.5 pt-0.5">{facts.map((fact) => <Badge key={fact} variant="secondary" className="max-w-full truncate">{fact}</Badge>)}</div>
}

function DefaultsDialog({ of: key }: { of: Key }) {
  const t = useTranslations("keys")
  const [open, setOpen] = useState(false)
  return (
    <Dialog open={open} onOpenChange={setOpen}>
      <DialogTrigger asChild><Button type="button" size="sm" variant="outline" aria-label={t("defaultsOf", { name: key.name })}><SlidersHorizontalIcon />{t("defaults")}</Button></DialogTrigger>
      <DialogContent>
        <DialogTitle>{t("defaultsOf", { name: key.name })}</DialogTitle>
        <DialogDescription>{t("defaultsText")}</DialogDescription>
        <KeyDefaultsForm of={key} onSaved={() => setOpen(false)} />
      </DialogContent>
    </Dialog>
  )
}
