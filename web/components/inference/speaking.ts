import { ApiError } from "@/lib/api/client"
import { beginSpeech, hearOn, spokenNow, type Speech } from "@/lib/api/speech"
import { Patience } from "@/lib/patience"
import { newId } from "@/lib/utils"
import { Arrived } from "./arrived"
import type { Asked } from "./draft"
import type { LiveSound } from "./live-sound"

const CUT = [0, 502, 504] // nobody answers; anything else is an answer

/** Speech whose sound began and then broke off; `why` is what the server says of it, if it says anything. */
export class BrokenOff extends Error {
  constructor(readonly why: ApiError | null) {
    super()
  }
}

type Tell = { wait: (requestId: string | null) => void; cut: (cut: boolean) => void }

/** One speech from being asked for to its end, over however many connections. */
export class Speaking {
  readonly abort = new AbortController()
  /** Of speech that is being made. */
  speechId: string | null = null
  private seed: number | null = null
  private streamed = 0 // bytes that came
  private skipped = 0 // of which so many were here before

  constructor(readonly request: Asked, readonly sound: LiveSound | null, readonly arrived = new Arrived()) {}

  /** The same once more, to be heard from where it broke off. */
  again() {
    const next = new Speaking({ ...this.request, seed: this.seed ?? this.request.seed }, this.sound, this.arrived)
    next.skipped = this.arrived.bytes
    return next
  }

  /** Returns once all is here. Throws `BrokenOff` where some is, and an AbortError when it was ended. */
  async speak(tell: Tell): Promise<Speech | undefined> {
    const { signal } = this.abort
    const patience = new Patience((waiting) => waiting && tell.cut(true), signal)
    const requestId = newId()
    tell.wait(requestId)
    const begun = await this.begin(requestId)
    tell.wait(null)
    const { id } = begun
    this.speechId = id
    this.seed = begun.seed
    let sound = begun.sound
    while (!(await this.hear(sound))) {
      tell.cut(true)
      this.sound?.finish() // what is here is heard, however little: nobody knows when more comes
      sound = await answered(patience, () => hearOn(id, this.streamed, signal))
      tell.cut(false)
      patience.restore()
    }
    this.speechId = null
    this.sound?.finish()
    return answered(patience, () => spokenNow(id))
  }

  private async begin(requestId: string) {
    try {
      return await beginSpeech(this.request, requestId, this.abort.signal)
    } catch (error) {
      if (!this.arrived.bytes || (error as Error).name === "AbortError") throw error
      throw new BrokenOff(error instanceof ApiError && error.status ? error : null)
    }
  }

  /** Takes what comes; was it all? */
  private async hear(stream: ReadableStream<Uint8Array>) {
    const reader = stream.getReader()
    try {
      for (let next = await reader.read(); !next.done; next = await reader.read()) this.take(next.value)
      return true
    } catch (error) {
      if ((error as Error).name === "AbortError") throw error
      return false
    }
  }

  private take(bytes: Uint8Array) {
    const known = Math.max(0, this.skipped - this.streamed)
    this.streamed += bytes.length
    if (known >= bytes.length) return
    const samples = this.arrived.push(bytes.subarray(known))
    this.sound?.push(samples)
  }
}

/** Waits for an answer, however long it takes to come; one that says no is why the speech broke off. */
async function answered<T>(patience: Patience, ask: () => Promise<T>): Promise<T> {
  const answer = await patience.with(async () => {
    try {
      return { value: await ask() }
    } catch (error) {
      if (!(error instanceof ApiError) || CUT.includes(error.status)) throw error
      return { error }
    }
  })
  if ("value" in answer) return answer.value as T
  throw new BrokenOff(answer.error.status === 404 ? null : answer.error)
}
