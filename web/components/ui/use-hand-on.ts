import { useLayoutEffect, useRef } from "react"

const ROW = "tr, li, [role=row], [role=listitem]"
const AROUND = "[role=region], [role=dialog], section, main"
const TAKES_FOCUS = "button:not(:disabled), a[href], input:not(:disabled), [tabindex='0']"

/**
 * For a button that removes the row it is in: when it goes while it has the focus, the focus goes on to the same button
 * of the next row, or of the one before; where it was the last, to the first thing of what is around.
 */
export function useHandOn() {
  const ref = useRef<HTMLButtonElement>(null)
  useLayoutEffect(() => {
    const button = ref.current
    return () => {
      if (!button || document.activeElement !== button) return
      const next = heirs(button)
      requestAnimationFrame(() => {
        if (document.activeElement === document.body) next.find((one) => one.isConnected)?.focus()
      })
    }
  }, [])
  return ref
}

function heirs(button: HTMLElement): HTMLElement[] {
  const row: HTMLElement = button.closest<HTMLElement>(ROW) ?? button
  const neighbour = row.nextElementSibling ?? row.previousElementSibling
  const same = neighbour && all(neighbour)[all(row).indexOf(button)]
  const found = same ? [same] : []
  for (let around = row.parentElement?.closest(AROUND); around; around = around.parentElement?.closest(AROUND)) {
    found.push(...all(around).filter((one) => !row.contains(one)))
  }
  return found
}

const all = (within: Element) => [...within.querySelectorAll<HTMLElement>(TAKES_FOCUS)]
