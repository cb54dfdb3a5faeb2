import { useQuery } from "@tanstack/react-query"
import { api, leaveBy, unwrap } from "./client"

export const signIn = (username: string, password: string) =>
  unwrap(api.POST("/api/auth/login", { body: { username, password } }))

export const signOut = () => leaveBy(() => unwrap(api.POST("/api/auth/logout")))

export function useMe() {
  return useQuery({ queryKey: ["me"], queryFn: () => unwrap(api.GET("/api/auth/me")), staleTime: 60_000 })
}
