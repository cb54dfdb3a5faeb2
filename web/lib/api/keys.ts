import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query"
import { api, unwrap, type Schemas } from "./client"

export type Key = Schemas["Key"]
export type KeyMade = Schemas["KeyMade"]
export type KeyDefaults = Schemas["KeyDefaults"]
export type KeyUpdate = Schemas["KeyUpdate"]

export function useKeys() {
  return useQuery({ queryKey: ["keys"], queryFn: () => unwrap(api.GET("/api/keys", { params: { query: { limit: 1000 } } })) })
}

function useChange<T, R>(change: (asked: T) => Promise<R>) {
  const client = useQueryClient()
  return useMutation({ mutationFn: change, onSuccess: () => client.invalidateQueries({ queryKey: ["keys"] }) })
}

/** Makes a key; its secret is in the answer and nowhere else. */
export const useCreateKey = () => useChange((name: string) => unwrap(api.POST("/api/keys", { body: { name } })))

export const useChangeKey = () =>
  useChange(({ id, ...body }: KeyUpdate & { id: string }) => unwrap(api.PUT("/api/keys/{key_id}", { params: { path: { key_id: id } }, body })))

export const useRevokeKey = () => useChange((id: string) => unwrap(api.DELETE("/api/keys/{key_id}", { params: { path: { key_id: id } } })))
