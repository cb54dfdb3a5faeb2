import { useMutation, useQueries, useQuery, useQueryClient } from "@tanstack/react-query"
import { api, unwrap, type Schemas } from "./client"

export type DatasetSummary = Schemas["DatasetSummary"]
export type Clip = Schemas["Chunk"]
export type ClipEdit = Schemas["ChunkEdit"]
export type ClipState = Clip["state"]
export type Check = Schemas["CheckResult"]
type ClipPage = Schemas["DatasetBody"]

export const CLIPS_PER_PAGE = 100

const LIST = ["datasets"] as const
const clipsKey = (name: string) => ["dataset", name] as const

export const clipAudio = (dataset: string, clip: Clip) =>
  `/api/datasets/${encodeURIComponent(dataset)}/chunks/${encodeURIComponent(fileName(clip.file))}/audio`

/** "chunks/chunk_001.wav" -> "chunk_001.wav", as the routes take it. */
export const fileName = (file: string) => file.slice(file.lastIndexOf("/") + 1)

export function useDatasets() {
  return useQuery({
    queryKey: LIST,
    queryFn: async () => (await unwrap(api.GET("/api/datasets", { params: { query: { limit: 1000 } } }))).datasets,
  })
}

/** The clips of the pages `first` … `last` of a dataset, by their place in it; those not here yet are undefined. */
export function useClips(name: string, state: ClipState | undefined, first: number, last: number, live: boolean) {
  const pages = Array.from({ length: Math.max(0, last - first) + 1 }, (_, i) => first + i)
  return useQueries({
    queries: pages.map((page) => ({
      queryKey: [...clipsKey(name), state ?? "all", page] as const,
      queryFn: () =>
        unwrap(api.GET("/api/datasets/{name}", {
          params: { path: { name }, query: { state, limit: CLIPS_PER_PAGE, offset: page * CLIPS_PER_PAGE } },
        })),
      refetchInterval: live ? 3000 : (false as const),
    })),
    combine: (answers) => ({
      total: answers.find((answer) => answer.data)?.data?.total,
      error: answers.find((answer) => answer.error)?.error ?? null,
      clip: (index: number) => {
        const page = Math.floor(index / CLIPS_PER_PAGE)
        return answers[page - first]?.data?.chunks[index - page * CLIPS_PER_PAGE]
      },
    }),
  })
}

/** Edits clips; the page shows the change at once, and takes it back where the server refuses it. */
export function useEditClip(name: string) {
  const client = useQueryClient()
  const write = (file: string, change: (clip: Clip) => Clip) =>
    client.setQueriesData<ClipPage>({ queryKey: clipsKey(name) }, (page) =>
      page && { ...page, chunks: page.chunks.map((clip) => (clip.file === file ? change(clip) : clip)) })
  return useMutation({
    mutationFn: ({ clip, edit }: { clip: Clip; edit: ClipEdit }) =>
      unwrap(api.PATCH("/api/datasets/{name}/chunks/{file}", { params: { path: { name, file: fileName(clip.file) } }, body: edit })),
    onMutate: async ({ clip, edit }) => {
      await client.cancelQueries({ queryKey: clipsKey(name) })
      write(clip.file, (now) => ({
        ...now,
        text: edit.text ?? now.text,
        state: edit.state ?? now.state,
        language: edit.language ?? now.language,
      }))
    },
    onSuccess: ({ chunk }) => write(chunk.file, () => chunk),
    onError: (_error, { clip }) => write(clip.file, () => clip),
    onSettled: (_data, _error, { edit }) => {
      void client.invalidateQueries({ queryKey: LIST })
      if (edit.state) void client.invalidateQueries({ queryKey: clipsKey(name) }) // it may leave the list that is shown
    },
  })
}

export function useDeleteDataset() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (name: string) => unwrap(api.DELETE("/api/datasets/{name}", { params: { path: { name } } })),
    onSuccess: (_nothing, name) => {
      client.removeQueries({ queryKey: clipsKey(name) })
      client.setQueryData<DatasetSummary[]>(LIST, (list) => list?.filter((one) => one.name !== name))
    },
    onSettled: () => client.invalidateQueries({ queryKey: LIST }),
  })
}

/** Which clips training would use, and why not the others. */
export function useCheck() {
  return useMutation({
    mutationFn: (name: string) => unwrap(api.POST("/api/datasets/{name}/check", { params: { path: { name } } })),
  })
}
