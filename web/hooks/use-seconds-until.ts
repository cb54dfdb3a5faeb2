"use client"
import { useEffect, useState } from "react"

const EVERY_MS = 500

/** Whole seconds until a time (ms since 1970), counting down; 0 once it has passed. */
export function useSecondsUntil(time_ms: number): number {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    if (time_ms <= Date.now()) return
    const tick = () => setNow(Date.now())
    const [first, rest] = [setTimeout(tick), setInterval(tick, EVERY_MS)]
    return () => {
      clearTimeout(first)
      clearInterval(rest)
    }
  }, [time_ms])
  return Math.max(0, Math.ceil((time_ms - now) / 1000))
}
