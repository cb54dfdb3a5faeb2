"use client"
import { useSyncExternalStore } from "react"

const RATE_HZ = 24_000
const SHORTEST_LEAD_S = 0.2
const LONGEST_LEAD_S = 8
const AHEAD_S = 10 // so much is handed to the browser at a time
const KEPT_S = 900 // no more is kept unheard: the rest is played from the history
const TICK_MS = 100

/** `timeS` was heard of the `madeS` that arrived; `buffering` waits for more to arrive. */
export type Hearing = { state: "buffering" | "playing" | "paused" | "ended"; timeS: number; madeS: number }

/**
 * Plays 16-bit mono PCM at 24 kHz while it arrives. Where it arrives slower than it is heard, it waits, each time a
 * little longer, so that words are not torn more often than needed.
 */
export class LiveSound {
  private readonly context = new AudioContext({ sampleRate: RATE_HZ })
  private readonly timer = setInterval(() => this.tick(), TICK_MS)
  private readonly listeners = new Set<() => void>()
  private unheard: Int16Array<ArrayBuffer>[] = []
  private unheardS = 0
  private plannedS = 0
  private plannedUntil = 0 // on the context's clock
  private leadS = SHORTEST_LEAD_S
  private madeS = 0
  private complete = false
  private now: Hearing = { state: "buffering", timeS: 0, madeS: 0 }

  /** Adds a piece. */
  push(samples: Int16Array<ArrayBuffer>) {
    this.complete = false
    const lengthS = samples.length / RATE_HZ
    if (this.unheardS + lengthS < KEPT_S) {
      this.unheard.push(samples)
      this.unheardS += lengthS
    }
    this.madeS += lengthS
    this.tick()
  }

  /** No more will come, unless it is spoken again. */
  finish() {
    this.complete = true
    this.tick()
  }

  toggle() {
    void (this.context.state === "running" ? this.context.suspend() : this.context.resume()).then(() => this.tick())
  }

  /** Falls silent for good. */
  close() {
    clearInterval(this.timer)
    this.now = { ...this.now, state: "ended" }
    for (const listener of this.listeners) listener()
    this.listeners.clear()
    if (this.context.state !== "closed") void this.context.close()
  }

  readonly subscribe = (listener: () => void) => {
    this.listeners.add(listener)
    return () => void this.listeners.delete(listener)
  }

  readonly snapshot = () => this.now

  private tick() {
    const time = this.context.currentTime
    if (this.plannedUntil <= time && this.unheard.length && (this.complete || this.unheardS >= this.leadS)) {
      if (this.plannedS) this.leadS = Math.min(LONGEST_LEAD_S, 2 * this.leadS)
      this.plannedUntil = time + 0.05
    }
    while (this.plannedUntil > time && this.plannedUntil < time + AHEAD_S && this.unheard.length) this.plan(this.unheard.shift()!)
    const timeS = Math.max(this.now.timeS, this.plannedS - Math.max(0, this.plannedUntil - time))
    const next = { timeS, madeS: this.madeS, state: this.stateAt(time) }
    if (next.timeS === this.now.timeS && next.madeS === this.now.madeS && next.state === this.now.state) return
    this.now = next
    for (const listener of this.listeners) listener()
  }

  private stateAt(time: number): Hearing["state"] {
    const silent = this.plannedUntil <= time
    if (this.complete && silent && !this.unheard.length) return "ended"
    if (this.context.state !== "running") return "paused"
    return silent ? "buffering" : "playing"
  }

  private plan(samples: Int16Array) {
    if (!samples.length) return
    const buffer = this.context.createBuffer(1, samples.length, RATE_HZ)
    buffer.getChannelData(0).set(Float32Array.from(samples, (value) => value / 32768))
    const source = this.context.createBufferSource()
    source.buffer = buffer
    source.connect(this.context.destination)
    source.start(this.plannedUntil)
    this.plannedUntil += buffer.duration
    this.plannedS += buffer.duration
    this.unheardS -= buffer.duration
  }
}

/** A live sound for speech that begins now, in the click that asked for it; null in a browser that can't. */
export function liveSound(): LiveSound | null {
  try {
    return new LiveSound()
  } catch {
    return null
  }
}

const silent = () => () => undefined

/** Where a live sound is; null while there is none. */
export function useHearing(sound: LiveSound | null): Hearing | null {
  return useSyncExternalStore(sound?.subscribe ?? silent, () => sound?.snapshot() ?? null, () => null)
}
