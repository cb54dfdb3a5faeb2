import { useRef } from "react"

/**
 * For dialogs that no trigger of their own opens (a key, a menu): when they close, the focus returns to where it was.
 * Where that is gone, it is the browser's to choose.
 */
export function useFocusReturn() {
  const before = useRef<Element | null>(null)
  return {
    onOpenAutoFocus: () => {
      before.current = document.activeElement === document.body ? null : document.activeElement
    },
    onCloseAutoFocus: (event: Event) => {
      if (!(before.current instanceof HTMLElement) || !before.current.isConnected) return
      event.preventDefault()
      before.current.focus()
    },
  }
}
