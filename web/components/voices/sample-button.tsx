"use client"
import { SquareIcon, Volume2Icon, VolumeXIcon } from "lucide-react"
import { useRef, useState } from "react"
import { useTranslations } from "use-intl"
import { Button } from "@/components/ui/button"
import { voiceSample, type Speaker } from "@/lib/api/voices"

/** Plays the first clip of a voice; one without clips has none. */
export function SampleButton({ speaker }: { speaker: Speaker }) {
  const t = useTranslations("voices")
  const audio = useRef<HTMLAudioElement>(null)
  const [playing, setPlaying] = useState(false)
  const [broken, setBroken] = useState(false)
  if (!speaker.clips.length) return null
  const toggle = () => {
    if (!audio.current) return
    if (playing) return audio.current.pause()
    audio.current.currentTime = 0
    void audio.current.play().catch(() => setPlaying(false)) // stopped before it began, or broken
  }
  const label = broken ? t("brokenSample", { name: speaker.name }) : playing ? t("stopSample", { name: speaker.name }) : t("playSample", { name: speaker.name })
  return (
    <>
      <audio
        ref={audio}
        src={voiceSample(speaker.name)}
        preload="none"
        onPlay={() => setPlaying(true)}
        onPause={() => setPlaying(false)}
        onError={() => setBroken(true)}
      />
      <Button type="button" size="icon" variant="outline" disabled={broken} aria-label={label} title={label} onClick={toggle}>
        {playing ? <SquareIcon /> : broken ? <VolumeXIcon /> : <Volume2Icon />}
      </Button>
    </>
  )
}
