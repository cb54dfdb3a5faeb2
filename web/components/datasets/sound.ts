import { useSyncExternalStore } from "react"
import { clipAudio } from "@/lib/api/datasets"

type Now = { file: string | null; playing: boolean; at_s: number }

/** Plays the clips of a dataset, one at a time. What it does now is told to those who listen, once a frame. */
export class Sound {
  private now: Now = { file: null, playing: false, at_s: 0 }
  private audio: HTMLAudioElement | null = null
  private frame = 0
  private readonly listeners = new Set<() => void>()

  constructor(private readonly dataset: string) {}

  readonly subscribe = (listener: () => void) => {
    this.listeners.add(listener)
    return () => void this.listeners.delete(listener)
  }

  isPlaying = (file: string) => this.now.playing && this.now.file === file

  /** Where the clip is, in seconds from its start. */
  at_s = (file: string) => (this.now.file === file ? this.now.at_s : 0)

  toggle(file: string) {
    if (this.isPlaying(file)) this.audio?.pause()
    else this.play(file)
  }

  play(file: string) {
    const audio = this.load(file)
    if (audio.ended) audio.currentTime = 0
    audio.play().catch(() => this.tell({ playing: false }))
  }

  seek(file: string, at_s: number) {
    this.load(file).currentTime = at_s
    this.tell({ at_s })
  }

  stop() {
    this.audio?.pause()
  }

  private load(file: string): HTMLAudioElement {
    const audio = (this.audio ??= this.make())
    if (this.now.file !== file) {
      audio.pause()
      audio.src = clipAudio(this.dataset, file)
      this.tell({ file, playing: false, at_s: 0 })
    }
    return audio
  }

  private make(): HTMLAudioElement {
    const audio = new Audio()
    audio.onplay = () => {
      this.tell({ playing: true })
      this.follow()
    }
    audio.onpause = audio.onended = audio.onerror = () => this.tell({ playing: false, at_s: audio.ended ? 0 : audio.currentTime })
    return audio
  }

  private readonly follow = () => {
    cancelAnimationFrame(this.frame)
    if (!this.audio || this.audio.paused) return
    this.tell({ at_s: this.audio.currentTime })
    this.frame = requestAnimationFrame(this.follow)
  }

  private tell(change: Partial<Now>) {
    this.now = { ...this.now, ...change }
    this.listeners.forEach((listener) => listener())
  }
}

export const useIsPlaying = (sound: Sound, file: string) => useSyncExternalStore(sound.subscribe, () => sound.isPlaying(file), () => false)

export const usePosition = (sound: Sound, file: string) => useSyncExternalStore(sound.subscribe, () => sound.at_s(file), () => 0)
