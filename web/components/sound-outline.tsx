import { useMemo } from "react"

const BARS = 160

type Props = { peaks: readonly number[]; share: number }

/** The outline of a sound, from the loudest of even stretches (0 to 1); what was heard (`share`) is coloured. */
export function SoundOutline({ peaks, share }: Props) {
  const count = peaks.length
  const path = useMemo(() => barsOf(peaks, count), [peaks, count])
  const bars = (color: string, clip?: string) => (
    <svg viewBox={`0 0 ${BARS} 2`} preserveAspectRatio="none" className="absolute inset-0 size-full" style={{ fill: `var(${color})`, clipPath: clip }}><path d={path} /></svg>
  )
  return (
    <div aria-hidden data-slot="outline" className="pointer-events-none absolute inset-0">
      {bars("--wave")}
      {bars("--wave-played", `inset(0 ${100 - 100 * Math.min(1, share)}% 0 0)`)}
    </div>
  )
}

function barsOf(peaks: readonly number[], count: number) {
  const loudest = peaks.reduce((most, peak) => Math.max(most, peak), 0.05)
  const bars = Array.from({ length: BARS }, (_, bar) => {
    const from = Math.floor((bar * count) / BARS)
    const to = Math.max(from + 1, Math.floor(((bar + 1) * count) / BARS))
    const peak = peaks.slice(from, to).reduce((most, one) => Math.max(most, one), 0)
    const height = Math.max(0.06, 0.95 * (peak / loudest))
    return `M${bar + 0.2} ${(1 - height).toFixed(3)}h.6v${(2 * height).toFixed(3)}h-.6z`
  })
  return bars.join("")
}
