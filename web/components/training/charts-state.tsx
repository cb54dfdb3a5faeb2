"use client"
import { createContext, useCallback, useContext, useMemo, useState } from "react"

/** The steps in view, or null for all of them. */
export type Range = readonly [number, number] | null

type Charts = {
  smoothing: number
  setSmoothing: (weight: number) => void
  range: Range
  setRange: (range: Range) => void
  /** A share of what is in view becomes the whole: .5 zooms in twice, 2 out; `shift` moves by that share. */
  look: (share: number, shift: number) => void
  last: number
  /** The step of the best checkpoint. */
  best: number | null
}

const KEY = "training-smoothing"
const Context = createContext<Charts | null>(null)

/** What the charts of a page have in common: how smooth they are, and which steps they show. `last`: the highest step; `best`: that of the best checkpoint. */
export function ChartsProvider({ last, best = null, children }: { last: number; best?: number | null; children: React.ReactNode }) {
  const [smoothing, keepSmoothing] = useState(storedSmoothing)
  const [range, setRange] = useState<Range>(null)
  const setSmoothing = useCallback((weight: number) => {
    keepSmoothing(weight)
    localStorage.setItem(KEY, String(weight))
  }, [])
  const look = useCallback((share: number, shift: number) => setRange((range) => moved(range ?? [0, last], share, shift, last)), [last])
  const value = useMemo(() => ({ smoothing, setSmoothing, range, setRange, look, last, best }), [smoothing, setSmoothing, range, look, last, best])
  return <Context value={value}>{children}</Context>
}

export function useCharts(): Charts {
  return useContext(Context)!
}

function storedSmoothing(): number {
  const stored = typeof localStorage === "undefined" ? 0 : Number(localStorage.getItem(KEY))
  return stored >= 0 && stored < 1 ? stored : 0
}

function moved([from, to]: readonly [number, number], share: number, shift: number, last: number): Range {
  const width = Math.max(1, (to - from) * share)
  if (width >= last) return null
  const start = Math.min(Math.max(0, (from + to - width) / 2 + shift * (to - from)), last - width)
  return [start, start + width]
}
