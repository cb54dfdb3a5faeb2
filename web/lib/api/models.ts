import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query"
import { api, unwrap, type Schemas } from "./client"

export type ModelInfo = Schemas["ModelInfo"]
export type PullRequest = Schemas["PullRequest"]

/** Name of the model that everything starts from. */
export const BASE_MODEL = "xtts-v2"

export function useModels() {
  return useQuery({ queryKey: ["models"], queryFn: () => unwrap(api.GET("/api/models")) })
}

export function useLicence() {
  return useQuery({ queryKey: ["licence"], queryFn: () => unwrap(api.GET("/api/models/licence")), staleTime: Infinity })
}

export function useAcceptLicence() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: () => unwrap(api.POST("/api/models/licence/accept")),
    onSuccess: (licence) => client.setQueryData(["licence"], licence),
  })
}

/** Downloads that wait or run. */
export function usePullJobs() {
  return useQuery({
    queryKey: ["jobs", "pull"],
    queryFn: () => unwrap(api.GET("/api/jobs", { params: { query: { step: ["pull"], state: ["queued", "running"] } } })),
  })
}

export function usePullModel() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (body: PullRequest) => unwrap(api.POST("/api/models/pull", { body })),
    onSuccess: () => client.invalidateQueries({ queryKey: ["jobs", "pull"] }),
  })
}
