import { useMutation, useQuery } from "@tanstack/react-query"
import { api, unwrap, type Schemas } from "./client"

export type Job = Schemas["Job"]

/** Of the jobs that have ended, so many are shown. */
export const MOST_ENDED = 30

export const jobKey = (id: string) => ["job", id] as const

export const cancelJob = (id: string) => unwrap(api.POST("/api/jobs/{job_id}/cancel", { params: { path: { job_id: id } } }))

export const retryJob = (id: string) => unwrap(api.POST("/api/jobs/{job_id}/retry", { params: { path: { job_id: id } } }))

export const getJob = (id: string) => unwrap(api.GET("/api/jobs/{job_id}", { params: { path: { job_id: id } } }))

/** The jobs that have not ended, and the last of those that have. */
export async function recentJobs(): Promise<Job[]> {
  const page = (query: { state?: Job["state"][]; limit: number }) => unwrap(api.GET("/api/jobs", { params: { query } }))
  const [underWay, last] = await Promise.all([page({ state: ["queued", "running"], limit: 1000 }), page({ limit: MOST_ENDED })])
  return [...underWay.jobs, ...last.jobs]
}

export function useJobRecord(id: string | null) {
  return useQuery({ queryKey: jobKey(id ?? ""), queryFn: () => getJob(id!), enabled: !!id })
}

export const useCancelJob = () => useMutation({ mutationFn: cancelJob })

export const useRetryJob = () => useMutation({ mutationFn: retryJob })
