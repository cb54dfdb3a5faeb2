import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query"
import { useCallback, useEffect, useRef, useState } from "react"
import { newId } from "@/lib/utils"
import { api, unwrap, type Schemas } from "./client"

export type Take = Schemas["Take"]
export type Takes = Schemas["Takes"]

const history = (speechId: string) => `/api/inference/history/${encodeURIComponent(speechId)}`
export const takeAudio = (take: Take) => `${history(take.speech_id)}/takes/${encodeURIComponent(take.id)}/audio`
export const sentenceAudio = (speechId: string, sentence: number) => `${history(speechId)}/sentences/${sentence}/audio`

const keyOf = (speechId: string) => ["takes", speechId]

export function useTakes(speechId: string) {
  return useQuery({
    queryKey: keyOf(speechId),
    queryFn: () => unwrap(api.GET("/api/inference/history/{speech_id}/takes", { params: { path: { speech_id: speechId } } })),
    retry: false,
  })
}

/** Speaks a sentence once more; `waiting` is what the queue calls it meanwhile. `stop` ends it, and so does leaving. */
export function useMakeTake(speechId: string, sentence: number) {
  const client = useQueryClient()
  const running = useRef<AbortController | null>(null)
  const [waiting, setWaiting] = useState<string | null>(null)
  const stop = useCallback(() => running.current?.abort(), [])
  const make = useMutation({
    mutationFn: async () => {
      running.current = new AbortController()
      const requestId = newId()
      setWaiting(requestId)
      const params = { path: { speech_id: speechId }, header: { "X-Request-Id": requestId } }
      const { signal } = running.current
      return (await unwrap(api.POST("/api/inference/history/{speech_id}/takes", { params, body: { sentence }, signal }))).take
    },
    onSuccess: (take) =>
      client.setQueryData<Takes>(keyOf(speechId), (had) => had && { ...had, takes: [...had.takes.filter(({ id }) => id !== take.id), take] }),
  })
  useEffect(() => stop, [stop])
  return { ...make, waiting: make.isPending ? waiting : null, error: make.error?.name === "AbortError" ? null : make.error, stop }
}

/** Forgets a take. */
export function useDeleteTake(speechId: string) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (id: string) => unwrap(api.DELETE("/api/inference/history/{speech_id}/takes/{take_id}", { params: { path: { speech_id: speechId, take_id: id } } })),
    onSuccess: (_, id) => client.setQueryData<Takes>(keyOf(speechId), (had) => had && { ...had, takes: had.takes.filter((take) => take.id !== id) }),
  })
}

/** Under which name this browser keeps which takes of a speech are chosen. */
export const choiceKey = (speechId: string) => `takes:${speechId}`

/** Makes a new speech of the chosen takes; null is the sentence as the speech has it. */
export function useJoinTakes(speechId: string) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: async (takes: (string | null)[]) =>
      (await unwrap(api.POST("/api/inference/history/{speech_id}/join", { params: { path: { speech_id: speechId } }, body: { takes } }))).speech,
    onSuccess: () => client.invalidateQueries({ queryKey: ["speech"] }),
  })
}
