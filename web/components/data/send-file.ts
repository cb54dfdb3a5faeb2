import { ApiError } from "@/lib/api/client"
import type { Recording } from "@/lib/api/recordings"
import { finishUpload, getUpload, sendPart, startUpload, type Upload } from "@/lib/api/uploads"
import { Patience } from "@/lib/patience"

const PART_BYTES = 8 * 1024 * 1024
const MOST_DEATHS = 3 // of workers: a file may be one that they die of

export type Told = { id: string; sent: number } | { state: "sending" | "retrying" | "reading" } | { read: number }

/**
 * Sends a file in parts, from where the server has it on, and gives the recording that came of it. Where the server
 * doesn't answer it waits, each time longer, asks how much has arrived, and goes on. Throws what waiting can't mend, and
 * an AbortError when `signal` ends it.
 */
export async function sendFile(file: File, id: string | null, tell: (told: Told) => void, signal: AbortSignal): Promise<Recording> {
  let doing: "sending" | "reading" = "sending"
  let deaths = 0
  const patience = new Patience((waiting) => tell({ state: waiting ? "retrying" : doing }), signal)
  const known = (upload: Upload) => {
    tell({ id: upload.id, sent: upload.received_bytes })
    signal.throwIfAborted() // only now: what was begun has to be known, to be taken back
    return upload
  }
  const begin = async () => known(await patience.with(() => startUpload(file)))
  const goOn = async (id: string) => {
    const begun = await patience.with(() => getUpload(id, signal))
    return begun ? known(begun) : begin()
  }
  const send = async ({ id, received_bytes: offset }: Upload) => {
    const part = file.slice(offset, offset + PART_BYTES)
    try {
      return await sendPart(id, offset, part, (bytes) => tell({ id, sent: Math.min(offset + bytes, file.size) }), signal)
    } catch (error) {
      await part.slice(0, 1).arrayBuffer() // a file that was moved or changed can't be read, which looks like a lost network
      throw error
    }
  }

  let upload = id ? await goOn(id) : await begin()
  for (;;) {
    doing = upload.received_bytes < file.size ? "sending" : "reading"
    tell({ state: doing })
    try {
      if (doing === "reading") return await finish(upload.id, (read) => tell({ read }), signal)
      upload = known(await send(upload))
      patience.restore()
    } catch (error) {
      if (!canGoOn(error, doing) || (isDeath(error) && ++deaths >= MOST_DEATHS)) throw error
      await patience.wait(error)
      upload = await goOn(upload.id)
    }
  }
}

const READ_EVERY_MS = 700

/** Lets the server read what was sent; `onRead` hears how much of it is read, from 0 to 1, where that takes a while. */
async function finish(id: string, onRead: (fraction: number) => void, signal: AbortSignal): Promise<Recording> {
  const ask = () => getUpload(id, signal).then((upload) => upload?.read_fraction != null && onRead(upload.read_fraction)).catch(() => undefined)
  const timer = setInterval(() => void ask(), READ_EVERY_MS)
  try {
    return await finishUpload(id, signal)
  } finally {
    clearInterval(timer)
  }
}

/** A part that was cut off is refused, and counts as far as it came. What can't be read stays so. */
function canGoOn(error: unknown, doing: "sending" | "reading") {
  const status = error instanceof ApiError ? error.status : NaN
  return Patience.mends(error) || status === 404 || status === 409 || (status === 422 && doing === "sending")
}

const isDeath = (error: unknown) => error instanceof ApiError && error.code === "worker_died"
