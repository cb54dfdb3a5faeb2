"use client"
import { useSyncExternalStore } from "react"
import { BASE_MODEL } from "@/lib/api/models"
import type { AudioFormat, GenerateRequest, PreviewRequest, Speech } from "@/lib/api/speech"
import type { Language } from "@/lib/languages"

/** How a text is spoken: every setting but the text, the language, the voice, the model and the seed. */
export type Delivery = Omit<Required<GenerateRequest>, "text" | "language" | "speaker" | "model" | "seed" | "format" | "stream" | "grace_s">

export type Asked = Omit<GenerateRequest, "grace_s">

/**
 * What is being prepared to be said. `seed` is null where each speech has a new one, `lastSeed` what the
 * last one had; `play` is whether it is heard as it is made, `format` what it is saved as.
 */
export type Draft = Delivery & {
  text: string
  language: Language
  model: string
  speaker: string | undefined
  seed: number | null
  lastSeed: number | null
  play: boolean
  format: AudioFormat
}

export const MAX_CHARACTERS = 200_000

export const DELIVERY: Delivery = {
  temperature: 0.75,
  speed: 1,
  top_k: 50,
  top_p: 0.85,
  repetition_penalty: 5,
  length_penalty: 1,
  split: true,
  sentence_pause_ms: 0,
  paragraph_pause_ms: 400,
  loudness_lufs: null,
  precision: null,
  strength: 1,
}
const SETTINGS = Object.keys(DELIVERY) as (keyof Delivery)[]
const NEW_DRAFT: Draft = { ...DELIVERY, text: "", language: "en", model: BASE_MODEL, speaker: undefined, seed: null, lastSeed: null, play: true, format: "wav" }

const KEY = "speech-draft"
const listeners = new Set<() => void>()
let current: Draft | null = null

function read(): Draft {
  current ??= stored()
  return current
}

function stored(): Draft {
  try {
    return { ...NEW_DRAFT, ...(JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Draft>) }
  } catch {
    return NEW_DRAFT
  }
}

function subscribe(listener: () => void) {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

/** Changes the draft and keeps it in this browser. */
export function changeDraft(changes: Partial<Draft>) {
  current = { ...read(), ...changes }
  try {
    localStorage.setItem(KEY, JSON.stringify(current))
  } catch {
    // no room or no permission: the draft lives as long as the page
  }
  for (const listener of listeners) listener()
}

export const useDraft = () => useSyncExternalStore(subscribe, read, () => NEW_DRAFT)

/** What makes a speech again, the same: its settings and seed, and the precision that it was spoken with. */
export function draftOf(speech: Speech): Partial<Draft> {
  const { text, language, model, speaker, seed } = speech
  const settings = settingsOf(speech)
  return { ...DELIVERY, ...settings, precision: speech.precision ?? settings.precision ?? null, text, language: language as Language, model, speaker, seed }
}

/** Its settings; speech from before one of them was there lacks it. */
export function settingsOf(speech: Speech): Partial<Delivery> {
  return Object.fromEntries(Object.entries(speech.settings).filter(([name]) => (SETTINGS as string[]).includes(name)))
}

/** How many of these settings are not as usual. */
export function changed(draft: Draft, names: readonly (keyof Delivery)[]): number {
  return names.filter((name) => draft[name] !== DELIVERY[name]).length
}

export function requestOf(draft: Draft, speaker: string): Asked {
  const { text, language, model, seed, play } = draft
  const delivery = Object.fromEntries(SETTINGS.map((name) => [name, draft[name]])) as Delivery
  if (model === BASE_MODEL) delivery.strength = DELIVERY.strength // it has no fine-tuning, and shows no dial
  return { ...delivery, text, language, model, seed, speaker, format: "pcm", stream: play }
}

/** What of the draft decides about its pieces and their length; null while there is no text. */
export function previewOf({ text, language, model, speed, split, sentence_pause_ms, paragraph_pause_ms }: Draft, speaker: string | undefined): PreviewRequest | null {
  return text.trim() ? { text, language, model, speaker: speaker ?? null, speed, split, sentence_pause_ms, paragraph_pause_ms } : null
}
