import uPlot from "uplot"
import type { ShortNumber } from "./numbers"

/** How a curve looks; `dash` tells it from others without its colour. */
export type Look = { color: "--chart-1" | "--chart-2" | "--chart-3"; dots?: boolean; dash?: number[] }
export type PlotEvents = { onCursor: (index: number | null) => void; onRange: (range: readonly [number, number] | null) => void }

/** A step to be seen among the others. */
type Mark = { step: number; label: string }
type Wanted = { looks: Look[]; log: boolean; calm: boolean; mark: Mark | null; number: ShortNumber }

/** Canvas takes no CSS variables: colours are read when the chart is made, and it is made anew with the theme. */
export function plotOptions({ looks, log, calm, mark, number }: Wanted, width: number, height: number, events: () => PlotEvents): uPlot.Options {
  const style = getComputedStyle(document.documentElement)
  const color = (name: string) => style.getPropertyValue(name).trim()
  const axis: uPlot.Axis = {
    stroke: color("--muted-foreground"),
    grid: { stroke: color("--border"), width: 1 },
    ticks: { show: false },
    font: `11px ${getComputedStyle(document.body).fontFamily}`,
  }
  return {
    width,
    height,
    scales: { x: { time: false }, y: log ? { distr: 3 } : {} },
    cursor: cursorOf(events),
    legend: { show: false },
    axes: [
      { ...axis, size: 28, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5] },
      { ...axis, size: 56, values: (_, ticks) => ticks.map((tick) => (tick === null ? "" : number(tick))) },
    ],
    hooks: {
      drawAxes: mark ? [(plot) => drawMark(plot, mark, color)] : [],
      setCursor: [(plot) => events().onCursor(plot.cursor.idx ?? null)],
      setSelect: [(plot) => chosen(plot, events())],
    },
    series: [{}, ...looks.flatMap((look) => seriesOf(look, color, calm))],
  }
}

/** An upright line behind the curves with its name at the top, on the side where there is room. */
function drawMark(plot: uPlot, { step, label }: Mark, color: (name: string) => string) {
  const { min, max } = plot.scales.x!
  if (min == null || max == null || step < min || step > max) return
  const { ctx, bbox } = plot
  const ratio = devicePixelRatio
  const x = Math.round(plot.valToPos(step, "x", true))
  const right = x > bbox.left + bbox.width / 2
  ctx.save()
  ctx.strokeStyle = ctx.fillStyle = color("--success")
  ctx.lineWidth = ratio
  ctx.setLineDash([2 * ratio, 3 * ratio])
  ctx.beginPath()
  ctx.moveTo(x, bbox.top)
  ctx.lineTo(x, bbox.top + bbox.height)
  ctx.stroke()
  ctx.font = `${11 * ratio}px ${getComputedStyle(document.body).fontFamily}`
  ctx.textAlign = right ? "right" : "left"
  ctx.textBaseline = "top"
  ctx.fillText(label, x + (right ? -4 : 4) * ratio, bbox.top + 2 * ratio)
  ctx.restore()
}

/** One cursor for all charts; what is dragged over in one becomes the range of all, a double click takes it back. */
function cursorOf(events: () => PlotEvents): uPlot.Cursor {
  return {
    sync: { key: "training", setSeries: false, filters: { sub: () => true, pub: (type) => type === "mousemove" || type === "mouseleave" } },
    drag: { x: true, y: false, setScale: false },
    bind: {
      dblclick: () => () => {
        events().onRange(null)
        return null
      },
    },
  }
}

function chosen(plot: uPlot, events: PlotEvents) {
  const { left, width } = plot.select
  if (width < 4) return
  events.onRange([plot.posToVal(left, "x"), plot.posToVal(left + width, "x")])
  plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
}

function seriesOf(look: Look, color: (name: string) => string, calm: boolean): uPlot.Series[] {
  const line: uPlot.Series = { stroke: color(look.color), width: 1.75, spanGaps: true, dash: look.dash }
  if (look.dots) return [{ ...line, points: { show: true, size: 6, fill: color("--card") } }]
  return calm ? [{ ...line, width: 1, alpha: 0.28, dash: undefined, points: { show: false } }, { ...line, points: { show: false } }] : [line]
}
