"use client"
import { PlayIcon, SquareIcon } from "lucide-react"
import { Button } from "@/components/ui/button"

type Props = { label: string; playing: boolean; onToggle: () => void; disabled?: boolean }

/** Plays and stops; `label` says what. */
export function PlayButton({ label, playing, onToggle, disabled }: Props) {
  return (
    <Button type="button" size="icon-sm" variant={playing ? "default" : "outline"} aria-label={label} aria-pressed={playing} disabled={disabled} onClick={onToggle}>
      {playing ? <SquareIcon /> : <PlayIcon />}
    </Button>
  )
}
