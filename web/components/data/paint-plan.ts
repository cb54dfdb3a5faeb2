import type WaveSurfer from "wavesurfer.js"
import type { Plan } from "@/lib/api/cutting"

export const WAVE_HEIGHT = 128
const CHUNK_BAR = 5

type Span = { start_s: number; end_s: number }
export type PlanColors = { speech: string; chunk: string; otherChunk: string; edge: string }

/** A token's colour as a canvas takes it. */
export function token(name: string): string {
  const probe = document.createElement("i")
  probe.style.color = `var(${name})`
  document.body.append(probe)
  const color = getComputedStyle(probe).color
  probe.remove()
  return color
}

export const planColors = (): PlanColors => ({
  speech: token("--wave-speech"),
  chunk: token("--chart-1"),
  otherChunk: token("--chart-3"),
  edge: token("--muted-foreground"),
})

/**
 * Speech as a band and chunks as bars below it, of the part that is in view, on one canvas. A wavesurfer region for each
 * would cost a forced layout apiece: seconds for a few hours of sound.
 */
export function paintPlan(canvas: HTMLCanvasElement, ws: WaveSurfer, plan: Plan | undefined, marked: number | null, colors: PlanColors) {
  const ratio = devicePixelRatio
  const width = ws.getWidth()
  canvas.width = width * ratio
  canvas.height = WAVE_HEIGHT * ratio
  const pen = canvas.getContext("2d")
  if (!pen || !plan || !ws.getDuration()) return
  pen.scale(ratio, ratio)
  const pxPerS = Math.max(width / ws.getDuration(), ws.options.minPxPerSec || 0)
  const from_s = ws.getScroll() / pxPerS
  const to_s = from_s + width / pxPerS
  const x = (time_s: number) => (time_s - from_s) * pxPerS
  const box = (span: Span, top: number, height: number) =>
    pen.fillRect(x(span.start_s), top, Math.max(0.5, (span.end_s - span.start_s) * pxPerS), height)

  pen.fillStyle = colors.speech
  eachInView(plan.speech, from_s, to_s, (span) => box(span, 0, WAVE_HEIGHT))
  eachInView(plan.chunks, from_s, to_s, (span, index) => {
    pen.fillStyle = index % 2 ? colors.otherChunk : colors.chunk
    box(span, WAVE_HEIGHT - CHUNK_BAR, CHUNK_BAR)
    if (index !== marked) return
    pen.strokeStyle = colors.edge
    pen.strokeRect(x(span.start_s), 0.5, (span.end_s - span.start_s) * pxPerS, WAVE_HEIGHT - 1)
  })
}

function eachInView<T extends Span>(spans: T[], from_s: number, to_s: number, draw: (span: T, index: number) => void) {
  for (let i = firstEndingAfter(spans, from_s); i < spans.length && spans[i]!.start_s < to_s; i++) draw(spans[i]!, i)
}

/** Index of the first of the ordered spans that ends after a time; their number where none does. */
export function firstEndingAfter(spans: Span[], time_s: number): number {
  let low = 0
  let high = spans.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (spans[middle]!.end_s <= time_s) low = middle + 1
    else high = middle
  }
  return low
}
