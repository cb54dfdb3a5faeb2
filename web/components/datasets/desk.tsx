"use client"
import { createContext, useContext } from "react"
import type { Fix } from "@/lib/api/curation"
import type { Clip } from "@/lib/api/datasets"
import type { Language } from "@/lib/languages"
import type { Sound } from "./sound"
import type { Texts } from "./use-texts"

export type Action = Fix | "restore"

/** What the rows of the list share: the dataset, its player, unsaved texts, what is selected, and what can be done. */
export type Desk = {
  name: string
  sound: Sound
  texts: Texts
  busy: boolean
  selected: ReadonlySet<string>
  editing: string | null
  setEditing: (file: string | null) => void
  /** Does something to clips; `at_s` is where to split. */
  act: (action: Action, files: string[], at_s?: number) => void
  /** Merges with the clip `other`, or with the next of its recording. */
  merge: (clip: Clip, other?: string) => void
  setLanguage: (files: string[], language: Language) => void
}

const Context = createContext<Desk | null>(null)
export const DeskProvider = Context.Provider

export function useDesk(): Desk {
  const desk = useContext(Context)
  if (!desk) throw new Error("useDesk outside a DeskProvider")
  return desk
}
