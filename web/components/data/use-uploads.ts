"use client"
import { useCallback, useEffect, useState, useSyncExternalStore } from "react"
import { useAddRecording, type Recording } from "@/lib/api/recordings"
import { useRefreshUploads, useStartedUploads, type Upload as Started } from "@/lib/api/uploads"
import { forget, isFileOf, uploadQueue, type Upload } from "./upload-queue"

const NONE: Upload[] = []

/** The uploads of this page, and those that began before it was opened and wait for their file. */
export function useUploads(onArrived: (recording: Recording) => void) {
  const uploads = useSyncExternalStore(uploadQueue.subscribe, uploadQueue.snapshot, () => NONE)
  const started = useStartedUploads()
  const refresh = useRefreshUploads()
  const addRecording = useAddRecording()
  const [gone, setGone] = useState<string[]>([])
  const begun = (started.data ?? []).filter((one) => !gone.includes(one.id) && !uploads.some((upload) => upload.id === one.id))

  useEffect(() => {
    uploadQueue.onArrived = (recording) => {
      addRecording(recording)
      onArrived(recording)
    }
    return () => {
      uploadQueue.onArrived = null
    }
  })

  /** Sends files; one of which a part was sent before goes on there. */
  const add = (files: File[]) => files.forEach((file) => uploadQueue.add(file, begun.find((one) => isFileOf(file, one))))

  const remove = useCallback(async (key: number) => {
    const id = uploadQueue.snapshot().find((one) => one.key === key)?.id
    if (id) setGone((all) => [...all, id])
    await uploadQueue.remove(key)
    await refresh()
  }, [refresh])

  const throwAway = async (upload: Started) => {
    setGone((all) => [...all, upload.id])
    await forget(upload.id)
    await refresh()
  }

  return { uploads, begun, add, remove, throwAway }
}
