"use client"
import { useEffect, type RefObject } from "react"

/** Brings what was asked for to the top of the window, once, when it appears. */
export function useIntoView(ref: RefObject<HTMLElement | null>, wanted: boolean) {
  useEffect(() => {
    if (wanted) ref.current?.scrollIntoView({ block: "start" })
  }, []) // eslint-disable-line react-hooks/exhaustive-deps -- later changes are the reader's own
}
