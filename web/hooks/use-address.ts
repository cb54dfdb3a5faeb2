"use client"
import { useSearchParams } from "next/navigation"
import { useCallback } from "react"

const NONE: readonly string[] = []

/**
 * One value in the address bar: `?name=value`. Null removes it. The other values stay, but for those that belong to it:
 * they go when it changes.
 */
export function useAddress(name: string, belonging = NONE): [string | null, (value: string | null) => void] {
  const value = useSearchParams().get(name)
  const change = useCallback(
    (next: string | null) => {
      if (next !== new URLSearchParams(window.location.search).get(name)) changeAddress({ [name]: next, ...Object.fromEntries(belonging.map((one) => [one, null])) }, "pushState")
    },
    [name, belonging],
  )
  return [value, change]
}

/** Changes values in the address bar; null removes one. As a rule without a step for the browser's *back*. */
export function changeAddress(values: Record<string, string | null | undefined>, way: "pushState" | "replaceState" = "replaceState") {
  const query = new URLSearchParams(window.location.search)
  const before = query.toString()
  for (const [name, value] of Object.entries(values)) {
    if (value === null || value === undefined) query.delete(name)
    else query.set(name, value)
  }
  const text = query.toString()
  if (text !== before) window.history[way](null, "", window.location.pathname + (text && `?${text}`))
}
