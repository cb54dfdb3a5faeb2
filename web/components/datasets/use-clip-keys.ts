import { useEffect, useRef } from "react"
import type { Clip } from "@/lib/api/datasets"
import type { Desk } from "./desk"

const EDGE_S = 0.15

/** Where splitting cuts: at the playhead, where that lies within the clip; undefined: the server takes the best pause. */
export const splitPoint = (clip: Clip, at_s: number) =>
  at_s > EDGE_S && at_s < clip.duration_s - EDGE_S ? Math.round(at_s * 1000) / 1000 : undefined

type Options = {
  desk: Desk
  section: React.RefObject<HTMLElement | null>
  clip: Clip | undefined
  go: (by: number, extend?: boolean) => void
  jump: (to: "first" | "last") => void
  select: (range: boolean) => void
  selectAll: () => void
  clear: () => void
  turn: (way: "undo" | "redo") => void
  help: () => void
}

const FIELDS = "input:not([type=checkbox]), textarea, select, [contenteditable], [role=combobox], [role=listbox], [role=menu], [role=dialog], [role=alertdialog]"
const PRESSED_BY_SPACE = "button, a, summary, [role=button], [role=radio], [role=slider], input"

/** Keys that act on and on while they are held down. */
const MOVES = /^(j|k|Arrow.*)$/i

/**
 * Curation by keys: they act while the focus is within the curation, or nowhere. Never in a field, a menu or a dialog,
 * and not after `g`, which leads to pages.
 */
export function useClipKeys(options: Options) {
  const now = useRef(options)
  useEffect(() => void (now.current = options))
  useEffect(() => {
    let before = ""
    const onKey = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement
      const afterG = before === "g"
      before = event.key
      if (event.defaultPrevented || event.isComposing || afterG || !isOurs(target, now.current.section.current)) return
      const act = bound(event, target, now.current)
      if (!act || (event.repeat && !MOVES.test(event.key))) return
      event.preventDefault()
      event.stopPropagation() // Space would also play the recording
      act()
    }
    addEventListener("keydown", onKey, true)
    return () => removeEventListener("keydown", onKey, true)
  }, [])
}

function isOurs(target: HTMLElement, section: HTMLElement | null): boolean {
  if (target.closest(FIELDS)) return false
  if (document.querySelector("[role=dialog], [role=alertdialog], [role=menu]")) return false
  return target === document.body || target.id === "main" || !!section?.contains(target)
}

/** What a key does now, if anything. */
function bound(event: KeyboardEvent, target: HTMLElement, { desk, section, clip, ...to }: Options): (() => void) | undefined {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key
  if (event.altKey) return
  if (event.ctrlKey || event.metaKey) {
    if (key === "z") return () => to.turn(event.shiftKey ? "redo" : "undo")
    if (key === "y") return () => to.turn("redo")
    if (key === "a" && section.current?.contains(target)) return to.selectAll
    return
  }
  const onRow = target.getAttribute("role") === "row"
  const pressed = target.closest(PRESSED_BY_SPACE)
  const moves: Record<string, () => void> = { j: () => to.go(1, event.shiftKey), k: () => to.go(-1, event.shiftKey), u: () => to.turn(event.shiftKey ? "redo" : "undo"), "?": to.help }
  if (onRow) Object.assign(moves, { ArrowDown: moves.j, ArrowUp: moves.k, Home: () => to.jump("first"), End: () => to.jump("last"), Escape: to.clear })
  if (moves[key]) return moves[key]
  if (!clip) return
  const { file } = clip
  const dropped = clip.state === "dropped"
  const does: Record<string, () => void> = {
    p: () => desk.sound.toggle(file),
    e: () => desk.setEditing(file),
    d: () => desk.act(dropped ? "restore" : "drop", [file]),
    x: () => to.select(event.shiftKey),
  }
  if (!dropped) Object.assign(does, {
    s: () => desk.act("split", [file], event.shiftKey ? undefined : splitPoint(clip, desk.sound.at_s(file))),
    m: () => desk.merge(clip),
    n: () => desk.act("normalise", [file]),
    t: () => desk.act("trim", [file]),
  })
  if (!pressed && section.current?.contains(target)) does[" "] = () => desk.sound.toggle(file)
  if (onRow) Object.assign(does, {
    Enter: () => desk.setEditing(file),
    ArrowLeft: () => desk.sound.seek(file, Math.max(0, desk.sound.at_s(file) - 0.5)),
    ArrowRight: () => desk.sound.seek(file, Math.min(clip.duration_s, desk.sound.at_s(file) + 0.5)),
  })
  return does[key]
}
