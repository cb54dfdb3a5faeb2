import { useMutation, useQueries, useQuery, useQueryClient } from "@tanstack/react-query"
import { api, unwrap, type Schemas } from "./client"
import type { TrainRequest } from "./training"

export type Audition = Schemas["Audition"]
export type AuditionLine = Schemas["AuditionLine"]
export type StepTally = Schemas["StepTally"]
export type Vote = Schemas["Vote"]
export type KeptCheckpoint = Schemas["KeptCheckpoint"]
/** A run as it lies on the disk; every setting of its request is filled. */
export type RunDetails = Omit<Schemas["RunBody"], "request"> & { request: TrainRequest }

const REFRESH_MS = 4000

const one = (runId: string) => `/api/training/runs/${encodeURIComponent(runId)}`

/** A line of an audition as its checkpoint speaks it; lines count from 1. */
export const auditionAudio = (runId: string, step: number, line: number) => `${one(runId)}/auditions/${step}/${line}/audio`

/** A clip of the real voice that training never saw. */
export const referenceAudio = (runId: string) => `${one(runId)}/reference`

const pathOf = (runId: string) => ({ params: { path: { run_id: runId } } })

/** A run as it lies on the disk; asked again every few seconds while it goes on. */
export function useRun(runId: string | null, running: boolean) {
  return useQuery({
    queryKey: ["training", "run", runId],
    queryFn: () => readRun(runId!),
    enabled: !!runId,
    retry: false,
    refetchInterval: running ? REFRESH_MS : false,
  })
}

/** The curves of a run over all of its jobs, up to now. What `jobId` measures later comes by its stream. */
export function useRunMetrics(runId: string | null, jobId: string) {
  return useQuery({
    queryKey: ["training", "metrics", runId, jobId],
    queryFn: () => unwrap(api.GET("/api/training/runs/{run_id}/metrics", pathOf(runId!))),
    enabled: !!runId,
    retry: false,
    staleTime: Infinity,
  })
}

const readRun = async (runId: string) => (await unwrap(api.GET("/api/training/runs/{run_id}", pathOf(runId)))) as unknown as RunDetails

/** Several runs as they lie on the disk; all of them, or none yet. */
export function useRuns(runIds: readonly string[]) {
  return useQueries({ queries: runIds.map((runId) => ({ queryKey: ["training", "run", runId], queryFn: () => readRun(runId), retry: false })), combine: together })
}

/** The curves of several runs, each whole. */
export function useRunsMetrics(runIds: readonly string[]) {
  return useQueries({
    queries: runIds.map((runId) => ({
      queryKey: ["training", "metrics", runId, "compare"],
      queryFn: () => unwrap(api.GET("/api/training/runs/{run_id}/metrics", pathOf(runId))),
      retry: false,
    })),
    combine: together,
  })
}

function together<T>(results: { data: T | undefined; error: Error | null }[]): { data: T[] | null; error: Error | null } {
  const there = results.flatMap(({ data }) => (data === undefined ? [] : [data]))
  return { data: there.length === results.length ? there : null, error: results.find(({ error }) => error)?.error ?? null }
}

/** Says which of two was preferred. */
export function useVote(runId: string) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (body: Vote) => unwrap(api.POST("/api/training/runs/{run_id}/votes", { ...pathOf(runId), body })),
    onSuccess: () => client.invalidateQueries({ queryKey: ["training", "run", runId] }),
  })
}

/** Makes a model of a checkpoint. */
export function usePublish(runId: string) {
  return useMutation({
    mutationFn: (body: { step: number; name: string }) => unwrap(api.POST("/api/training/runs/{run_id}/publish", { ...pathOf(runId), body })),
  })
}

/** `onDeleted` is heard even where what asked is gone with the run. */
export function useDeleteRun(onDeleted: () => void) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (runId: string) => unwrap(api.DELETE("/api/training/runs/{run_id}", pathOf(runId))),
    onSuccess: () => {
      onDeleted()
      return client.invalidateQueries({ queryKey: ["training", "runs"] })
    },
  })
}
