"use client"
import { BanIcon, CircleAlertIcon, CircleCheckIcon, CircleDashedIcon, CirclePauseIcon, LoaderIcon, RotateCwIcon } from "lucide-react"
import Link from "next/link"
import { useTranslations } from "use-intl"
import { Problem } from "@/components/problem"
import { Button } from "@/components/ui/button"
import { Progress } from "@/components/ui/progress"
import { useCancelJob, useRetryJob, type Job } from "@/lib/api/jobs"
import { useLocaleName, useSaid } from "@/lib/i18n/provider"
import { cn, when } from "@/lib/utils"
import { canBeRetried, isUnderWay, pageOfJob, subjectOf } from "./jobs"

const ICONS = {
  queued: { icon: CircleDashedIcon, look: "text-muted-foreground" },
  running: { icon: LoaderIcon, look: "animate-spin text-primary motion-reduce:animate-none" },
  succeeded: { icon: CircleCheckIcon, look: "text-success" },
  failed: { icon: CircleAlertIcon, look: "text-destructive" },
  cancelled: { icon: BanIcon, look: "text-muted-foreground" },
  interrupted: { icon: CirclePauseIcon, look: "text-warning" },
} as const

/** One job: what it is, how far or how it ended, and what can be done about it. */
export function JobRow({ job, onLeave }: { job: Job; onLeave: () => void }) {
  const t = useTranslations("jobs")
  const common = useTranslations("common")
  const said = useSaid()
  const locale = useLocaleName()
  const cancel = useCancelJob()
  const retry = useRetryJob()
  const name = [common(`steps.${job.step as "train"}`), subjectOf(job)].filter(Boolean).join(" · ")
  const { icon: Icon, look } = ICONS[job.state]
  const percent = Math.round(job.progress * 100)
  return (
    <article aria-label={name} className="space-y-2 rounded-lg border p-3">
      <div className="flex items-center gap-2">
        <Icon className={cn("size-4 shrink-0", look)} aria-hidden />
        <Link href={pageOfJob(job)} prefetch={false} onClick={onLeave} className="min-w-0 truncate rounded-sm text-sm font-medium outline-none hover:underline focus-visible:ring-3 focus-visible:ring-ring/50">{name}</Link>
        <span className="ml-auto shrink-0 text-xs text-muted-foreground">
          {job.state === "running" ? <span className="font-mono tabular-nums">{percent} %</span> : common(`states.${job.state}`)}
        </span>
      </div>
      {job.state === "running" && <Progress aria-label={name} value={percent} />}
      {isUnderWay(job) && job.message && <p className="line-clamp-2 text-xs break-words text-muted-foreground">{said(job.message)}</p>}
      <Problem error={retry.error ?? cancel.error ?? job.error} className="p-2 text-[13px]" />
      <div className="flex items-center gap-2">
        <time dateTime={job.created_at} className="text-xs text-muted-foreground">{when(job.finished_at ?? job.started_at ?? job.created_at, locale)}</time>
        {isUnderWay(job) && <Button type="button" size="sm" variant="outline" className="ml-auto" disabled={cancel.isPending} onClick={() => cancel.mutate(job.id)}>{common("cancel")}</Button>}
        {canBeRetried(job) && <Button type="button" size="sm" variant="outline" className="ml-auto" disabled={retry.isPending} onClick={() => retry.mutate(job.id)}><RotateCwIcon /> {t("retry")}</Button>}
      </div>
    </article>
  )
}
