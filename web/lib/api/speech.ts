import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query"
import { api, errorOf, unwrap, type Schemas } from "./client"

export type Speech = Schemas["Speech"]
export type GenerateRequest = Schemas["GenerateRequest"]
export type AudioFormat = GenerateRequest["format"]
export type Precision = NonNullable<GenerateRequest["precision"]>

/** What speech can be saved as, and how its files end. */
export const FORMATS = [
  { format: "wav", name: "WAV", suffix: ".wav" },
  { format: "flac", name: "FLAC", suffix: ".flac" },
  { format: "mp3", name: "MP3", suffix: ".mp3" },
  { format: "opus", name: "Opus", suffix: ".opus" },
  { format: "aac", name: "AAC", suffix: ".aac" },
] as const satisfies readonly { format: AudioFormat; name: string; suffix: string }[]

export const PRECISIONS: readonly Precision[] = ["fastest", "float32", "bfloat16", "float16", "int8"]

export const speechAudio = (id: string, format: AudioFormat = "wav") =>
  `/api/inference/history/${encodeURIComponent(id)}/audio${format === "wav" ? "" : `?format=${format}`}`

/** The models that can speak. */
export function useSpeakingModels() {
  return useQuery({ queryKey: ["models", "trained"], queryFn: () => unwrap(api.GET("/api/training/models")) })
}

export type Begun = { id: string; sound: ReadableStream<Uint8Array> }

/**
 * Has a text spoken; returns with the first sound. It comes as 16-bit mono PCM at 24 kHz, piece by piece if the request
 * streams. `requestId` is how the queue calls it; leaving (`signal`) ends the speaking.
 */
export async function beginSpeech(body: GenerateRequest, requestId: string, signal: AbortSignal): Promise<Begun> {
  const params = { header: { "X-Request-Id": requestId } }
  const { data, error, response } = await api.POST("/api/inference/generate", { body, params, parseAs: "stream", signal })
  if (!response.ok || !data) throw errorOf(error, response.status)
  return { id: response.headers.get("X-Speech-Id") ?? "", sound: data as ReadableStream<Uint8Array> }
}

const listSpeech = (limit: number) => unwrap(api.GET("/api/inference/history", { params: { query: { limit } } }))

/** Speech that was just made, as the history keeps it. */
export async function spokenNow(id: string): Promise<Speech | undefined> {
  return (await listSpeech(100)).speech.find((one) => one.id === id)
}

/** How far back a request stands: 0 is being spoken, 1 is next; undefined while that isn't known. */
export function useQueuePosition(requestId: string | null): number | undefined {
  const queue = useQuery({
    queryKey: ["speech-queue"],
    queryFn: () => unwrap(api.GET("/api/inference/queue")),
    enabled: requestId !== null,
    refetchInterval: 1000,
    staleTime: 0,
    gcTime: 0,
  })
  return queue.data?.requests.find((request) => request.id === requestId)?.position
}

export function useSpeechHistory(limit: number) {
  return useQuery({ queryKey: ["speech", limit], queryFn: () => listSpeech(limit), placeholderData: keepPreviousData })
}

export function useDeleteSpeech() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (id: string) => unwrap(api.DELETE("/api/inference/history/{speech_id}", { params: { path: { speech_id: id } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: ["speech"] }),
  })
}
