"use client"
import { useMutation, useQueryClient } from "@tanstack/react-query"
import { useEffect, useRef } from "react"
import { generateSpeech, type GenerateRequest } from "@/lib/api/speech"

/** Speaks one text at a time; `stop` ends it, and so does leaving the page. */
export function useGenerate() {
  const client = useQueryClient()
  const running = useRef<AbortController | null>(null)
  const speak = useMutation({
    mutationFn: (request: GenerateRequest) => {
      running.current?.abort()
      running.current = new AbortController()
      return generateSpeech(request, running.current.signal)
    },
    onSuccess: () => client.invalidateQueries({ queryKey: ["speech"] }),
  })
  useEffect(() => () => running.current?.abort(), [])
  const url = speak.data?.url
  useEffect(() => () => { if (url) URL.revokeObjectURL(url) }, [url])
  const stopped = speak.error?.name === "AbortError"
  return { ...speak, error: stopped ? null : speak.error, stop: () => running.current?.abort() }
}
