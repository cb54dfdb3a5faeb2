"use client"
import { PauseIcon, PlayIcon } from "lucide-react"
import { useEffect, useRef, useState } from "react"
import { useTranslations } from "use-intl"
import type WaveSurfer from "wavesurfer.js"
import { Button } from "@/components/ui/button"
import { Slider } from "@/components/ui/slider"
import type { Recording } from "@/lib/api/recordings"
import { clock } from "@/lib/utils"
import { useZoom, ZOOM_STEPS } from "./use-zoom"

/** A wish to hear a part; a new `request` number asks again. */
export type Hearing = { request: number; start_s: number; end_s: number }
type Props = { ws: WaveSurfer | null; recording: Recording; playing: Hearing | null; onTime: (time_s: number) => void }

/** Play, where it is, how close one looks. The space bar plays and pauses. */
export function PlaybackBar({ ws, recording, playing, onTime }: Props) {
  const t = useTranslations("data")
  const common = useTranslations("common")
  const [isPlaying, setPlaying] = useState(false)
  const [time_s, setTime] = useState(0)
  const [zoom, setZoom] = useZoom(ws, recording)
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

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const busy = (event.target as HTMLElement).closest("input,textarea,select,button,a,[role=slider],[role=combobox],[role=dialog]")
      if (event.code !== "Space" || busy || !ws) return
      event.preventDefault()
      void ws.playPause()
    }
    addEventListener("keydown", onKey)
    return () => removeEventListener("keydown", onKey)
  }, [ws])

  return (
    <div className="flex flex-wrap items-center gap-3">
      <Button type="button" size="icon-sm" disabled={!ws} aria-label={t(isPlaying ? "pauseRecording" : "playRecording")} title={common(isPlaying ? "pause" : "play")} onClick={() => void ws?.playPause()}>
        {isPlaying ? <PauseIcon /> : <PlayIcon />}
      </Button>
      <span data-testid="time" className="font-mono text-xs tabular-nums">
        {clock(time_s, 1)} <span className="text-muted-foreground">/ {clock(recording.duration_s, 1)}</span>
      </span>
      <div className="ml-auto flex w-44 items-center gap-2 text-xs text-muted-foreground">
        <span aria-hidden>{t("zoom")}</span>
        <Slider aria-label={t("zoom")} min={0} max={ZOOM_STEPS} step={1} value={[zoom]} disabled={!ws} onValueChange={([value]) => setZoom(value!)} />
      </div>
    </div>
  )
}
