/** One measured number; null where it was not finite. */
export type Point = { step: number; name: string; value: number | null }

type Sample = { step: number; value: number | null }

/** What was measured, by its name. */
export type Measured = ReadonlyMap<string, readonly Sample[]>

export type Curves = { steps: number[]; values: (number | null)[][] }

export function measuredOf(points: readonly Point[]): Measured {
  const found = new Map<string, Sample[]>()
  for (const point of points) {
    const there = found.get(point.name)
    if (there) there.push(point)
    else found.set(point.name, [point])
  }
  return found
}

/** Curves over one axis of steps; a later value of a step replaces an earlier one. */
export function curvesOf(lines: readonly (readonly Sample[])[]): Curves {
  const steps = [...new Set(lines.flatMap((line) => line.map((sample) => sample.step)))].sort((a, b) => a - b)
  const place = new Map(steps.map((step, i) => [step, i]))
  const values = lines.map((line) => {
    const row = new Array<number | null>(steps.length).fill(null)
    for (const { step, value } of line) row[place.get(step)!] = value
    return row
  })
  return { steps, values }
}

/** A running mean that forgets: `weight` 0 is the curve itself, near 1 is very calm. Its start is not drawn to zero. */
export function smoothed(values: readonly (number | null)[], weight: number): (number | null)[] {
  let mean = 0
  let known = 0
  return values.map((value) => {
    if (value === null) return null
    mean = weight * mean + (1 - weight) * value
    known = weight * known + (1 - weight)
    return mean / known
  })
}

/** The last value at `i` or before it. */
export function valueAt(values: readonly (number | null)[], i: number): number | null {
  for (let at = Math.min(i, values.length - 1); at >= 0; at--) if (values[at] !== null && values[at] !== undefined) return values[at]
  return null
}

/** The value of each curve at its last step. */
export function latestOf(points: readonly Point[]): Map<string, Point> {
  const latest = new Map<string, Point>()
  for (const point of points) if (point.step >= (latest.get(point.name)?.step ?? 0)) latest.set(point.name, point)
  return latest
}

/** "… step 3 of 10 …" -> [3, 10]: how far the message of a training says it is. */
export function stepsIn(message: string): { step: number; total: number } | null {
  const found = /step (\d+) of (\d+)/.exec(message)
  return found ? { step: Number(found[1]), total: Number(found[2]) } : null
}
