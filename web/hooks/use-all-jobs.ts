"use client"
import { useQueryClient } from "@tanstack/react-query"
import { useEffect, useState } from "react"
import { toast } from "sonner"
import { useTranslations } from "use-intl"
import type { Job } from "@/lib/api/jobs"

/** How many jobs are running, by the one stream of all jobs; says when one has ended. */
export function useRunningJobs(): number {
  const t = useTranslations("common")
  const client = useQueryClient()
  const [running, setRunning] = useState<ReadonlySet<string>>(new Set())

  useEffect(() => {
    let dead = false
    const change = (id: string, isRunning: boolean) =>
      setRunning((before) => {
        const after = new Set(before)
        if (isRunning) after.add(id)
        else after.delete(id)
        return after
      })
    void fetch("/api/jobs?state=running&state=queued")
      .then((answer) => (answer.ok ? (answer.json() as Promise<{ jobs: Job[] }>) : { jobs: [] }))
      .then(({ jobs }) => !dead && setRunning(new Set(jobs.map((job) => job.id))))
      .catch(() => undefined)
    const source = new EventSource("/api/events")
    const data = (event: Event) => JSON.parse((event as MessageEvent<string>).data) as { job_id: string; data: Partial<Job> }
    source.addEventListener("state", (event) => change(data(event).job_id, true))
    source.addEventListener("done", (event) => {
      const job = data(event).data as Job
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
