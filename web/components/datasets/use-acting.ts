import { useQueryClient } from "@tanstack/react-query"
import { useState } from "react"
import { useTranslations } from "use-intl"
import { useEditSound, useMarkClips, useTurn, type SoundEdit } from "@/lib/api/curation"
import { datasetKey, fileName, listFiles, type Clip } from "@/lib/api/datasets"
import type { Language } from "@/lib/languages"
import type { Action } from "./desk"
import { useChangeNames } from "./labels"

/** What was done last, to be told: in words, or as what went wrong. `replaced`: files that others have taken the place of. */
export type Told = { text: string; notices: string[]; error: unknown; canUndo: boolean; replaced: readonly string[] }

const NONE: readonly string[] = []
const NOTHING: Told = { text: "", notices: [], error: null, canUndo: false, replaced: NONE }

/** Everything that changes clips, but for their texts; tells what became of it. */
export function useActing(name: string) {
  const t = useTranslations("datasets")
  const named = useChangeNames()
  const client = useQueryClient()
  const [told, setTold] = useState(NOTHING)
  const mark = useMarkClips(name)
  const sound = useEditSound(name)
  const turning = useTurn(name)
  const failed = (error: unknown) => setTold({ ...NOTHING, error })
  const did = (text: string, notices: string[] = [], replaced = NONE) => setTold({ text, notices, error: null, canUndo: true, replaced })
  const which = (files: string[]) => (files.length === 1 ? fileName(files[0]!) : t("clips", { n: files.length }))

  const change = (kind: "drop" | "restore" | "language", files: string[], marks: Parameters<typeof mark.mutate>[0]["marks"]) =>
    mark.mutate({ files, marks }, { onSuccess: () => did(t(`done.${kind}`, { what: which(files) })), onError: failed })
  const edit = (body: SoundEdit, what: string) =>
    sound.mutate(body, { onSuccess: ({ notices, replaced }) => did(t(`done.${body.action}`, { what }), notices, replaced), onError: failed })

  const act = (action: Action, files: string[], at_s?: number) => {
    if (!files.length || sound.isPending) return
    setTold(NOTHING)
    if (action === "drop") change("drop", files, { state: "dropped" })
    else if (action === "restore") change("restore", files, { state: "active" })
    else edit({ action, files, at_s }, which(files))
  }
  const join = (files: [string, string]) => edit({ action: "merge", files }, files.map(fileName).join(" + "))
  /** The next clip of the same recording, wherever the list has it. */
  const mergeWithNext = async (clip: Clip) => {
    try {
      const view = { order: "list", state: "active", recording: clip.recording } as const
      const files = await client.fetchQuery({ queryKey: [...datasetKey(name), "files", view], queryFn: () => listFiles(name, view), staleTime: 0 })
      const next = files[files.indexOf(clip.file) + 1]
      if (!next || !files.includes(clip.file)) return setTold({ ...NOTHING, error: { message: t("noNext", { what: fileName(clip.file) }) } })
      join([clip.file, next])
    } catch (error) {
      failed(error)
    }
  }
  const turn = (way: "undo" | "redo") => {
    if (turning.isPending) return
    turning.mutate(way, {
      onSuccess: ({ label }) => setTold({ ...NOTHING, text: t(`done.${way}`, { what: named(label) }) }),
      onError: failed,
    })
  }
  return {
    told,
    busy: sound.isPending || mark.isPending,
    working: sound.isPending,
    act,
    turn,
    merge: (clip: Clip, other?: string) => {
      if (sound.isPending) return
      setTold(NOTHING)
      if (other) join([clip.file, other])
      else void mergeWithNext(clip)
    },
    setLanguage: (files: string[], language: Language) => change("language", files, { language }),
    say: (error: unknown) => setTold({ ...NOTHING, error }),
  }
}
