import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query"
import { api, unwrap, type Schemas } from "./client"

export type ModelInfo = Schemas["ModelInfo"]
export type PullRequest = Schemas["PullRequest"]

/** Name of the model that everything starts from. */
export const BASE_MODEL = "xtts-v2"

export function useModels() {
  return useQuery({ queryKey: ["models"], queryFn: () => unwrap(api.GET("/api/models")) })
}

/** Takes a model off the disk. */
export function useDeleteModel() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: ({ name, kind }: ModelInfo) =>
      unwrap(api.DELETE("/api/models/{name}", { params: { path: { name }, query: { kind: kind === "whisper" ? "whisper" : "xtts" } } })),
    onSuccess: () => client.invalidateQueries(),
  })
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

/** Layouts that a model can be written in, each for a program of its own. */
export const LAYOUTS = ["xtts-studio", "coqui", "xtts-api-server", "alltalk", "ebook2audiobook"] as const
export const EXPORT_PRECISIONS = ["float32", "float16", "bfloat16"] as const

/** What those programs are called, in every language. */
export const PROGRAMS: Record<Layout, string> = {
  "xtts-studio": "XTTS Studio", coqui: "Coqui TTS", "xtts-api-server": "xtts-api-server", alltalk: "AllTalk", ebook2audiobook: "ebook2audiobook",
}

export type Layout = (typeof LAYOUTS)[number]
export type ExportRequest = { layout: Layout; strength: number; precision: (typeof EXPORT_PRECISIONS)[number]; speaker?: string | null }

export const exportFile = (model: string, layout: Layout) => `/api/models/${encodeURIComponent(model)}/exports/${layout}`

/** The files of a model that were written for other programs. */
export function useExports(model: string) {
  return useQuery({
    queryKey: ["models", "exports", model],
    queryFn: () => unwrap(api.GET("/api/models/{name}/exports", { params: { path: { name: model } } })),
  })
}

export function useExportModel(model: string) {
  return useMutation({
    mutationFn: (body: ExportRequest) => unwrap(api.POST("/api/models/{name}/export", { params: { path: { name: model } }, body })),
  })
}
