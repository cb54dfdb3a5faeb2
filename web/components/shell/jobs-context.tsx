"use client"
import { createContext, useCallback, useContext, useEffect, useRef } from "react"
import { useTranslations } from "use-intl"
import type { Job } from "@/lib/api/jobs"
import { useSaid } from "@/lib/i18n/provider"
import { useJobStream, type JobStream } from "./use-job-stream"

const Jobs = createContext<JobStream>({ jobs: [], away: null, tryNow: () => undefined })
export const useJobs = () => useContext(Jobs)

/** One stream of all jobs for the whole page. What ends in the background is told. */
export function JobsProvider({ children }: { children: React.ReactNode }) {
  const t = useTranslations("common")
  const said = useSaid()
  const words = useRef({ t, said })
  useEffect(() => { words.current = { t, said } })
  const tell = useCallback(async (job: Job) => {
    if (job.state !== "succeeded" && job.state !== "failed") return
    const { toast } = await import("sonner")
    const { t, said } = words.current
    const step = t(`steps.${job.step as "train"}`)
    if (job.state === "succeeded") toast.success(t("jobDone", { step }))
    else toast.error(t("jobFailed", { step }), { description: job.error && said(job.error.message) })
  }, [])
  return <Jobs value={useJobStream(tell)}>{children}</Jobs>
}
