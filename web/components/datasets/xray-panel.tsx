"use client"
import { ScanSearchIcon } from "lucide-react"
import { useState } from "react"
import { useLocale, useTranslations } from "use-intl"
import { Fold } from "@/components/fold"
import { JobProgress } from "@/components/job-progress"
import { Notices } from "@/components/notices"
import { Problem } from "@/components/problem"
import { Button } from "@/components/ui/button"
import { Skeleton } from "@/components/ui/skeleton"
import { useStartXray, useXray, type Xray, type XrayTotals } from "@/lib/api/curation"
import { useJobUnderWay } from "@/lib/api/cutting"
import type { View } from "@/lib/api/datasets"
import { when } from "@/lib/utils"
import { FindingChips, LightChips } from "./xray-chips"
import { XrayCharts } from "./xray-charts"

type Props = { name: string; clips: number; view: View; onView: (change: Partial<View>) => void }

/** What training would make of a dataset: asked for by a click, summed up, and told to be old once something has changed. */
export function XrayPanel({ name, clips, view, onView }: Props) {
  const t = useTranslations("datasets")
  const xray = useXray(name)
  const start = useStartXray(name)
  const job = useJobUnderWay("xray", "dataset", name)
  const comparing = useJobUnderWay("compare_speakers", "dataset", name).running
  const [seen, setSeen] = useState<string | null>(null)
  const button = (label: string, first: boolean) => (
    <Button type="button" size={first ? "default" : "sm"} variant={first || xray.data?.stale ? "default" : "outline"} disabled={start.isPending || job.running || !clips} onClick={() => start.mutate()}>
      <ScanSearchIcon /> {label}
    </Button>
  )
  if (xray.isPending) return <Skeleton className="h-40 w-full rounded-lg" />
  return (
    <section aria-label={t("xray")} className="space-y-3">
      {xray.data?.totals
        ? <Outcome xray={xray.data} totals={xray.data.totals} view={view} onView={onView} button={button(t("xrayAgain"), false)} />
        : !job.running && <Invitation button={button(t("startXray"), true)} />}
      {job.jobId && job.jobId !== seen && <JobProgress key={job.jobId} jobId={job.jobId} onDone={({ id, state }) => state === "succeeded" && setSeen(id)} />}
      {comparing && <p role="status" className="text-xs text-muted-foreground">{t("comparing")}</p>}
      <Problem error={xray.error ?? start.error} />
    </section>
  )
}

function Invitation({ button }: { button: React.ReactNode }) {
  const t = useTranslations("datasets")
  return (
    <div className="flex flex-wrap items-center gap-4 rounded-lg border border-dashed p-5">
      <div className="grid size-11 shrink-0 place-items-center rounded-lg bg-primary/10 text-primary"><ScanSearchIcon className="size-5" aria-hidden /></div>
      <div className="min-w-0 flex-1 basis-64 space-y-0.5">
        <p className="text-sm font-medium">{t("noXray")}</p>
        <p className="text-sm text-muted-foreground">{t("noXrayHint")}</p>
      </div>
      {button}
    </div>
  )
}

type OutcomeProps = { xray: Xray; totals: XrayTotals; view: View; onView: (change: Partial<View>) => void; button: React.ReactNode }

function Outcome({ xray, totals, view, onView, button }: OutcomeProps) {
  const t = useTranslations("datasets")
  const locale = useLocale()
  return (
    <>
      <div className="flex flex-wrap items-start justify-between gap-3">
        <div>
          <p className="text-xl font-semibold tracking-tight" role="status">
            {t("willTrain", { usable: totals.usable, total: totals.clips })}
            <span className="font-normal text-muted-foreground"> · {t("usableMinutes", { minutes: totals.usable_s / 60 })}</span>
          </p>
          <p className="text-xs text-muted-foreground">{xray.stale ? t("stale") : t("madeAt", { time: when(xray.made_at!, locale) })}</p>
        </div>
        {button}
      </div>
      <LightChips lights={totals.lights ?? {}} chosen={view.light} onChange={(light) => onView({ light })} />
      <FindingChips findings={totals.findings ?? {}} chosen={view.finding} onChange={(finding) => onView({ finding })} />
      <Notices notices={xray.notices ?? []} />
      <Fold title={t("more")}><XrayCharts totals={totals} /></Fold>
    </>
  )
}
