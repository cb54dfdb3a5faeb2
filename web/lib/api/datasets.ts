import { keepPreviousData, useMutation, useQueries, useQuery, useQueryClient } from "@tanstack/react-query"
import { api, unwrap, type Schemas } from "./client"

export type DatasetSummary = Schemas["DatasetSummary"]
export type Clip = Schemas["Chunk"]
export type ClipEdit = Schemas["ChunkEdit"]
export type ClipState = Clip["state"]
export type ClipReport = Schemas["ClipReport"]
export type Finding = Schemas["Finding"]
export type Light = ClipReport["light"]
export type Order = "list" | "doubt" | "duration" | "confidence"
export type ClipPage = Schemas["DatasetBody"]

/** Which clips to show, and in which order; what is left out means any. */
export type View = {
  order: Order
  q?: string
  state?: ClipState
  light?: Light
  finding?: string
  flag?: string
  recording?: string
  has_text?: boolean
}

export const CLIPS_PER_PAGE = 100

const LIST = ["datasets"] as const
export const datasetKey = (name: string) => ["dataset", name] as const
export const clipsKey = (name: string) => [...datasetKey(name), "clips"] as const

export const clipAudio = (dataset: string, file: string) =>
  `/api/datasets/${encodeURIComponent(dataset)}/chunks/${encodeURIComponent(fileName(file))}/audio`

/** "chunks/chunk_001.wav" -> "chunk_001.wav", as the routes take it. */
export const fileName = (file: string) => file.slice(file.lastIndexOf("/") + 1)

export function useDatasets() {
  return useQuery({
    queryKey: LIST,
    queryFn: async () => (await unwrap(api.GET("/api/datasets", { params: { query: { limit: 1000 } } }))).datasets,
  })
}

/** Everything about a dataset is asked for again. */
export function useRefresh(name: string) {
  const client = useQueryClient()
  return () => {
    void client.invalidateQueries({ queryKey: datasetKey(name) })
    void client.invalidateQueries({ queryKey: LIST })
  }
}

/** The clips of some pages of a view, by their place in it; those not here yet are undefined. */
export function useClips(name: string, view: View, pages: readonly number[], live: boolean) {
  return useQueries({
    queries: pages.map((page) => ({
      queryKey: [...clipsKey(name), view, page] as const,
      queryFn: () =>
        unwrap(api.GET("/api/datasets/{name}", {
          params: { path: { name }, query: { ...view, limit: CLIPS_PER_PAGE, offset: page * CLIPS_PER_PAGE } },
        })),
      refetchInterval: live ? 3000 : (false as const),
    })),
    combine: (answers) => ({
      body: answers.find((answer) => answer.data)?.data,
      error: answers.find((answer) => answer.error)?.error ?? null,
      clip: (index: number) => {
        const page = Math.floor(index / CLIPS_PER_PAGE)
        return answers[pages.indexOf(page)]?.data?.chunks[index - page * CLIPS_PER_PAGE]
      },
      report: (file: string) => {
        for (const { data } of answers) {
          const found = data?.reports?.find((one) => one.file === file)
          if (found) return found
        }
      },
    }),
  })
}

/** The files of all clips of a view, in its order. */
export const listFiles = async (name: string, view: View) =>
  (await unwrap(api.GET("/api/datasets/{name}/files", { params: { path: { name }, query: view } }))).files

/** The recordings that a dataset was cut from. */
export function useSources(name: string) {
  return useQuery({
    queryKey: [...datasetKey(name), "recordings"],
    queryFn: async () => (await unwrap(api.GET("/api/datasets/{name}", { params: { path: { name }, query: { limit: 1 } } }))).recordings,
    placeholderData: keepPreviousData,
  })
}

/** `onDeleted` is heard before the list is, which takes away what asked. */
export function useDeleteDataset(onDeleted: () => void) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (name: string) => unwrap(api.DELETE("/api/datasets/{name}", { params: { path: { name } } })),
    onSuccess: (_nothing, name) => {
      onDeleted()
      client.removeQueries({ queryKey: datasetKey(name) })
      client.setQueryData<DatasetSummary[]>(LIST, (list) => list?.filter((one) => one.name !== name))
    },
    onSettled: () => client.invalidateQueries({ queryKey: LIST }),
  })
}
