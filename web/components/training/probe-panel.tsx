"use client"
import { GaugeIcon } from "lucide-react"
import { useCallback, useState } from "react"
import { useTranslations } from "use-intl"
import { JobProgress } from "@/components/job-progress"
import { Problem } from "@/components/problem"
import { Button } from "@/components/ui/button"
import type { Job } from "@/lib/api/jobs"
import { useProbe, type Forecast, type TrainRequest } from "@/lib/api/training"
import { ForecastFacts } from "./forecast-facts"

/** Measures on this machine what the training would take, if one wants to know beforehand. */
export function ProbePanel({ request }: { request: TrainRequest }) {
  const t = useTranslations("recipe")
  const probe = useProbe()
  const [done, setDone] = useState<Job | null>(null)
  const ended = useCallback((job: Job) => setDone(job), [])
  const begin = () => {
    setDone(null)
    probe.mutate(request)
  }
  const jobId = probe.data?.job.id
  const measured = done?.state === "succeeded" ? (done.result as Forecast | null) : null
  const measuring = probe.isPending || (!!jobId && !done)
  return (
    <div className="space-y-3">
      {measured ? <ForecastFacts forecast={measured} /> : jobId && <JobProgress key={jobId} jobId={jobId} onDone={ended} />}
      <Problem error={probe.error} />
      {!measuring && (
        <>
          <Button type="button" size="sm" variant="outline" onClick={begin}><GaugeIcon />{measured ? t("measureAgain") : t("measure")}</Button>
          {!measured && <p className="text-xs text-muted-foreground">{t("measureHint")}</p>}
        </>
      )}
    </div>
  )
}
