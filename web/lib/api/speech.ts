import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query"
import { api, ApiError, errorOf, unwrap, type Schemas } from "./client"
import { choiceKey } from "./takes"

export type Speech = Schemas["Speech"]
export type GenerateRequest = Schemas["GenerateRequest"]
export type PreviewRequest = Schemas["PreviewSpeechRequest"]
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

/** What would be said of a text; the answer before stays while the next one is waited for. */
export function useSpeechPreview(body: PreviewRequest | null) {
  const asked = JSON.stringify(body)
  return useQuery({
    queryKey: ["speech-preview", asked],
    queryFn: ({ signal }) => unwrap(api.POST("/api/inference/preview", { body: JSON.parse(asked) as PreviewRequest, signal })),
    enabled: body !== null,
    placeholderData: keepPreviousData,
    retry: false,
    gcTime: 0,
  })
}

export type Begun = { id: string; seed: number; sound: ReadableStream<Uint8Array> }

/** How long speech goes on for somebody whose connection was cut. */
const GRACE_S = 60

/** An answer, or an `ApiError` of status 0 where nobody answers. */
async function reached<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer
  } catch (error) {
    throw error instanceof TypeError ? new ApiError("", "", "unreachable", 0) : error
  }
}

/**
 * Has a text spoken; returns with the first sound. It comes as 16-bit mono PCM at 24 kHz, piece by piece if the request
 * streams. `requestId` is how the queue calls it; leaving (`signal`) ends the speaking.
 */
export async function beginSpeech(asked: Omit<GenerateRequest, "grace_s">, requestId: string, signal: AbortSignal): Promise<Begun> {
  const params = { header: { "X-Request-Id": requestId } }
  const body = { ...asked, stream: true, grace_s: GRACE_S }
  const { data, error, response } = await reached(api.POST("/api/inference/generate", { body, params, parseAs: "stream", signal }))
  if (!response.ok || !data) throw errorOf(error, response.status)
  const { headers } = response
  return { id: headers.get("X-Speech-Id") ?? "", seed: Number(headers.get("X-Seed")), sound: data as ReadableStream<Uint8Array> }
}

/** What follows the first bytes of a speech, while it is made or from the history; fails with why it broke off. */
export async function hearOn(id: string, offset: number, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
  const params = { path: { speech_id: id }, query: { offset } }
  const { data, error, response } = await reached(api.GET("/api/inference/live/{speech_id}", { params, parseAs: "stream", signal }))
  if (!response.ok || !data) throw errorOf(error, response.status)
  return data as ReadableStream<Uint8Array>
}

/** Ends speech that is being made, also while the page is left. Where nobody answers, it ends by itself. */
export function endSpeech(id: string) {
  void fetch(`/api/inference/live/${encodeURIComponent(id)}`, { method: "DELETE", keepalive: true }).catch(() => undefined)
}

const listSpeech = (limit: number, offset = 0, q = "") => unwrap(api.GET("/api/inference/history", { params: { query: { limit, offset, q } } }))

/** Speech that was just made, as the history keeps it. */
export async function spokenNow(id: string): Promise<Speech | undefined> {
  return (await reached(listSpeech(100))).speech.find((one) => one.id === id)
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

/** A part of what was said, newest first, with these words in it; the part before stays while the next is waited for. */
export function useSpeechHistory(limit: number, offset: number, words: string) {
  return useQuery({ queryKey: ["speech", limit, offset, words], queryFn: () => listSpeech(limit, offset, words), placeholderData: keepPreviousData })
}

export function useDeleteSpeech() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (id: string) => unwrap(api.DELETE("/api/inference/history/{speech_id}", { params: { path: { speech_id: id } } })),
    onSuccess: (_, id) => {
      forgetChoice(id)
      return client.invalidateQueries({ queryKey: ["speech"] })
    },
  })
}

function forgetChoice(id: string) {
  try {
    localStorage.removeItem(choiceKey(id))
  } catch {
    // a browser that keeps nothing has nothing to forget
  }
}
