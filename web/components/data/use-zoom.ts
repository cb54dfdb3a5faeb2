"use client"
import { useEffect, useRef, useState } from "react"
import type WaveSurfer from "wavesurfer.js"
import { allPeaks, isOverviewComplete, MOST_PAIRS, type Recording } from "@/lib/api/recordings"

export const ZOOM_STEPS = 20
const CLOSEST_PX_PER_S = 200
const COARSE_PX = 4 // an outline this wide per pair looks like stairs

/** Zoom from the whole recording (0) to 200 pixels a second (20), in equal ratios; fetches the fine outline when needed. */
export function useZoom(ws: WaveSurfer | null, recording: Recording): [number, (zoom: number) => void] {
  const [zoom, setZoom] = useState(0)
  const { id, duration_s } = recording
  const fine = useRef<WaveSurfer | null>(null)

  useEffect(() => {
    if (!ws?.getDecodedData()) return
    const fit = ws.getWidth() / duration_s
    const pxPerS = fit * Math.max(1, CLOSEST_PX_PER_S / fit) ** (zoom / ZOOM_STEPS)
    ws.zoom(zoom ? pxPerS : 0)
    const pairsPerS = MOST_PAIRS / duration_s
    if (fine.current === ws || isOverviewComplete(duration_s) || pxPerS < COARSE_PX * pairsPerS) return
    fine.current = ws
    allPeaks(id, duration_s)
      .then((peaks) => fine.current === ws && ws.setOptions({ peaks, duration: duration_s }))
      .catch(() => undefined) // the coarse outline stays
  }, [ws, id, duration_s, zoom])

  return [zoom, setZoom]
}
