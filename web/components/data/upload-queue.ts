import type { Recording } from "@/lib/api/recordings"
import { removeUpload, type Upload as Started } from "@/lib/api/uploads"
import { sendFile, type Told } from "./send-file"

export type Upload = {
  key: number
  name: string
  size: number
  sent: number
  state: "waiting" | "sending" | "retrying" | "paused" | "reading" | "done" | "failed" | "empty"
  id?: string
  bytes_per_s?: number
  /** How much of it the server has read, from 0 to 1, once all was sent. */
  read?: number
  recording?: Recording
  error?: unknown
}

const AT_ONCE = 2
const SPEED_OVER_MS = 5_000

/** What of an upload isn't shown. `orphan`: taken off the list before the server had said where it goes. */
type Work = { file: File; abort: AbortController; orphan?: boolean; seen: { at_ms: number; sent: number }[] }

/**
 * The uploads of this page, two at a time. They belong to no component: they go on while another page is looked at.
 * Those who listen hear of each change; `onArrived` hears of each recording.
 */
class UploadQueue {
  private uploads: Upload[] = []
  private readonly work = new Map<number, Work>()
  private readonly listeners = new Set<() => void>()
  private nextKey = 0
  private running = 0
  onArrived: ((recording: Recording) => void) | null = null

  readonly snapshot = () => this.uploads
  readonly subscribe = (listener: () => void) => {
    this.listeners.add(listener)
    return () => void this.listeners.delete(listener)
  }

  /** Sends a file, or the rest of one that was begun. */
  add(file: File, begun?: Started) {
    const key = this.nextKey++
    const upload: Upload = { key, name: file.name, size: file.size, sent: begun?.received_bytes ?? 0, state: "waiting", id: begun?.id }
    this.work.set(key, { file, abort: new AbortController(), seen: [] })
    this.show([...this.uploads, file.size ? upload : { ...upload, state: "empty" }])
    this.next()
  }

  pause(key: number) {
    this.change(key, { state: "paused", bytes_per_s: undefined })
    this.work.get(key)?.abort.abort()
  }

  /** Goes on with what was paused, or tries again what failed. */
  goOn(key: number) {
    const work = this.work.get(key)
    if (!work) return
    work.abort = new AbortController()
    this.change(key, { state: "waiting", error: undefined })
    this.next()
  }

  /** Ends an upload if it is under way, and takes it off the list; what has arrived of it is thrown away. */
  async remove(key: number) {
    const work = this.work.get(key)
    const upload = this.uploads.find((one) => one.key === key)
    if (work) work.orphan = !upload?.id
    work?.abort.abort()
    this.work.delete(key)
    this.show(this.uploads.filter((one) => one.key !== key))
    if (upload?.id && upload.state !== "done") await forget(upload.id)
  }

  private next() {
    while (this.running < AT_ONCE) {
      const upload = this.uploads.find((one) => one.state === "waiting")
      if (!upload) return
      this.running++
      this.change(upload.key, { state: "sending" })
      void this.run(upload, this.work.get(upload.key)!).finally(() => {
        this.running--
        this.next()
      })
    }
  }

  private async run({ key, id }: Upload, work: Work) {
    const { signal } = work.abort
    work.seen = []
    const tell = (told: Told) => {
      if ("id" in told) {
        id = told.id
        rememberFile(id, work.file)
      }
      if (!signal.aborted) this.change(key, "sent" in told ? { ...told, bytes_per_s: speed(work.seen, told.sent) } : told)
      else if ("id" in told) this.change(key, { id: told.id }) // paused while it began
    }
    try {
      const recording = await sendFile(work.file, id ?? null, tell, signal)
      this.change(key, { state: "done", sent: work.file.size, recording })
      if (id) forgetFile(id)
      this.onArrived?.(recording)
    } catch (error) {
      if (work.orphan && id) return forget(id)
      if (signal.aborted) return
      if (isRefused(error) && id) forgetFile(id) // the server keeps nothing of it
      this.change(key, { state: "failed", error, bytes_per_s: undefined, ...(isRefused(error) && { id: undefined }) })
    }
  }

  private change(key: number, changes: Partial<Upload>) {
    this.show(this.uploads.map((one) => (one.key === key ? { ...one, ...changes } : one)))
  }

  private show(uploads: Upload[]) {
    this.uploads = uploads
    for (const listener of this.listeners) listener()
  }
}

export const uploadQueue = new UploadQueue()

/** A file that can't be used: sending it again would change nothing. */
export const isRefused = (error: unknown) => [413, 415, 422].includes((error as { status?: number }).status ?? 0)

/** Throws away what has arrived of an upload. One that is gone already, or can't be reached, stays listed as begun. */
export async function forget(id: string) {
  forgetFile(id)
  await removeUpload(id).catch(() => undefined)
}

/** Bytes per second over the last few seconds; undefined before there is anything to tell. */
function speed(seen: Work["seen"], sent: number): number | undefined {
  const at_ms = performance.now()
  while (seen.length > 1 && at_ms - seen[0]!.at_ms > SPEED_OVER_MS) seen.shift()
  seen.push({ at_ms, sent })
  const [first] = seen
  const took_ms = at_ms - first!.at_ms
  return took_ms > 500 && sent > first!.sent ? (1000 * (sent - first!.sent)) / took_ms : undefined
}

const memo = (id: string) => `upload-${id}`
function rememberFile(id: string, file: File) {
  try {
    localStorage.setItem(memo(id), String(file.lastModified))
  } catch {
    // a full or forbidden store: name and size have to do
  }
}
const forgetFile = (id: string) => localStorage.removeItem(memo(id))

/** Is this the file of which a part was sent? One that was changed since would give a mixture of two. */
export function isFileOf(file: File, begun: Started): boolean {
  const changed = localStorage.getItem(memo(begun.id))
  return file.name === begun.name && file.size === begun.size_bytes && (changed === null || changed === String(file.lastModified))
}
