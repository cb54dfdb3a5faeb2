import { useCallback, useEffect, useRef, useState } from "react"

/** Plays one sound at a time: beginning one ends the other. */
export function useOneSound() {
  const audio = useRef<HTMLAudioElement | null>(null)
  const [playing, setPlaying] = useState<string | null>(null)
  useEffect(() => () => audio.current?.pause(), [])
  const stop = useCallback(() => {
    audio.current?.pause()
    audio.current = null
    setPlaying(null)
  }, [])
  const play = useCallback((src: string) => {
    audio.current?.pause()
    const sound = new Audio(src)
    audio.current = sound
    const ended = () => setPlaying((now) => (audio.current === sound && now === src ? null : now))
    sound.onended = sound.onerror = ended
    setPlaying(src)
    sound.play().catch(ended)
  }, [])
  return { playing, play, stop, toggle: (src: string) => (playing === src ? stop() : play(src)) }
}

export type OneSound = ReturnType<typeof useOneSound>
