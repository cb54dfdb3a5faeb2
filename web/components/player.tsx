"use client"
import { PauseIcon, PlayIcon, RotateCwIcon } from "lucide-react"
import { useEffect, useEffectEvent, useRef, useState } from "react"
import { useTranslations } from "use-intl"
import { SoundOutline } from "@/components/sound-outline"
import { Button } from "@/components/ui/button"
import { Slider } from "@/components/ui/slider"
import { clock, cn } from "@/lib/utils"

type Props = { src: string; label: string; seconds?: number; from?: number; autoPlay?: boolean; peaks?: readonly number[] }

/**
 * Plays one sound. `label` tells one player from the next. With its length known (`seconds`), nothing is loaded before
 * it is played. It begins at `from`. With `peaks` it shows the outline. Arrows go a second on or back, page keys five. A sound that is cut off goes on where it was,
 * once the network is back or by a button.
 */
export function Player({ src, label, seconds, from = 0, autoPlay, peaks }: Props) {
  const t = useTranslations("common")
  const audio = useRef<HTMLAudioElement>(null)
  const startAt = useRef<number | null>(from || null)
  const [time, setTime] = useState(from)
  const [length, setLength] = useState(seconds ?? 0)
  const [playing, setPlaying] = useState(false)
  const [failed, setFailed] = useState(false)
  const learn = useEffectEvent((element: HTMLAudioElement) => {
    setLength(element.duration)
    if (startAt.current !== null) element.currentTime = startAt.current
    startAt.current = null
  })
  useEffect(() => {
    const element = audio.current!
    const onLength = () => learn(element)
    if (element.readyState >= HTMLMediaElement.HAVE_METADATA) onLength() // the sound was here before the page
    element.addEventListener("loadedmetadata", onLength)
    return () => element.removeEventListener("loadedmetadata", onLength)
  }, [])
  const play = () => void audio.current?.play().catch(() => setPlaying(false))
  const again = () => {
    startAt.current ??= time
    setFailed(false)
    audio.current?.load()
    play()
  }
  const seek = (to: number) => {
    setTime(to)
    if (startAt.current !== null || !audio.current?.readyState) startAt.current = to // nothing is loaded yet
    if (audio.current) audio.current.currentTime = to
  }
  const onOnline = useEffectEvent(again)
  useEffect(() => {
    if (!failed) return
    const listener = () => onOnline()
    addEventListener("online", listener)
    return () => removeEventListener("online", listener)
  }, [failed])
  return (
    <div role="group" aria-label={label} className="min-w-0 space-y-1.5 rounded-lg border bg-muted/40 p-2">
      <div className="flex min-w-0 items-center gap-3">
        <audio
          ref={audio}
          src={src}
          autoPlay={autoPlay}
          preload={seconds === undefined ? "metadata" : "none"}
          onTimeUpdate={(e) => startAt.current === null && setTime(e.currentTarget.currentTime)}
          onPlay={() => setPlaying(true)}
          onPause={() => setPlaying(false)}
          onError={() => {
            startAt.current ??= time
            setPlaying(false)
            setFailed(true)
          }}
        />
        <Button type="button" size="icon-sm" variant="outline" aria-label={playing ? t("pause") : t("play")} onClick={() => (playing ? audio.current?.pause() : failed ? again() : play())}>
          {playing ? <PauseIcon /> : <PlayIcon />}
        </Button>
        <div className="relative min-w-0 flex-1">
          {peaks && <SoundOutline peaks={peaks} share={time / (length || 1)} />}
          <Slider
            aria-label={t("position")}
            className={cn(peaks && OVER_OUTLINE)}
            max={length || 1}
            step={0.01}
            value={[time]}
            onValueChange={([v]) => seek(v!)}
            onKeyDown={(event) => {
              const by = KEYS_S[event.key]
              if (!by) return
              event.preventDefault()
              seek(Math.min(length, Math.max(0, time + by)))
            }}
          />
        </div>
        <span className="font-mono text-xs whitespace-nowrap text-muted-foreground tabular-nums">{clock(time)} / {clock(length)}</span>
      </div>
      {failed && (
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-xs">
          <p role="alert" className="text-destructive">{t("playFailed")}</p>
          <Button type="button" size="sm" variant="ghost" onClick={again}><RotateCwIcon />{t("retry")}</Button>
        </div>
      )}
    </div>
  )
}

const KEYS_S: Readonly<Record<string, number>> = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 5, PageDown: -5 }

/** A slider that lets what is behind it be seen: a line where it is. */
const OVER_OUTLINE = "h-10 [&_[data-orientation]>[data-orientation]]:bg-transparent [&>[data-orientation]]:bg-transparent [&_[role=slider]]:h-10 [&_[role=slider]]:w-1 [&_[role=slider]]:rounded-full [&_[role=slider]]:border-0 [&_[role=slider]]:bg-primary"
