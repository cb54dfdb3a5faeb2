import { useQuery } from "@tanstack/react-query"
import { api, unwrap } from "./client"

export const signIn = (username: string, password: string) =>
  unwrap(api.POST("/api/auth/login", { body: { username, password } }))

export async function signOut() {
  await unwrap(api.POST("/api/auth/logout"))
  location.assign("/login/")
}

export function useMe() {
  return useQuery({ queryKey: ["me"], queryFn: () => unwrap(api.GET("/api/auth/me")), staleTime: 60_000 })
}
