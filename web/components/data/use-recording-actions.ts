import type WaveSurfer from "wavesurfer.js"
import type { Plan } from "@/lib/api/cutting"
import { firstEndingAfter } from "./paint-plan"
import type { RecordingActions } from "./use-recording-keys"
import type { Range } from "./use-wave"
import { ZOOM_STEPS } from "./use-zoom"

type Options = {
  plan: Plan | undefined
  range: Range | null
  length_s: number
  zoom: number
  onRange: (range: Range | null) => void
  setZoom: (zoom: number) => void
  onPlay: (span: Range) => void
}

const AT_ITS_START_S = 0.5 // "previous", soon after a chunk's start, is the one before it

/** What keys and buttons do to the recording that is heard. Nothing, before its waveform is there. */
export function useRecordingActions(ws: WaveSurfer | null, { plan, range, length_s, zoom, onRange, setZoom, onPlay }: Options): RecordingActions {
  const go = (to_s: number) => ws?.setTime(Math.min(Math.max(0, to_s), length_s))
  const setEdge = (edge: "start_s" | "end_s") => {
    if (!ws) return
    const last_s = Math.round(length_s * 100) / 100
    const next = { start_s: range?.start_s ?? 0, end_s: range?.end_s ?? last_s, [edge]: Math.round(ws.getCurrentTime() * 100) / 100 }
    if (next.start_s < next.end_s) onRange(next.start_s === 0 && next.end_s === last_s ? null : next)
    else if (edge === "start_s" && next.start_s < last_s) onRange({ start_s: next.start_s, end_s: last_s })
    else if (edge === "end_s" && next.end_s > 0) onRange({ start_s: 0, end_s: next.end_s })
  }
  const chunk = (by: 1 | -1) => {
    const chunks = plan?.chunks ?? []
    const now_s = ws?.getCurrentTime() ?? 0
    const found = by === 1
      ? chunks.slice(firstEndingAfter(chunks, now_s)).find((one) => one.start_s > now_s + 0.01)
      : chunks.findLast((one) => one.start_s < now_s - AT_ITS_START_S)
    if (found) go(found.start_s + 0.001) // within it, whatever the rounding of the player
  }
  const playChunk = () => {
    const here = ws && plan?.chunks[firstEndingAfter(plan.chunks, ws.getCurrentTime())]
    if (here) onPlay(here)
  }
  return {
    playPause: () => void ws?.playPause(),
    skip: (by_s) => ws && go(ws.getCurrentTime() + by_s),
    setEdge,
    zoom: (by) => setZoom(Math.min(ZOOM_STEPS, Math.max(0, zoom + by))),
    chunk,
    playChunk,
  }
}
