"use client"
import { CheckIcon, Undo2Icon } from "lucide-react"
import { useTranslations } from "use-intl"
import { Notices } from "@/components/notices"
import { Problem } from "@/components/problem"
import { Button } from "@/components/ui/button"
import type { Told } from "./use-acting"

/** What was done last, with a click to take it back; or what went wrong. */
export function ToldLine({ told, onUndo }: { told: Told; onUndo: () => void }) {
  const t = useTranslations("datasets")
  return (
    <div className="space-y-2 empty:hidden">
      {told.text && (
        <div role="status" className="flex min-h-7 flex-wrap items-center gap-2 text-[13px] text-muted-foreground">
          <CheckIcon className="size-4 text-success" aria-hidden />
          <span className="min-w-0 wrap-anywhere">{told.text}</span>
          {told.canUndo && <Button type="button" size="sm" variant="ghost" className="h-7 px-2 text-xs" onClick={onUndo}><Undo2Icon /> {t("undo")}</Button>}
        </div>
      )}
      <Notices notices={told.notices} />
      <Problem error={told.error} />
    </div>
  )
}
