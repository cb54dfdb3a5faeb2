import { keepPreviousData, useMutation, useQueries, useQuery, useQueryClient } from "@tanstack/react-query"
import { api, unwrap, type Schemas } from "./client"

export type TrainRequest = Schemas["TrainRequest"]
export type TrainingRun = Schemas["TrainingRun"]
/** A run that no job of this server tells of. */
export type OtherRun = Schemas["RunSummary"]
export type Rejection = Schemas["Rejection"]
export type TrainingPlan = Schemas["TrainingPlan"]
export type Choice = Schemas["Choice"]
export type Method = TrainRequest["method"]

/** What a finished training tells (the job's `result`). */
export type TrainResult = {
  run_id: string
  model: string
  steps: number
  epochs: number
  best_step: number | null
  stopped_early: boolean
  train_loss: number
  eval_loss: number | null
  usable: number
  rejected: Rejection[]
  wall_s: number
}

/** What a probe measured (its job's `result`). */
export type Forecast = {
  device: string
  precision: string
  batch_size: number
  gradient_checkpointing: boolean
  step_s: number
  total_s: number
  memory_bytes: number
  memory_limit_bytes: number
  disk_bytes: number
  cost_usd?: number | null
  notices: string[]
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

/** Of each dataset, which clips would train, and why not the others. */
export function useDatasetChecks(datasets: readonly string[], baseModel: string) {
  return useQueries({
    queries: datasets.map((name) => ({
      queryKey: ["datasets", name, "check", baseModel],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        unwrap(api.POST("/api/datasets/{name}/check", { params: { path: { name } }, body: { base_model: baseModel }, signal })),
      retry: false,
    })),
  })
}

/** What a request will become: its recipe with reasons, its steps and its room on the disk. The last one stays in sight meanwhile. */
export function useRecipe(body: TrainRequest | null) {
  return useQuery({
    queryKey: ["training", "recipe", body],
    queryFn: ({ signal }) => unwrap(api.POST("/api/training/recipe", { body: body!, signal })),
    enabled: !!body,
    placeholderData: keepPreviousData,
    retry: false,
  })
}

/** Measures on this machine what a training would take. */
export function useProbe() {
  return useMutation({ mutationFn: (training: TrainRequest) => unwrap(api.POST("/api/training/probe", { body: { training } })) })
}

/** `onStarted` is heard even where what asked is not shown any more: the list that comes anew may take it away. */
export function useStartTraining(onStarted: (job: Schemas["Job"]) => void) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (body: TrainRequest) => unwrap(api.POST("/api/training/start", { body })),
    onSuccess: ({ job }) => {
      onStarted(job)
      return client.invalidateQueries({ queryKey: ["training"] })
    },
  })
}
