"use client"
import { useSyncExternalStore } from "react"

const KEY = "first-steps-put-away"
const listeners = new Set<() => void>()

function subscribe(listener: () => void) {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

/** Puts the first steps away, or brings them back; this browser remembers it. */
export function putFirstStepsAway(away: boolean) {
  if (away) localStorage.setItem(KEY, "yes")
  else localStorage.removeItem(KEY)
  listeners.forEach((listener) => listener())
}

/** Away also before the browser has said what it remembers. */
export const useFirstStepsAway = () => useSyncExternalStore(subscribe, () => localStorage.getItem(KEY) === "yes", () => true)
