import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query"
import { api, unwrap, type Schemas } from "./client"

export type Settings = Schemas["SettingsBody"]
export type SystemInfo = Schemas["SystemInfo"]
export type ComputeCheck = Schemas["ComputeCheck"]
export type PreferencesUpdate = Schemas["PreferencesUpdate"]

export function useSettings() {
  return useQuery({ queryKey: ["settings"], queryFn: () => unwrap(api.GET("/api/settings")) })
}

export function useSaveSettings() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (body: PreferencesUpdate) => unwrap(api.PUT("/api/settings", { body })),
    onSuccess: (settings) => client.setQueryData(["settings"], settings),
  })
}

export function useUnload() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: () => unwrap(api.POST("/api/system/unload")),
    onSuccess: () => client.invalidateQueries({ queryKey: ["system"] }),
  })
}

export const testCompute = () => unwrap(api.POST("/api/system/compute/test"))

/** The machine; memory and workers change, so it is asked again now and then. */
export function useSystem() {
  return useQuery({ queryKey: ["system"], queryFn: () => unwrap(api.GET("/api/system")), refetchInterval: 10_000 })
}
