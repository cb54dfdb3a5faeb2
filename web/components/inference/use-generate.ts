"use client"
import { useMutation, useQueryClient } from "@tanstack/react-query"
import { useCallback, useEffect, useRef, useState } from "react"
import { beginSpeech, spokenNow, type GenerateRequest } from "@/lib/api/speech"
import { liveSound, type LiveSound } from "./live-sound"

type Run = { abort: AbortController; sound: LiveSound | null }

/** Speech whose sound began and then broke off; what the server says of it can't be sent any more. */
export class BrokenOff extends Error {}

/**
 * Speaks one text at a time. `waiting` is the id of the request that has no sound yet, `sound` is what is heard as it is
 * made, `data` the speech once all of it is there. `stop` ends it, and so does leaving the page.
 */
export function useGenerate() {
  const client = useQueryClient()
  const running = useRef<Run | null>(null)
  const [waiting, setWaiting] = useState<string | null>(null)
  const [sound, setSound] = useState<LiveSound | null>(null)
  const end = useCallback(() => {
    running.current?.abort.abort()
    running.current?.sound?.close()
  }, [])
  const speak = useMutation({
    mutationFn: (request: GenerateRequest) => {
      end()
      const run = { abort: new AbortController(), sound: request.stream ? liveSound() : null }
      running.current = run
      setSound(run.sound)
      return spoken(request, run, setWaiting)
    },
    onError: () => {
      running.current?.sound?.close()
      setSound(null)
    },
    onSuccess: () => client.invalidateQueries({ queryKey: ["speech"] }),
  })
  useEffect(() => end, [end])
  const stopped = speak.error?.name === "AbortError"
  return { ...speak, error: stopped ? null : speak.error, waiting: speak.isPending ? waiting : null, sound, stop: end }
}

async function spoken(request: GenerateRequest, { abort, sound }: Run, wait: (requestId: string | null) => void) {
  const requestId = newId()
  wait(requestId)
  const begun = await beginSpeech(request, requestId, abort.signal)
  wait(null)
  await hear(begun.sound, sound)
  return spokenNow(begun.id)
}

async function hear(stream: ReadableStream<Uint8Array>, sound: LiveSound | null) {
  const reader = stream.getReader()
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) sound?.push(next.value)
  } catch (error) {
    throw (error as Error).name === "AbortError" ? error : new BrokenOff()
  }
  sound?.finish()
}

/** Random; `crypto.randomUUID` is not there on plain http. */
function newId() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("")
}
