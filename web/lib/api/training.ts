import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query"
import { api, unwrap, type Schemas } from "./client"

export type TrainRequest = Schemas["TrainRequest"]
export type TrainingRun = Schemas["TrainingRun"]
export type Rejection = Schemas["Rejection"]
export type MetricPoint = Schemas["MetricPoint"]

/** What a finished training tells (the job's `result`). */
export type TrainResult = {
  model: string
  steps: number
  epochs: number
  train_loss: number
  eval_loss: number | null
  usable: number
  rejected: Rejection[]
  wall_s: number
}

const ACTIVE = ["queued", "running"]

export const isActive = (state: string) => ACTIVE.includes(state)

/** Training jobs, newest first; asked again every few seconds while one of them runs. */
export function useTrainingRuns() {
  return useQuery({
    queryKey: ["training", "runs"],
    queryFn: () => unwrap(api.GET("/api/training/runs", { params: { query: { limit: 200 } } })),
    refetchInterval: (query) => (query.state.data?.runs.some((run) => isActive(run.job.state)) ? 4000 : false),
  })
}

/** The models that training can start from. */
export function useBaseModels() {
  return useQuery({ queryKey: ["models", "trained"], queryFn: () => unwrap(api.GET("/api/training/models")) })
}

export function useTrainingDatasets() {
  return useQuery({
    queryKey: ["datasets", "all"],
    queryFn: () => unwrap(api.GET("/api/datasets", { params: { query: { limit: 1000 } } })),
  })
}

/** Which clips of a dataset would train, and why not the others. */
export function useDatasetCheck(dataset: string | undefined, baseModel: string) {
  return useQuery({
    queryKey: ["datasets", dataset, "check", baseModel],
    queryFn: ({ signal }) =>
      unwrap(
        api.POST("/api/datasets/{name}/check", {
          params: { path: { name: dataset! } },
          body: { base_model: baseModel },
          signal,
        }),
      ),
    enabled: !!dataset,
    retry: false,
  })
}

/** The curves so far; the live stream goes on behind `last_event_id`. */
export function useMetricHistory(jobId: string | null) {
  return useQuery({
    queryKey: ["training", "metrics", jobId],
    queryFn: () => unwrap(api.GET("/api/training/{job_id}/metrics", { params: { path: { job_id: jobId! }, query: { limit: 200_000 } } })),
    enabled: !!jobId,
    staleTime: Infinity,
  })
}

export function useStartTraining() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (body: TrainRequest) => unwrap(api.POST("/api/training/start", { body })),
    onSuccess: () => client.invalidateQueries({ queryKey: ["training", "runs"] }),
  })
}
