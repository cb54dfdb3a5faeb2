"use client"
import { useMutation, useQueryClient } from "@tanstack/react-query"
import { useCallback, useEffect, useRef, useState } from "react"
import { endSpeech } from "@/lib/api/speech"
import { changeDraft, type Asked } from "./draft"
import { liveSound } from "./live-sound"
import { BrokenOff, Speaking } from "./speaking"

/**
 * Speaks one text at a time. `waiting` is the id of the request that has no sound yet, `run` what has arrived and is heard
 * of it, `cut` whether nobody answers, `data` the speech once all of it is there, `part` whether what arrived is all there
 * will be. `stop` ends it, and so does leaving the page. What broke off can be gone on with: it is spoken again, the same,
 * and heard from where it broke off.
 */
export function useGenerate() {
  const client = useQueryClient()
  const running = useRef<Speaking | null>(null)
  const [run, setRun] = useState<Speaking | null>(null)
  const [waiting, setWaiting] = useState<string | null>(null)
  const [cut, setCut] = useState(false)
  const end = useCallback(() => {
    const { current } = running
    current?.abort.abort()
    current?.sound?.close()
    if (current?.speechId) endSpeech(current.speechId)
    if (current) current.speechId = null
  }, [])
  const speak = useMutation({
    mutationFn: ({ request, before }: { request: Asked; before?: Speaking | null }) => {
      if (!before) end()
      const next = before?.again() ?? new Speaking(request, request.stream ? liveSound() : null)
      running.current = next
      setRun(next)
      setCut(false)
      return next.speak({ wait: setWaiting, cut: setCut })
    },
    onError: (error) => {
      setCut(false)
      if (error instanceof BrokenOff) return running.current?.sound?.finish()
      running.current?.sound?.close()
      if (!isStop(error)) setRun(null)
    },
    onSuccess: (speech) => {
      if (speech) changeDraft({ lastSeed: speech.seed })
      return client.invalidateQueries({ queryKey: ["speech"] })
    },
  })
  useEffect(() => {
    addEventListener("pagehide", end)
    return () => {
      removeEventListener("pagehide", end)
      end()
    }
  }, [end])
  const stopped = isStop(speak.error)
  return {
    ...speak,
    error: stopped ? null : speak.error,
    waiting: speak.isPending ? waiting : null,
    cut: speak.isPending && cut,
    part: stopped || speak.error instanceof BrokenOff,
    run,
    generate: (request: Asked) => speak.mutate({ request }),
    goOn: () => run && speak.mutate({ request: run.request, before: run }),
    stop: end,
  }
}

const isStop = (error: Error | null) => error?.name === "AbortError"
