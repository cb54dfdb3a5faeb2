import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query"
import { api, unwrap, type Schemas } from "./client"

export type Speaker = Schemas["Speaker"]
export type ClipQuality = Schemas["ClipQuality"]
export type BlendRequest = Schemas["BlendRequest"]

const one = (name: string) => `/api/inference/speakers/${encodeURIComponent(name)}`

/** The first clip of a voice. */
export const voiceSample = (name: string) => `${one(name)}/sample`

/** The voice as one file. */
export const voiceFile = (name: string) => `${one(name)}/export`

export function useSpeakers() {
  return useQuery({
    queryKey: ["speakers"],
    queryFn: () => unwrap(api.GET("/api/inference/speakers", { params: { query: { limit: 1000 } } })),
  })
}

/** The voices that were published with the base model; asking may take a moment, so only who looks at them does. */
export function useStudioVoices(enabled: boolean) {
  return useQuery({ queryKey: ["studio-voices"], queryFn: () => unwrap(api.GET("/api/inference/studio-voices")), enabled })
}

/** A way to make a voice; afterwards the list is asked anew. */
function useMaking<T>(make: (asked: T) => Promise<Schemas["SpeakerBody"]>) {
  const client = useQueryClient()
  return useMutation({ mutationFn: make, onSuccess: () => client.invalidateQueries({ queryKey: ["speakers"] }) })
}

/** Makes a voice of reference files. */
export const useCreateSpeaker = () =>
  useMaking(({ name, files, model }: { name: string; files: File[]; model: string }) =>
    unwrap(api.POST("/api/inference/speakers", { body: { name, files: [], model }, bodySerializer: () => formOf(files, { name, model }) })),
  )

/** Makes a voice of a file that was exported; without a name it keeps its own. */
export const useImportSpeaker = () =>
  useMaking(({ file, name }: { file: File; name: string }) =>
    unwrap(api.POST("/api/inference/speakers/import", { body: { files: [] }, bodySerializer: () => formOf([file], name ? { name } : {}) })),
  )

/** Makes a voice in between others. */
export const useBlendSpeakers = () => useMaking((body: BlendRequest) => unwrap(api.POST("/api/inference/speakers/blend", { body })))

/** Makes a voice of a published one; without a name of ours it keeps its own. */
export const useAddStudioVoice = () =>
  useMaking(({ name, asName }: { name: string; asName: string }) =>
    unwrap(api.POST("/api/inference/speakers/studio", { body: { name, as_name: asName || null } })),
  )

export function useDeleteSpeaker() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (name: string) => unwrap(api.DELETE("/api/inference/speakers/{name}", { params: { path: { name } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: ["speakers"] }),
  })
}

function formOf(files: File[], fields: Record<string, string>) {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  for (const file of files) form.append("files", file)
  return form
}
