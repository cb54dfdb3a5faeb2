"use client"
import { useTranslations } from "use-intl"
import { Problem } from "@/components/problem"
import { Skeleton } from "@/components/ui/skeleton"
import type { Recording } from "@/lib/api/recordings"
import { cn } from "@/lib/utils"
import { PlaybackBar, type Hearing } from "./playback-bar"
import { useRecordingKeys } from "./use-recording-keys"
import { useRecordingActions } from "./use-recording-actions"
import { useWave, type Range } from "./use-wave"
import { useZoom } from "./use-zoom"

type Props = Parameters<typeof useWave>[1] & {
  /** Where the keys act. */
  view: React.RefObject<HTMLElement | null>
  recording: Recording
  playing: Hearing | null
  onPlay: (span: Range) => void
  onTime: (time_s: number) => void
}

/** The recording to see and hear: its outline, what counts as speech, where it would be cut, the chosen range. */
export function Waveform({ view, recording, playing, onPlay, onTime, ...options }: Props) {
  const t = useTranslations("data")
  const { box, layer, ws, error, loading } = useWave(recording, options)
  const [zoom, setZoom] = useZoom(ws, recording)
  const actions = useRecordingActions(ws, { ...options, length_s: recording.duration_s, zoom, setZoom, onPlay })
  useRecordingKeys(view, actions)
  return (
    <div className="space-y-3">
      <Problem error={error} />
      <div role="group" aria-label={t("waveformOf", { name: recording.name })} className={cn("relative", !ws && "min-h-44", error && "hidden")}>
        {loading && <Skeleton className="absolute inset-0 rounded-lg" />}
        <canvas ref={layer} aria-hidden className="pointer-events-none absolute inset-x-0 top-0 h-32 w-full" />
        <div ref={box} data-testid="waveform" data-ready={ws ? "true" : undefined} className="relative w-full" />
      </div>
      <PlaybackBar ws={ws} recording={recording} playing={playing} zoom={zoom} onZoom={setZoom} actions={actions} onTime={onTime} />
    </div>
  )
}
