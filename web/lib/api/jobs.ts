import { useQuery } from "@tanstack/react-query"
import { api, unwrap, type Schemas } from "./client"

export type Job = Schemas["Job"]

export const jobKey = (id: string) => ["job", id] as const

export const cancelJob = (id: string) => unwrap(api.POST("/api/jobs/{job_id}/cancel", { params: { path: { job_id: id } } }))

export const getJob = (id: string) => unwrap(api.GET("/api/jobs/{job_id}", { params: { path: { job_id: id } } }))

/** The jobs that have not ended. */
export async function idsUnderWay(): Promise<string[]> {
  const { jobs } = await unwrap(api.GET("/api/jobs", { params: { query: { state: ["queued", "running"], limit: 1000 } } }))
  return jobs.map((job) => job.id)
}

export function useJobRecord(id: string | null) {
  return useQuery({ queryKey: jobKey(id ?? ""), queryFn: () => getJob(id!), enabled: !!id })
}
