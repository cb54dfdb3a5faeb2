"use client"
import { CircleAlertIcon } from "lucide-react"
import { useTranslations } from "use-intl"
import { useSaid } from "@/lib/i18n/provider"
import { cn } from "@/lib/utils"

type Told = { message?: string; hint?: string }

/** An error in its place: what happened, then what to do. Takes an `ApiError`, a job's error, or anything thrown; `fetch` throws a TypeError where nobody answers. */
export function Problem({ error, className }: { error: unknown; className?: string }) {
  const t = useTranslations("common")
  const said = useSaid()
  if (!error) return null
  const { message, hint } = error as Told
  return (
    <div role="alert" className={cn("flex gap-2.5 rounded-lg border border-destructive/40 bg-destructive/5 p-3 text-sm", className)}>
      <CircleAlertIcon className="mt-0.5 size-4 shrink-0 text-destructive" aria-hidden />
      <div className="min-w-0 space-y-0.5">
        <p className="font-medium break-words">{error instanceof TypeError ? t("unreachable") : message ? said(message) : t("unknownError")}</p>
        {hint && <p className="break-words text-muted-foreground">{said(hint)}</p>}
      </div>
    </div>
  )
}
