"use client"
import { useSearchParams } from "next/navigation"
import { useCallback } from "react"

/** One value in the address bar: `?name=value`. Null removes it. The other values stay. */
export function useAddress(name: string): [string | null, (value: string | null) => void] {
  const value = useSearchParams().get(name)
  const change = useCallback(
    (next: string | null) => {
      const query = new URLSearchParams(window.location.search)
      if (next === query.get(name)) return
      if (next === null) query.delete(name)
      else query.set(name, next)
      const text = query.toString()
      window.history.pushState(null, "", window.location.pathname + (text && `?${text}`))
    },
    [name],
  )
  return [value, change]
}
