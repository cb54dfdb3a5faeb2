"use client"
import { useCallback, useEffect, useRef, useState } from "react"
import { uploadRecording, useAddRecording, type Recording } from "@/lib/api/recordings"

export type Upload = {
  key: number
  name: string
  size: number
  sent: number
  state: "waiting" | "sending" | "done" | "failed"
  recording?: Recording
  error?: unknown
}

/** Files on their way to the server, one after the other, each with its own fate. */
export function useUploads(onArrived: (recording: Recording) => void) {
  const [uploads, setUploads] = useState<Upload[]>([])
  const queue = useRef<{ key: number; file: File }[]>([])
  const running = useRef(false)
  const nextKey = useRef(0)
  const aborts = useRef(new Map<number, AbortController>())
  const addRecording = useAddRecording()
  const arrived = useRef({ onArrived, addRecording })
  useEffect(() => {
    arrived.current = { onArrived, addRecording }
  })

  const change = useCallback(
    (key: number, changes: Partial<Upload>) => setUploads((all) => all.map((one) => (one.key === key ? { ...one, ...changes } : one))),
    [],
  )

  const send = useCallback(async (key: number, file: File) => {
    const abort = aborts.current.get(key)
    if (!abort) return // taken off the list while it was waiting
    change(key, { state: "sending" })
    try {
      const recording = await uploadRecording(file, (sent) => change(key, { sent }), abort.signal)
      change(key, { state: "done", sent: file.size, recording })
      arrived.current.addRecording(recording)
      arrived.current.onArrived(recording)
    } catch (error) {
      if (!abort.signal.aborted) change(key, { state: "failed", error })
    }
  }, [change])

  const add = useCallback(async (files: File[]) => {
    const fresh = files.map((file) => ({ key: nextKey.current++, file }))
    for (const { key } of fresh) aborts.current.set(key, new AbortController())
    queue.current.push(...fresh)
    setUploads((all) => [
      ...all,
      ...fresh.map(({ key, file }) => ({ key, name: file.name, size: file.size, sent: 0, state: "waiting" as const })),
    ])
    if (running.current) return
    running.current = true
    for (let next = queue.current.shift(); next; next = queue.current.shift()) await send(next.key, next.file)
    running.current = false
  }, [send])

  /** Ends an upload if it is under way, and takes it off the list. */
  const remove = useCallback((key: number) => {
    aborts.current.get(key)?.abort()
    aborts.current.delete(key)
    setUploads((all) => all.filter((one) => one.key !== key))
  }, [])

  return { uploads, add, remove }
}
