"use client"
import { useSyncExternalStore } from "react"
import { BASE_MODEL } from "@/lib/api/models"
import type { GenerateRequest, Speech } from "@/lib/api/speech"
import type { Language } from "@/lib/languages"

export type Sampling = Pick<GenerateRequest, "temperature" | "speed" | "top_k" | "top_p" | "repetition_penalty">

/** What is being prepared to be said. */
export type Draft = Sampling & { text: string; language: Language; model: string; speaker: string | undefined; seed: number | null }

export const MAX_CHARACTERS = 200_000

export const SAMPLING: Sampling = { temperature: 0.75, speed: 1, top_k: 50, top_p: 0.85, repetition_penalty: 5 }
const NEW_DRAFT: Draft = { ...SAMPLING, text: "", language: "en", model: BASE_MODEL, speaker: undefined, seed: null }

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

/** The draft that speech was made of. */
export function draftOf(speech: Speech): Draft {
  const { text, language, model, speaker, seed } = speech
  return { ...SAMPLING, ...samplingOf(speech), text, language: language as Language, model, speaker, seed }
}

/** Its sampling settings, without others that a request may have had. */
export function samplingOf(speech: Speech): Partial<Sampling> {
  const known = Object.keys(SAMPLING)
  return Object.fromEntries(Object.entries(speech.settings).filter(([name]) => known.includes(name)))
}

export function requestOf(draft: Draft, speaker: string): GenerateRequest {
  return { ...draft, speaker, length_penalty: 1, format: "wav", stream: false }
}
