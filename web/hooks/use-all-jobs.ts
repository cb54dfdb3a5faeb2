"use client"
import { useQueryClient } from "@tanstack/react-query"
import { useEffect, useState } from "react"
import { toast } from "sonner"
import { useTranslations } from "use-intl"
import { idsUnderWay, type Job } from "@/lib/api/jobs"

/** How many jobs are running, by the one stream of all jobs; says when one has ended. */
export function useRunningJobs(): number {
  const t = useTranslations("common")
  const client = useQueryClient()
  const [running, setRunning] = useState<ReadonlySet<string>>(new Set())

  useEffect(() => {
    let dead = false
    const ended = new Set<string>()
    const change = (id: string, isRunning: boolean) =>
      setRunning((before) => {
        const after = new Set(before)
        if (isRunning) after.add(id)
        else after.delete(id)
        return after
      })
    const source = new EventSource("/api/events")
    const data = (event: Event) => JSON.parse((event as MessageEvent<string>).data) as { job_id: string; data: Partial<Job> }
    // asked for only once the stream has begun: what ended in between would be taken for running
    source.addEventListener("ready", () => {
      idsUnderWay()
        .then((ids) => !dead && setRunning(new Set(ids.filter((id) => !ended.has(id)))))
        .catch(() => undefined)
    })
    source.addEventListener("state", (event) => change(data(event).job_id, true))
    source.addEventListener("done", (event) => {
      const job = data(event).data as Job
      ended.add(job.id)
      change(job.id, false)
      void client.invalidateQueries()
      const step = t(`steps.${job.step as "train"}`)
      if (job.state === "succeeded") toast.success(t("jobDone", { step }))
      if (job.state === "failed") toast.error(t("jobFailed", { step }), { description: job.error?.message })
    })
    return () => {
      dead = true
      source.close()
    }
  }, [client, t])

  return running.size
}
