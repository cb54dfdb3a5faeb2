"use client"
import { useTheme } from "next-themes"
import { useEffect, useRef } from "react"
import { useTranslations } from "use-intl"
import { useOutline } from "@/lib/api/curation"
import type { Clip } from "@/lib/api/datasets"
import { Button } from "@/components/ui/button"
import { clock, cn } from "@/lib/utils"
import { FIX_ICONS } from "./clip-reasons"
import { useDesk } from "./desk"
import { usePosition } from "./sound"
import { splitPoint } from "./use-clip-keys"

const STEP_S = 0.05

/**
 * The outline of a clip with where it plays; clicking or dragging goes there, and so do the arrow keys. Scissors hang at
 * that place and split there; at the end the next clip is joined on.
 */
export function ClipWave({ clip, number }: { clip: Clip; number: number }) {
  const t = useTranslations("datasets")
  const { name, sound, act, merge, busy } = useDesk()
  const at_s = usePosition(sound, clip.file)
  const share = clip.duration_s ? Math.min(1, at_s / clip.duration_s) : 0
  const seek = (to_s: number) => sound.seek(clip.file, Math.min(Math.max(0, to_s), clip.duration_s))
  const onPointer = (event: React.PointerEvent<HTMLDivElement>) => {
    if (event.type === "pointerdown") event.currentTarget.setPointerCapture(event.pointerId)
    else if (!event.currentTarget.hasPointerCapture(event.pointerId)) return
    const box = event.currentTarget.getBoundingClientRect()
    seek(((event.clientX - box.left) / box.width) * clip.duration_s)
  }
  const onKeyDown = (event: React.KeyboardEvent) => {
    const steps = { ArrowLeft: -STEP_S, ArrowRight: STEP_S, PageUp: -1, PageDown: 1, Home: -Infinity, End: Infinity }[event.key]
    if (steps === undefined) return
    event.preventDefault()
    event.stopPropagation()
    seek(at_s + steps)
  }
  const split_s = splitPoint(clip, at_s)
  const canChange = clip.state !== "dropped" && !busy
  return (
    <div className="flex min-w-0 items-center gap-2 max-sm:flex-wrap">
      <div className="relative min-w-0 flex-1 pt-6 max-sm:basis-full">
        {canChange && split_s !== undefined && (
          <WaveButton icon={<FIX_ICONS.split />} label={t("splitAt", { time: clock(split_s, 2) })} className="absolute top-0 -translate-x-1/2" style={{ left: `${share * 100}%` }} onClick={() => act("split", [clip.file], split_s)} />
        )}
        <div
          role="slider"
          tabIndex={0}
          aria-label={t("position", { n: number })}
          aria-valuemin={0}
          aria-valuemax={Math.round(clip.duration_s * 100) / 100}
          aria-valuenow={Math.round(at_s * 100) / 100}
          aria-valuetext={clock(at_s, 2)}
          onPointerDown={onPointer}
          onPointerMove={onPointer}
          onKeyDown={onKeyDown}
          className="relative h-12 cursor-pointer touch-none rounded-md outline-none focus-visible:ring-3 focus-visible:ring-ring/50"
        >
          <Outline dataset={name} file={clip.file} share={share} />
          <span aria-hidden className="pointer-events-none absolute inset-y-0 w-px bg-primary" style={{ left: `${share * 100}%` }} />
        </div>
      </div>
      {canChange && <WaveButton icon={<FIX_ICONS.merge />} label={t("mergeHere")} className="shrink-0 sm:mt-6" onClick={() => merge(clip)} />}
      <span className="font-mono sm:mt-6 text-xs whitespace-nowrap text-muted-foreground tabular-nums">{clock(at_s, 2)} / {clock(clip.duration_s, 2)}</span>
    </div>
  )
}

type WaveButtonProps = { icon: React.ReactNode; label: string; className: string; style?: React.CSSProperties; onClick: () => void }

/** By the pointer: the row of actions and its keys do the same. */
function WaveButton({ icon, label, ...rest }: WaveButtonProps) {
  return <Button type="button" size="icon-sm" variant="outline" tabIndex={-1} aria-label={label} title={label} {...rest} className={cn("z-10 size-6 rounded-full bg-card [&_svg]:size-3.5", rest.className)}>{icon}</Button>
}

type OutlineProps = { dataset: string; file: string; share: number }

function Outline({ dataset, file, share }: OutlineProps) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const { data: bars } = useOutline(dataset, file)
  const { resolvedTheme } = useTheme()
  useEffect(() => {
    if (bars && canvas.current) paint(canvas.current, bars, share)
  }, [bars, share, resolvedTheme])
  return <canvas ref={canvas} aria-hidden className="size-full" />
}

const BAR_PX = 2
const GAP_PX = 1

function paint(canvas: HTMLCanvasElement, outline: Float32Array, share: number) {
  const scale = devicePixelRatio
  const { width, height } = canvas.getBoundingClientRect()
  canvas.width = width * scale
  canvas.height = height * scale
  const to = canvas.getContext("2d")
  if (!to) return
  to.scale(scale, scale)
  const style = getComputedStyle(canvas)
  const [played, ahead] = ["--wave-played", "--wave"].map((name) => style.getPropertyValue(name))
  const count = Math.max(1, Math.floor(width / (BAR_PX + GAP_PX)))
  for (let bar = 0; bar < count; bar++) {
    const part = outline.subarray(Math.floor((bar * outline.length) / count), Math.max(1, Math.ceil(((bar + 1) * outline.length) / count)))
    const tall = Math.max(1.5, Math.sqrt(Math.max(...part)) * (height - 4)) // by its root: quiet sounds are seen, too
    to.fillStyle = (bar + 0.5) / count <= share ? played! : ahead!
    to.fillRect(bar * (BAR_PX + GAP_PX), (height - tall) / 2, BAR_PX, tall)
  }
}
