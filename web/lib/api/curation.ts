import { useMutation, useQuery, useQueryClient, type QueryClient } from "@tanstack/react-query"
import { UNDER_WAY } from "./cutting"
import { api, errorOf, goToLogin, unwrap, type Schemas } from "./client"
import { clipAudio, clipsKey, datasetKey, fileName, useRefresh, type Clip, type ClipEdit, type ClipPage } from "./datasets"

export type Xray = Schemas["XrayBody"]
export type XrayTotals = Schemas["XrayTotals"]
export type SoundEdit = Schemas["EditClipsBody"]
export type Version = Schemas["DatasetVersion"]
export type Fix = "trim" | "split" | "merge" | "normalise" | "drop"

const path = (name: string) => ({ params: { path: { name } } })

/** What the last x-ray found, summed up. */
export function useXray(name: string) {
  return useQuery({ queryKey: [...datasetKey(name), "xray"], queryFn: () => unwrap(api.GET("/api/datasets/{name}/xray", path(name))) })
}

export function useStartXray(name: string) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: async () => (await unwrap(api.POST("/api/datasets/{name}/xray", path(name)))).job,
    onSuccess: () => client.invalidateQueries({ queryKey: UNDER_WAY }),
  })
}

/** Changes one clip's text, language or state. */
export const editClip = (name: string, file: string, edit: ClipEdit) =>
  unwrap(api.PATCH("/api/datasets/{name}/chunks/{file}", { params: { path: { name, file: fileName(file) } }, body: edit }))

/** Writes a clip into every page that is here. */
export function writeClip(client: QueryClient, name: string, file: string, change: (clip: Clip) => Clip) {
  client.setQueriesData<ClipPage>({ queryKey: clipsKey(name) }, (page) =>
    page && { ...page, chunks: page.chunks.map((clip) => (clip.file === file ? change(clip) : clip)) })
}

/** After a text was saved: the clips stay as they are shown, what sums them up is asked for again. */
export function refreshSums(client: QueryClient, name: string) {
  void client.invalidateQueries({ queryKey: ["datasets"] })
  for (const part of ["xray", "changes"]) void client.invalidateQueries({ queryKey: [...datasetKey(name), part] })
}

type Marks = Pick<ClipEdit, "state" | "language">

/** Drops, restores or sets the language of clips, one or thousands; shown at once, taken back where it is refused. */
export function useMarkClips(name: string) {
  const client = useQueryClient()
  const refresh = useRefresh(name)
  return useMutation({
    mutationFn: ({ files, marks }: { files: string[]; marks: Marks }) =>
      unwrap(api.POST("/api/datasets/{name}/chunks", { ...path(name), body: { files, ...marks } })),
    onMutate: async ({ files, marks }) => {
      await client.cancelQueries({ queryKey: clipsKey(name) })
      const before = client.getQueriesData<ClipPage>({ queryKey: clipsKey(name) })
      const these = new Set(files)
      client.setQueriesData<ClipPage>({ queryKey: clipsKey(name) }, (page) =>
        page && { ...page, chunks: page.chunks.map((clip) => (these.has(clip.file) ? { ...clip, state: marks.state ?? clip.state, language: marks.language ?? clip.language } : clip)) })
      return { before }
    },
    onError: (_error, _marks, context) => context?.before.forEach(([key, page]) => client.setQueryData(key, page)),
    onSettled: refresh,
  })
}

/** Splits, merges, trims or normalises clips. */
export function useEditSound(name: string) {
  return useMutation({
    mutationFn: (body: SoundEdit) => unwrap(api.POST("/api/datasets/{name}/edit", { ...path(name), body })),
    onSettled: useRefresh(name),
  })
}

/** What can be undone and done again, of each the next one first. */
export function useChanges(name: string) {
  return useQuery({ queryKey: [...datasetKey(name), "changes"], queryFn: () => unwrap(api.GET("/api/datasets/{name}/changes", path(name))) })
}

export function useTurn(name: string) {
  return useMutation({
    mutationFn: (way: "undo" | "redo") => unwrap(api.POST(`/api/datasets/{name}/${way}`, path(name))),
    onSettled: useRefresh(name),
  })
}

export function useVersions(name: string, enabled: boolean) {
  return useQuery({
    queryKey: [...datasetKey(name), "versions"],
    queryFn: async () => (await unwrap(api.GET("/api/datasets/{name}/versions", path(name)))).versions,
    enabled,
  })
}

export function useSaveVersion(name: string) {
  return useMutation({
    mutationFn: (note: string) => unwrap(api.POST("/api/datasets/{name}/versions", { ...path(name), body: { note } })),
    onSettled: useRefresh(name),
  })
}

export function useRestoreVersion(name: string) {
  return useMutation({
    mutationFn: (version_id: number) =>
      unwrap(api.POST("/api/datasets/{name}/versions/{version_id}/restore", { params: { path: { name, version_id } } })),
    onSettled: useRefresh(name),
  })
}

const OUTLINE_BARS = 400

/** A clip's outline, its loudest sample per bar, from 0 to 1. A file of sound never changes. */
export function useOutline(name: string, file: string) {
  return useQuery({
    queryKey: ["outline", name, file],
    queryFn: async ({ signal }) => {
      const answer = await fetch(clipAudio(name, file), { signal })
      if (!answer.ok) throw new Error(String(answer.status))
      const sound = await new OfflineAudioContext(1, 1, 22_050).decodeAudioData(await answer.arrayBuffer())
      return outline(sound.getChannelData(0), OUTLINE_BARS)
    },
    staleTime: "static",
    retry: false,
  })
}

function outline(samples: Float32Array, bars: number): Float32Array {
  return Float32Array.from({ length: bars }, (_, bar) => {
    let most = 0
    for (let i = Math.floor((bar * samples.length) / bars); i < ((bar + 1) * samples.length) / bars; i++) most = Math.max(most, Math.abs(samples[i]!))
    return most
  })
}

export type ImportWish = { file: File; name: string; format: string; language: string | null }
/** What an import ends with; a job's result is not typed in the API. */
export type ImportResult = { dataset: string; added: number; left_out: Schemas["Rejection"][]; notices: string[] }

/** Sends a file with a dataset; a job then reads it. */
export function useImportDataset() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: async ({ file, name, format, language }: ImportWish) => {
      const body = new FormData()
      for (const [field, value] of Object.entries({ name, format, language })) if (value) body.append(field, value)
      body.append("files", file, file.name)
      const answer = await fetch("/api/datasets/import", { method: "POST", body })
      if (answer.status === 401) goToLogin()
      const told: unknown = await answer.json().catch(() => undefined)
      if (!answer.ok) throw errorOf(told, answer.status)
      return (told as Schemas["JobBody"]).job
    },
    onSuccess: () => client.invalidateQueries({ queryKey: UNDER_WAY }),
  })
}
