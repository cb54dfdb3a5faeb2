import { useQueryClient } from "@tanstack/react-query"
import { useEffect, useMemo, useRef, useState } from "react"
import { ApiError } from "@/lib/api/client"
import { editClip, refreshSums, writeClip } from "@/lib/api/curation"

/** A text that is not saved yet. waiting: the server doesn't answer, it is sent again; kept: from an earlier visit. */
export type Draft = { text: string; state: "typing" | "saving" | "waiting" | "refused" | "kept"; error?: unknown }
export type Drafts = Readonly<Record<string, Draft>>

const AGAIN_MS = 2000
const AWAY = 502 // and above: a proxy before a server that is starting

const place = (name: string) => `texts:${name}`

/**
 * Texts from the first letter typed until the server has them. They are kept in this browser meanwhile: neither a
 * server that restarts nor a page that is closed loses one.
 */
export function useTexts(name: string) {
  const client = useQueryClient()
  const [drafts, setDrafts] = useState<Drafts>(() => kept(name))
  const latest = useRef(drafts)
  const left = useRef(false)
  useEffect(() => {
    left.current = false
    return () => void (left.current = true)
  }, [])

  return useMemo(() => {
    const put = (file: string, draft: Draft | null) => {
      const drafts = { ...latest.current }
      if (draft) drafts[file] = draft
      else delete drafts[file]
      latest.current = drafts
      keep(name, latest.current)
      setDrafts(latest.current)
    }
    const type = (file: string, text: string) => put(file, { text, state: "typing" })
    const discard = (file: string) => put(file, null)
    /** Takes back what was typed since there was this draft, or none; one that was on its way is sent again. */
    const restore = (file: string, before: Draft | undefined) => {
      if (!before || before.state === "typing") return discard(file)
      const under = before.state === "saving" || before.state === "waiting"
      put(file, under ? { ...before, state: "kept" } : before)
      if (under) void save(file)
    }
    /** Saves what was typed, and tries on for as long as the server is away. */
    const save = async (file: string) => {
      const typed = latest.current[file]
      if (!typed || typed.state === "saving" || typed.state === "waiting") return
      const { text } = typed
      const isStill = () => latest.current[file]?.text === text && !left.current
      put(file, { text, state: "saving" })
      while (isStill()) {
        try {
          const { chunk } = await editClip(name, file, { text: text.trim() })
          writeClip(client, name, file, () => chunk)
          if (latest.current[file]?.text === text) discard(file)
          return refreshSums(client, name)
        } catch (error) {
          if (!isStill()) return
          if (error instanceof ApiError && error.status < AWAY) return put(file, { text, state: "refused", error })
          put(file, { text, state: "waiting" })
          await new Promise((done) => setTimeout(done, AGAIN_MS))
        }
      }
    }
    return { type, discard, restore, save, drafts }
  }, [client, drafts, name])
}

export type Texts = ReturnType<typeof useTexts>

function kept(name: string): Drafts {
  try {
    const texts = JSON.parse(localStorage.getItem(place(name)) ?? "{}") as Record<string, string>
    return Object.fromEntries(Object.entries(texts).map(([file, text]) => [file, { text, state: "kept" }]))
  } catch {
    return {} // while the page is being built, or where nothing may be kept
  }
}

function keep(name: string, drafts: Drafts) {
  try {
    const texts = Object.entries(drafts).map(([file, { text }]) => [file, text])
    if (texts.length) localStorage.setItem(place(name), JSON.stringify(Object.fromEntries(texts)))
    else localStorage.removeItem(place(name))
  } catch {
    // a full or forbidden store: the text is still on the page
  }
}
