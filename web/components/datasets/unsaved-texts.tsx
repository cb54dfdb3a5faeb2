"use client"
import { SaveOffIcon } from "lucide-react"
import { useTranslations } from "use-intl"
import { Button } from "@/components/ui/button"
import type { Texts } from "./use-texts"

/** Texts that the server doesn't have yet: while it is away, or from an earlier visit. None is lost. */
export function UnsavedTexts({ texts }: { texts: Texts }) {
  const t = useTranslations("datasets")
  const common = useTranslations("common")
  const all = Object.entries(texts.drafts)
  const waiting = all.filter(([, draft]) => draft.state === "waiting").length
  const kept = all.filter(([, draft]) => draft.state === "kept" || draft.state === "refused").map(([file]) => file)
  if (!waiting && !kept.length) return null
  return (
    <div role="status" className="flex flex-wrap items-center gap-2 rounded-lg border border-warning/40 bg-warning/5 p-2.5 text-[13px]">
      <SaveOffIcon className="size-4 shrink-0 text-warning" aria-hidden />
      <span className="min-w-0 flex-1">{waiting ? t("textsWait", { n: waiting }) : t("textsKept", { n: kept.length })}</span>
      {!!kept.length && <Button type="button" size="sm" variant="outline" className="h-7 px-2 text-xs" onClick={() => kept.forEach((file) => void texts.save(file))}>{common("save")}</Button>}
    </div>
  )
}
