import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query"
import { useState } from "react"
import { api, unwrap, type Schemas } from "./client"

export type CutSettings = Required<Pick<Schemas["AnalyzeRequest"],
  "threshold" | "min_speech_ms" | "min_silence_ms" | "speech_pad_ms" | "fade_ms" | "min_duration_s" | "target_duration_s" | "max_duration_s">>
export type AnalyzeRequest = CutSettings & { recording_id: string; start_s: number | null; end_s: number | null }
export type Plan = Schemas["AnalyzeResult"]
export type PlannedChunk = Schemas["PlannedChunk"]

/** How to transcribe. Without a Whisper model the server takes that of its settings. */
export type Wishes = Partial<Pick<Schemas["TranscribeRequest"], "language" | "whisper_model" | "hints" | "own_transcript" | "prove" | "speakers_by_channel">>
type ChunkRequest = AnalyzeRequest & Wishes & { dataset: string; transcribe: boolean }
type TranscribeRequest = Wishes & Partial<Pick<Schemas["TranscribeRequest"], "dataset" | "files" | "overwrite">>

/** What jobs end with; a job's result is not typed in the API. */
export type ChunkResult = { dataset: string; added: number; total: number; duration_s: number; notices: string[] }
export type TranscribeResult = {
  dataset: string | null
  transcribed: number
  empty: number
  from_transcript: number
  proven: number
  mended: number
  doubtful: number
  languages: Record<string, number>
  notices: string[]
}

/** The server's own defaults. */
export const DEFAULT_SETTINGS: CutSettings = {
  threshold: 0.5, min_speech_ms: 250, min_silence_ms: 100, speech_pad_ms: 120, fade_ms: 5,
  min_duration_s: 1.5, target_duration_s: 8, max_duration_s: 11.5,
}

export const UNDER_WAY = ["jobs", "under-way"] as const

/** What would be cut. The same request always has the same answer; the last plan stays until the next is there. */
export function usePlan(request: AnalyzeRequest) {
  return useQuery({
    queryKey: ["plan", request],
    queryFn: () => unwrap(api.POST("/api/data/analyze", { body: request })),
    placeholderData: (before, query) =>
      (query?.queryKey[1] as AnalyzeRequest | undefined)?.recording_id === request.recording_id ? keepPreviousData(before) : undefined,
    staleTime: "static",
    retry: false,
  })
}

const PROGRESS_EVERY_MS = 400

/** How far a first listening to a recording is, from 0 to 1; null where none is under way. */
export function usePlanProgress(recording_id: string): number | null {
  return useQuery({
    queryKey: ["plan-progress", recording_id],
    queryFn: async () => (await unwrap(api.GET("/api/data/analyze/{recording_id}", { params: { path: { recording_id } } }))).fraction,
    refetchInterval: PROGRESS_EVERY_MS,
    gcTime: 0,
    retry: false,
  }).data ?? null
}

export function useStartCutting() {
  const client = useQueryClient()
  return useMutation({
    onSuccess: () => client.invalidateQueries({ queryKey: UNDER_WAY }),
    mutationFn: (body: ChunkRequest) => unwrap(api.POST("/api/data/chunk", { body: body as Schemas["ChunkRequest"] })).then(({ job }) => job),
  })
}

export function useStartTranscribing() {
  const client = useQueryClient()
  return useMutation({
    onSuccess: () => client.invalidateQueries({ queryKey: UNDER_WAY }),
    mutationFn: (body: TranscribeRequest) => unwrap(api.POST("/api/data/process", { body: body as Schemas["TranscribeRequest"] })).then(({ job }) => job),
  })
}

/** The Whisper models that are here, and which of them the settings prefer. */
export function useWhisperModels() {
  return useQuery({
    queryKey: ["whisper-models"],
    queryFn: async () => {
      const [{ models }, settings] = await Promise.all([unwrap(api.GET("/api/models")), unwrap(api.GET("/api/settings"))])
      const names = models.filter((model) => model.kind === "whisper" && model.present).map((model) => model.name)
      return { names, preferred: names.find((name) => name === settings.whisper_model) ?? names[0] }
    },
  })
}

/** The job of a step for a recording or dataset: the one under way, as after a reload of the page, or else the last one seen. */
export function useJobUnderWay(step: "chunk" | "transcribe" | "xray" | "compare_speakers", field: "recording_id" | "dataset", value: string) {
  const [seen, setSeen] = useState<string | null>(null)
  const running = useQuery({
    queryKey: [...UNDER_WAY, step],
    queryFn: async () => (await unwrap(api.GET("/api/jobs", { params: { query: { state: ["queued", "running"], step: [step] } } }))).jobs,
    select: (jobs) => jobs.find((job) => job.request[field] === value)?.id ?? null,
  }).data
  if (running && running !== seen) setSeen(running)
  return { jobId: running ?? seen, running: !!running }
}
