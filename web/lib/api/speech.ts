import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query"
import { api, errorOf, unwrap, type Schemas } from "./client"

export type Speech = Schemas["Speech"]
export type Speaker = Schemas["Speaker"]
export type GenerateRequest = Schemas["GenerateRequest"]
export type Spoken = { url: string; seed: string; audioS: number; realTimeFactor: number }

export const speechAudio = (id: string) => `/api/inference/history/${encodeURIComponent(id)}/audio`

export function useSpeakers() {
  return useQuery({
    queryKey: ["speakers"],
    queryFn: () => unwrap(api.GET("/api/inference/speakers", { params: { query: { limit: 1000 } } })),
  })
}

/** The models that can speak. */
export function useSpeakingModels() {
  return useQuery({ queryKey: ["models", "trained"], queryFn: () => unwrap(api.GET("/api/training/models")) })
}

/** Makes a voice of reference files. */
export function useCreateSpeaker() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (voice: { name: string; files: File[]; model: string }) =>
      unwrap(
        api.POST("/api/inference/speakers", {
          body: { name: voice.name, files: [], model: voice.model },
          bodySerializer: () => {
            const form = new FormData()
            form.append("name", voice.name)
            form.append("model", voice.model)
            for (const file of voice.files) form.append("files", file)
            return form
          },
        }),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: ["speakers"] }),
  })
}

export function useDeleteSpeaker() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (name: string) => unwrap(api.DELETE("/api/inference/speakers/{name}", { params: { path: { name } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: ["speakers"] }),
  })
}

/** Speaks; the sound as an object URL that the caller revokes. Leaving (`signal`) stops the speaking. */
export async function generateSpeech(body: GenerateRequest, signal: AbortSignal): Promise<Spoken> {
  const { data, error, response } = await api.POST("/api/inference/generate", { body, parseAs: "blob", signal })
  if (!response.ok || !data) throw errorOf(error, response.status)
  return {
    url: URL.createObjectURL(data as Blob),
    seed: response.headers.get("X-Seed") ?? "",
    audioS: Number(response.headers.get("X-Audio-Seconds")),
    realTimeFactor: Number(response.headers.get("X-Real-Time-Factor")),
  }
}

export function useSpeechHistory(limit: number) {
  return useQuery({
    queryKey: ["speech", limit],
    queryFn: () => unwrap(api.GET("/api/inference/history", { params: { query: { limit } } })),
    placeholderData: keepPreviousData,
  })
}

export function useDeleteSpeech() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (id: string) => unwrap(api.DELETE("/api/inference/history/{speech_id}", { params: { path: { speech_id: id } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: ["speech"] }),
  })
}
