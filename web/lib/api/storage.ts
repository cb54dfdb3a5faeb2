import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query"
import { api, unwrap, type Schemas } from "./client"

export type StoredKind = Schemas["StoredKind"]
export type Cleanable = Schemas["CleanableKind"]

const KEY = ["storage"] as const

/** The server counts every file for this: it is asked once in a while. */
export function useStorage() {
  return useQuery({ queryKey: KEY, queryFn: () => unwrap(api.GET("/api/storage")), staleTime: 60_000 })
}

export function useCleanStorage() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (kind: Cleanable["kind"]) => unwrap(api.POST("/api/storage/clean", { body: { kinds: [kind] } })),
    onSuccess: () => client.invalidateQueries({ queryKey: KEY }),
  })
}
