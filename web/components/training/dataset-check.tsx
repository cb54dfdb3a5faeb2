"use client"
import { CircleAlertIcon, CircleCheckIcon } from "lucide-react"
import { useTranslations } from "use-intl"
import { Problem } from "@/components/problem"
import { Skeleton } from "@/components/ui/skeleton"
import type { useDatasetChecks } from "@/lib/api/training"
import { useLocaleName } from "@/lib/i18n/provider"
import { cn, duration } from "@/lib/utils"
import { RejectedClips } from "./rejected-clips"

type Props = { name?: string; check: ReturnType<typeof useDatasetChecks>[number] }

/** How much of a chosen dataset would train, before anything starts; its name where there are several. */
export function DatasetCheck({ name, check }: Props) {
  const t = useTranslations("training")
  const locale = useLocaleName()
  if (check.isError) return <Problem error={check.error} />
  if (!check.data) {
    return (
      <div role="status" className="flex items-center gap-2 rounded-lg border p-3 text-sm text-muted-foreground">
        <Skeleton className="size-4 rounded-full" />{t("checking")}
      </div>
    )
  }
  const { usable, total, usable_s, rejected } = check.data
  const Icon = usable ? CircleCheckIcon : CircleAlertIcon
  return (
    <div className="space-y-2 rounded-lg border p-3 text-sm">
      <p role="status" className="flex gap-2">
        <Icon className={cn("mt-0.5 size-4 shrink-0", usable ? "text-success" : "text-destructive")} aria-hidden />
        <span>
          {name && <span className="text-muted-foreground">{name}: </span>}
          <span className="font-medium">{t("willTrain", { usable, total })}</span>{" "}
          <span className="text-muted-foreground">{t("duration", { duration: duration(usable_s, locale) })}</span>
        </span>
      </p>
      <RejectedClips rejected={rejected} />
    </div>
  )
}
