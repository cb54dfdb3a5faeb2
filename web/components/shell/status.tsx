"use client"
import { CpuIcon, ListChecksIcon, Loader2Icon } from "lucide-react"
import { useTranslations } from "use-intl"
import { Button } from "@/components/ui/button"
import { useSystem } from "@/lib/api/settings"
import { cn } from "@/lib/utils"
import { useJobs } from "./jobs-context"

/** What computes, how much is under way; opens the list of jobs. */
export function Status({ onOpenJobs }: { onOpenJobs: () => void }) {
  const t = useTranslations("jobs")
  const common = useTranslations("common")
  const { jobs } = useJobs()
  const devices = useSystem().data?.devices
  const device = devices?.find((one) => one.id !== "cpu") ?? devices?.[0]
  const running = jobs.filter((job) => job.state === "running").length
  const queued = jobs.filter((job) => job.state === "queued").length
  const said = running ? common("jobs", { n: running }) + (queued ? t("waiting", { n: queued }) : "") : queued ? t("onlyWaiting", { n: queued }) : common("jobs", { n: 0 })
  return (
    <div className="space-y-1">
      {device && (
        <p className="flex items-center gap-2 px-2 text-xs text-muted-foreground max-md:hidden" title={device.name}>
          <CpuIcon className="size-3.5 shrink-0" aria-hidden />
          <span className="truncate">{device.id === "cpu" ? t("cpu") : device.name}</span>
        </p>
      )}
      <Button type="button" variant="ghost" size="sm" onClick={onOpenJobs} aria-keyshortcuts="g j" title={t("openKeys")} className="w-full justify-start gap-2 px-2 text-xs font-normal text-muted-foreground max-md:w-auto">
        {running > 0 ? <Loader2Icon className="size-3.5 animate-spin text-primary motion-reduce:animate-none" aria-hidden /> : <ListChecksIcon className="size-3.5" aria-hidden />}
        <span role="status" className="max-md:sr-only">{said}</span>
        <span className={cn("font-mono tabular-nums md:hidden", !(running + queued) && "sr-only")} aria-hidden>{running + queued}</span>
      </Button>
    </div>
  )
}
