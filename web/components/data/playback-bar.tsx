"use client"
import { ArrowLeftFromLineIcon, PauseIcon, PlayIcon, SkipBackIcon, SkipForwardIcon, ZoomInIcon, ZoomOutIcon } from "lucide-react"
import { useEffect, useRef, useState } from "react"
import { useTranslations } from "use-intl"
import type WaveSurfer from "wavesurfer.js"
import { Button } from "@/components/ui/button"
import { Slider } from "@/components/ui/slider"
import type { Recording } from "@/lib/api/recordings"
import { clock } from "@/lib/utils"
import type { RecordingActions } from "./use-recording-keys"
import { ZOOM_STEPS } from "./use-zoom"

/** A wish to hear a part; a new `request` number asks again. */
export type Hearing = { request: number; start_s: number; end_s: number }
type Props = {
  ws: WaveSurfer | null
  recording: Recording
  playing: Hearing | null
  zoom: number
  onZoom: (zoom: number) => void
  actions: RecordingActions
  onTime: (time_s: number) => void
}

/** Play, the chunk before and the next, the ends of the range where it plays, how close one looks. */
export function PlaybackBar({ ws, recording, playing, zoom, onZoom, actions, onTime }: Props) {
  const t = useTranslations("data")
  const common = useTranslations("common")
  const [isPlaying, setPlaying] = useState(false)
  const [time_s, setTime] = useState(0)
  const heard = useRef(0)
  const told = useRef(onTime)
  useEffect(() => {
    told.current = onTime
  })

  useEffect(() => {
    if (!ws) return
    const leave = [
      ws.on("play", () => setPlaying(true)),
      ws.on("pause", () => setPlaying(false)),
      ws.on("finish", () => setPlaying(false)),
      ws.on("timeupdate", (time) => {
        setTime(time)
        told.current(time)
      }),
    ]
    return () => leave.forEach((off) => off())
  }, [ws])

  useEffect(() => {
    if (!ws || !playing || heard.current === playing.request) return
    heard.current = playing.request
    void ws.play(playing.start_s, playing.end_s)
  }, [ws, playing])

  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
      <Button type="button" size="icon-sm" disabled={!ws} aria-label={t(isPlaying ? "pauseRecording" : "playRecording")} aria-keyshortcuts="Space" title={t("withKey", { what: common(isPlaying ? "pause" : "play"), key: t("space") })} onClick={actions.playPause}>
        {isPlaying ? <PauseIcon /> : <PlayIcon />}
      </Button>
      <span data-testid="time" className="font-mono text-xs tabular-nums">
        {clock(time_s, 1)} <span className="text-muted-foreground">/ {clock(recording.duration_s, 1)}</span>
      </span>
      <div className="flex items-center gap-0.5">
        <Act icon={<SkipBackIcon />} label={t("previousChunk")} shortcut="K" disabled={!ws} onClick={() => actions.chunk(-1)} />
        <Act icon={<SkipForwardIcon />} label={t("nextChunk")} shortcut="J" disabled={!ws} onClick={() => actions.chunk(1)} />
        <Act icon={<ArrowLeftFromLineIcon className="rotate-180" />} label={t("startHere")} shortcut="[" disabled={!ws} onClick={() => actions.setEdge("start_s")} />
        <Act icon={<ArrowLeftFromLineIcon />} label={t("endHere")} shortcut="]" disabled={!ws} onClick={() => actions.setEdge("end_s")} />
      </div>
      <div className="ml-auto flex items-center gap-1.5">
        <Act icon={<ZoomOutIcon />} label={t("zoomOut")} shortcut="-" disabled={!ws || zoom === 0} onClick={() => actions.zoom(-1)} />
        <Slider className="w-28 sm:w-36" aria-label={t("zoom")} min={0} max={ZOOM_STEPS} step={1} value={[zoom]} disabled={!ws} onValueChange={([value]) => onZoom(value!)} />
        <Act icon={<ZoomInIcon />} label={t("zoomIn")} shortcut="+" disabled={!ws || zoom === ZOOM_STEPS} onClick={() => actions.zoom(1)} />
      </div>
    </div>
  )
}

type ActProps = { icon: React.ReactNode; label: string; shortcut: string; disabled: boolean; onClick: () => void }

function Act({ icon, label, shortcut, disabled, onClick }: ActProps) {
  const t = useTranslations("data")
  return <Button type="button" size="icon-sm" variant="ghost" disabled={disabled} aria-label={label} aria-keyshortcuts={shortcut} title={t("withKey", { what: label, key: shortcut })} onClick={onClick}>{icon}</Button>
}
