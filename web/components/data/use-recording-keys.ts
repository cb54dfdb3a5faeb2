import { useEffect, useRef } from "react"

export type RecordingActions = {
  playPause: () => void
  skip: (by_s: number) => void
  setEdge: (edge: "start_s" | "end_s") => void
  zoom: (by: number) => void
  chunk: (by: 1 | -1) => void
  playChunk: () => void
}

const STEP_S = 5
const SMALL_STEP_S = 1
const FIELDS = "input:not([type=checkbox]), textarea, select, [contenteditable], [role=combobox], [role=listbox], [role=menu], [role=dialog], [role=alertdialog]"
const PRESSED = "button, a, summary, input, [role=button], [role=radio]"

/**
 * A recording by keys: they act while the focus is in its view, or nowhere. Never in a field, a menu or a dialog; arrows
 * not on a slider, Space and Enter not on what they press, and no letter after `g`, which leads to pages.
 */
export function useRecordingKeys(view: React.RefObject<HTMLElement | null>, actions: RecordingActions) {
  const now = useRef(actions)
  useEffect(() => void (now.current = actions))
  useEffect(() => {
    let before = ""
    const onKey = (event: KeyboardEvent) => {
      const afterG = before === "g"
      before = event.key
      if (event.defaultPrevented || event.isComposing || afterG || event.ctrlKey || event.metaKey || event.altKey) return
      const target = event.target as HTMLElement
      if (!isOurs(target, view.current)) return
      const act = bound(event, target, now.current)
      if (!act) return
      event.preventDefault()
      act()
    }
    addEventListener("keydown", onKey)
    return () => removeEventListener("keydown", onKey)
  }, [view])
}

function isOurs(target: HTMLElement, view: HTMLElement | null): boolean {
  if (target.closest(FIELDS) || document.querySelector("[role=dialog], [role=alertdialog], [role=menu]")) return false
  return target === document.body || target.id === "main" || !!view?.contains(target)
}

function bound({ key, shiftKey }: KeyboardEvent, target: HTMLElement, does: RecordingActions): (() => void) | undefined {
  const step_s = shiftKey ? SMALL_STEP_S : STEP_S
  const pressed = !!target.closest(PRESSED)
  const onSlider = !!target.closest("[role=slider]")
  switch (key) {
    case " ": return pressed || onSlider ? undefined : does.playPause
    case "Enter": return pressed || onSlider ? undefined : does.playChunk
    case "ArrowLeft": return onSlider ? undefined : () => does.skip(-step_s)
    case "ArrowRight": return onSlider ? undefined : () => does.skip(step_s)
    case "[": return () => does.setEdge("start_s")
    case "]": return () => does.setEdge("end_s")
    case "+": case "=": return () => does.zoom(1)
    case "-": return () => does.zoom(-1)
    case "j": return () => does.chunk(1)
    case "k": return () => does.chunk(-1)
  }
}
