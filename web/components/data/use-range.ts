"use client"
import { useEffect, useState } from "react"
import { changeAddress } from "@/hooks/use-address"
import type { Range } from "./use-wave"

export const RANGE_IN_ADDRESS = "range"

/** The chosen part of a recording, in the address bar as `?range=12.5-60`, seconds; null is all of it. */
export function useRange(length_s: number): [Range | null, (range: Range | null) => void] {
  const [range, setRange] = useState(() => parsed(new URLSearchParams(window.location.search).get(RANGE_IN_ADDRESS), length_s))
  useEffect(() => changeAddress({ [RANGE_IN_ADDRESS]: range && `${range.start_s}-${range.end_s}` }), [range])
  return [range, setRange]
}

function parsed(text: string | null, length_s: number): Range | null {
  const [start_s, end_s] = (text ?? "").split("-").map(Number)
  const usable = start_s !== undefined && end_s !== undefined && start_s >= 0 && start_s < end_s && end_s <= length_s + 0.01
  return usable ? { start_s, end_s } : null
}
