"use client"
import { SquareIcon, Volume2Icon } from "lucide-react"
import { useRef, useState } from "react"
import { useTranslations } from "use-intl"
import { Button } from "@/components/ui/button"
import { voiceSample, type Speaker } from "@/lib/api/voices"

/** Plays the first clip of a voice; one without clips has none. */
export function SampleButton({ speaker }: { speaker: Speaker }) {
  const t = useTranslations("voices")
  const audio = useRef<HTMLAudioElement>(null)
  const [playing, setPlaying] = useState(false)
  if (!speaker.clips.length) return null
  const toggle = () => {
    if (!audio.current) return
    if (playing) return audio.current.pause()
    audio.current.currentTime = 0
    void audio.current.play()
  }
  return (
    <>
      <audio ref={audio} src={voiceSample(speaker.name)} preload="none" onPlay={() => setPlaying(true)} onPause={() => setPlaying(false)} />
      <Button type="button" size="icon" variant="outline" aria-label={playing ? t("stopSample", { name: speaker.name }) : t("playSample", { name: speaker.name })} title={t("playSample", { name: speaker.name })} onClick={toggle}>
        {playing ? <SquareIcon /> : <Volume2Icon />}
      </Button>
    </>
  )
}
