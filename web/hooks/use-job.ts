"use client"
import { useQueryClient } from "@tanstack/react-query"
import { useEffect, useState } from "react"
import type { Schemas } from "@/lib/api/client"
import { BACK } from "@/lib/back"

export type Job = Schemas["Job"]
export type Metric = { id: number; step: number; name: string; value: number }
export type LogLine = { id: number; message: string; level: string }
export type Live = "connecting" | "live" | "reconnecting" | "done"

export type JobStream = {
  job: Job | null
  progress: number
  message: string
  logs: LogLine[]
  metrics: Metric[]
  live: Live
}

const EMPTY: JobStream = { job: null, progress: 0, message: "", logs: [], metrics: [], live: "connecting" }

/**
 * A job as it runs, by its event stream. Events come faster than React should render: they are gathered and shown once
 * per animation frame. The browser reconnects by itself and resumes behind the last event it has seen.
 */
export function useJob(jobId: string | null): JobStream {
  const [stream, setStream] = useState<JobStream>(EMPTY)
  const client = useQueryClient()

  useEffect(() => {
    if (!jobId) return
    let now = EMPTY
    const logs: LogLine[] = []
    const metrics: Metric[] = [] // grow in place: a long run replays a hundred thousand of them
    let frame = 0
    let seen = 0
    const change = (changes: Partial<JobStream>) => {
      now = { ...now, ...changes }
      frame ||= requestAnimationFrame(() => {
        frame = 0
        if (now.logs.length < logs.length) now = { ...now, logs: [...logs] }
        if (now.metrics.length < metrics.length) now = { ...now, metrics: [...metrics] }
        setStream(now)
      })
    }
    change({})
    let source: EventSource
    const open = () => {
      source = new EventSource(`/api/jobs/${encodeURIComponent(jobId)}/events?after=${seen}`)
      const on = (kind: string, take: (data: never, id: number) => void) =>
        source.addEventListener(kind, (event) => {
          const { data, lastEventId } = event as MessageEvent<string>
          const id = Number(lastEventId)
          if (id <= seen) return // a reconnection never shows an event twice
          seen = id
          take(JSON.parse(data) as never, id)
        })
      source.onopen = () => change({ live: "live" })
      source.onerror = () => change({ live: source.readyState === EventSource.CLOSED ? "done" : "reconnecting" })
      on("progress", (e: { fraction: number; message: string }) => change({ progress: e.fraction, message: e.message }))
      on("log", (e: { message: string; level: string }, id) => {
        logs.push({ ...e, id })
        change({})
      })
      on("metric", (e: { step: number; name: string; value: number }, id) => {
        metrics.push({ ...e, id })
        change({})
      })
      on("done", (job: Job) => {
        source.close()
        change({ job, live: "done", progress: job.progress, message: job.message })
        void client.invalidateQueries()
      })
    }
    open()
    const reopen = () => void (!now.job && source.readyState === EventSource.CLOSED && open())
    addEventListener(BACK, reopen)
    return () => {
      cancelAnimationFrame(frame)
      removeEventListener(BACK, reopen)
      source.close()
    }
  }, [jobId, client])

  return jobId ? stream : EMPTY
}
