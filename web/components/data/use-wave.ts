"use client"
import { useQuery } from "@tanstack/react-query"
import { useTheme } from "next-themes"
import { useEffect, useRef, useState } from "react"
import type WaveSurfer from "wavesurfer.js"
import type { Plan } from "@/lib/api/cutting"
import { overview, type Recording } from "@/lib/api/recordings"
import { token, paintPlan, planColors } from "./paint-plan"
import { createWave, type Regions } from "./create-wave"

export type Range = { start_s: number; end_s: number }
type Options = { plan: Plan | undefined; marked: number | null; range: Range | null; onRange: (range: Range | null) => void }
type Live = { ws: WaveSurfer; regions: Regions }

const SELECTION = "selection"

/** A wavesurfer for a recording, its layer of speech and chunks, and the range that is dragged on it. */
export function useWave(recording: Recording, { plan, marked, range, onRange }: Options) {
  const box = useRef<HTMLDivElement>(null)
  const layer = useRef<HTMLCanvasElement>(null)
  const [live, setLive] = useState<Live | null>(null)
  const { resolvedTheme } = useTheme()
  const { id, duration_s } = recording // not the object: it is another one whenever the list changes
  const peaks = useQuery({ queryKey: ["peaks", id], queryFn: () => overview(id, duration_s), staleTime: "static" })
  const heard = useRef({ id, at_s: 0, playing: false }) // another theme makes another waveform: the listening goes on
  const told = useRef(onRange)
  useEffect(() => {
    told.current = onRange
  })

  useEffect(() => {
    if (!box.current || !peaks.data) return
    const made = createWave(box.current, id, duration_s, peaks.data)
    const tell = (region: { id: string; start: number; end: number }) =>
      region.id === SELECTION && told.current({ start_s: round(region.start), end_s: round(region.end) })
    made.regions.enableDragSelection({ id: SELECTION, color: token("--wave-selection") })
    made.regions.on("region-created", (region) => {
      for (const other of made.regions.getRegions()) if (other !== region) other.remove()
      tell(region)
    })
    made.regions.on("region-updated", tell)
    made.ws.getWrapper().parentElement?.setAttribute("tabindex", "0") // zoomed in, it scrolls: by the keyboard too
    made.ws.on("ready", () => {
      performance.mark("waveform-shown") // benchmarks/page.py reads it
      setLive(made)
      if (heard.current.id !== id || !heard.current.at_s) return
      made.ws.setTime(heard.current.at_s)
      if (heard.current.playing) made.ws.play().catch(() => undefined)
    })
    return () => {
      heard.current = { id, at_s: made.ws.getCurrentTime(), playing: made.ws.isPlaying() }
      setLive(null)
      made.ws.destroy()
    }
  }, [id, duration_s, peaks.data, resolvedTheme])

  useEffect(() => {
    if (live) showRange(live.regions, range)
  }, [live, range])

  useEffect(() => {
    if (!live) return
    const colors = planColors()
    let frame = 0
    const paint = () => {
      frame ||= requestAnimationFrame(() => {
        frame = 0
        if (layer.current) paintPlan(layer.current, live.ws, plan, marked, colors)
      })
    }
    paint()
    const leave = (["scroll", "zoom", "redraw", "resize"] as const).map((event) => live.ws.on(event, paint))
    return () => {
      cancelAnimationFrame(frame)
      for (const off of leave) off()
    }
  }, [live, plan, marked])

  return { box, layer, ws: live?.ws ?? null, error: peaks.error, loading: peaks.isPending }
}

const round = (seconds: number) => Math.round(seconds * 100) / 100

/** Lets the one region be the range that was typed, if it isn't already. */
function showRange(regions: Regions, range: Range | null) {
  const region = regions.getRegions().find((one) => one.id === SELECTION)
  if (!range) return region?.remove()
  const [start, end] = [range.start_s, range.end_s]
  if (region && round(region.start) === start && round(region.end) === end) return
  if (region) region.setOptions({ start, end })
  else regions.addRegion({ id: SELECTION, start, end, color: token("--wave-selection") })
}
