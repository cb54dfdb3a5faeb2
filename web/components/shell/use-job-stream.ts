"use client"
import { useQueryClient } from "@tanstack/react-query"
import { useEffect, useReducer, useState } from "react"
import { recentJobs, type Job } from "@/lib/api/jobs"
import { BACK } from "@/lib/back"
import { withTold, type Told } from "./jobs"

const FIRST_DELAY_MS = 1000
const LONGEST_DELAY_MS = 20_000

export type JobStream = { jobs: readonly Job[]; away: Away | null; tryNow: () => void }
/** Nobody answers; it is tried again at `nextAt` (milliseconds, as Date.now). */
export type Away = { nextAt: number }

/** All jobs as they go, by the one stream of them, which is taken up again whenever it breaks off. */
export function useJobStream(onDone: (job: Job) => void): JobStream {
  const client = useQueryClient()
  const [jobs, take] = useReducer(withTold, [])
  const [away, setAway] = useState<Away | null>(null)
  const [attempt, tryNow] = useReducer((n: number) => n + 1, 0)
  const [delay] = useState(() => ({ ms: FIRST_DELAY_MS, wasAway: false }))

  useEffect(() => {
    const source = new EventSource("/api/events")
    let timer = 0
    let frame = 0
    let untold: Told[] = []
    const tell = (told: Told) => {
      untold.push(told)
      frame ||= requestAnimationFrame(() => {
        take(untold)
        untold = []
        frame = 0
      })
    }
    const askAll = () => recentJobs().then((all) => take(all.map((job) => ({ id: job.id, job }))), () => undefined)
    const wait = () => {
      source.close()
      window.clearTimeout(timer)
      delay.wasAway = true
      setAway({ nextAt: Date.now() + delay.ms })
      timer = window.setTimeout(tryNow, delay.ms)
      delay.ms = Math.min(2 * delay.ms, LONGEST_DELAY_MS)
    }
    const goOn = () => {
      if (delay.wasAway) {
        void client.invalidateQueries()
        dispatchEvent(new Event(BACK))
      }
      Object.assign(delay, { ms: FIRST_DELAY_MS, wasAway: false })
      setAway(null)
      void askAll() // only now: what ends in between is told by the stream
    }
    const on = <T>(kind: string, then: (id: string, data: T) => void) =>
      source.addEventListener(kind, (event) => {
        const told = JSON.parse((event as MessageEvent<string>).data) as { job_id: string; data: T }
        then(told.job_id, told.data)
      })
    source.addEventListener("ready", goOn)
    on<Partial<Job>>("state", (id, job) => {
      tell({ id, job })
      void askAll() // a list that was asked for before may come after this, or not have it at all
    })
    on<{ fraction: number; message: string }>("progress", (id, { fraction, message }) => tell({ id, job: { progress: fraction, message } }))
    on<Job>("done", (id, job) => {
      tell({ id, job })
      void client.invalidateQueries()
      onDone(job)
    })
    source.addEventListener("again", () => {
      source.close() // it has lasted as long as it may: its end is no error
      tryNow()
    })
    source.onerror = wait
    addEventListener("offline", wait)
    addEventListener("online", tryNow)
    return () => {
      window.clearTimeout(timer)
      cancelAnimationFrame(frame)
      source.close()
      removeEventListener("offline", wait)
      removeEventListener("online", tryNow)
    }
  }, [client, onDone, delay, attempt])

  return { jobs, away, tryNow }
}
