import { useEffect, useRef } from "react"

const BUSY = "input, textarea, select, [role=combobox], [role=listbox], [role=tablist], [role=slider], [role=menu], [role=dialog], [role=alertdialog], [contenteditable]"

/** Keys of a blind test while `active`: each acts unless a field, a menu or a dialog has the focus. */
export function useTrialKeys(active: boolean, keys: Record<string, () => void>) {
  const now = useRef(keys)
  useEffect(() => void (now.current = keys))
  useEffect(() => {
    if (!active) return
    const onKey = (event: KeyboardEvent) => {
      if (event.altKey || event.ctrlKey || event.metaKey || event.repeat) return
      if ((event.target as HTMLElement).closest(BUSY) || document.querySelector("[role=dialog], [role=alertdialog]")) return
      const act = now.current[event.key]
      if (!act) return
      event.preventDefault()
      act()
    }
    addEventListener("keydown", onKey)
    return () => removeEventListener("keydown", onKey)
  }, [active])
}
