"use client"
import { PauseIcon, PlayIcon } from "lucide-react"
import { useRef, useState } from "react"
import { useTranslations } from "use-intl"
import { Button } from "@/components/ui/button"
import { Slider } from "@/components/ui/slider"
import { clock } from "@/lib/utils"

type Props = { src: string; label: string; seconds?: number; from?: number; autoPlay?: boolean }

/**
 * Plays one sound. `label` tells one player from the next. With its length known (`seconds`), nothing is loaded before
 * it is played. It begins at `from`.
 */
export function Player({ src, label, seconds, from = 0, autoPlay }: Props) {
  const t = useTranslations("common")
  const audio = useRef<HTMLAudioElement>(null)
  const [time, setTime] = useState(from)
  const [length, setLength] = useState(seconds ?? 0)
  const [playing, setPlaying] = useState(false)
  const [begun, setBegun] = useState(from === 0)
  const toggle = () => playing ? audio.current?.pause() : void audio.current?.play().catch(() => setPlaying(false))
  return (
    <div role="group" aria-label={label} className="flex min-w-0 items-center gap-3 rounded-lg border bg-muted/40 p-2">
      <audio
        ref={audio}
        src={src}
        autoPlay={autoPlay}
        preload={seconds === undefined ? "metadata" : "none"}
        onTimeUpdate={(e) => setTime(e.currentTarget.currentTime)}
        onLoadedMetadata={(e) => {
          setLength(e.currentTarget.duration)
          if (!begun) e.currentTarget.currentTime = time
          setBegun(true)
        }}
        onPlay={() => setPlaying(true)}
        onPause={() => setPlaying(false)}
      />
      <Button type="button" size="icon-sm" variant="outline" aria-label={playing ? t("pause") : t("play")} onClick={toggle}>
        {playing ? <PauseIcon /> : <PlayIcon />}
      </Button>
      <Slider
        aria-label={t("position")}
        max={length || 1}
        step={0.01}
        value={[time]}
        onValueChange={([v]) => {
          setTime(v!)
          if (audio.current) audio.current.currentTime = v!
        }}
      />
      <span className="font-mono text-xs whitespace-nowrap text-muted-foreground tabular-nums">{clock(time)} / {clock(length)}</span>
    </div>
  )
}
