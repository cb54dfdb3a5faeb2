/** One measured number; null where it was not finite. */
export type Point = { id: number; step: number; name: string; value: number | null }

export type Curves = { steps: number[]; values: (number | null)[][] }

/** What was stored and what came live, each event once. Live events up to the last stored one are known already. */
export function mergePoints(stored: readonly Point[], live: readonly Point[]): Point[] {
  const last = stored.at(-1)?.id ?? 0
  return [...stored, ...live.filter((point) => point.id > last)]
}

/** The named curves over one axis of steps; a later value of a step replaces an earlier one. */
export function curvesOf(points: readonly Point[], names: readonly string[]): Curves {
  const wanted = points.filter((point) => names.includes(point.name))
  const steps = [...new Set(wanted.map((point) => point.step))].sort((a, b) => a - b)
  const place = new Map(steps.map((step, i) => [step, i]))
  const values = names.map(() => new Array<number | null>(steps.length).fill(null))
  for (const { step, name, value } of wanted) values[names.indexOf(name)]![place.get(step)!] = value
  return { steps, values }
}

/** The last value of each curve. */
export function latestOf(points: readonly Point[]): Map<string, Point> {
  return new Map(points.map((point) => [point.name, point]))
}

/** "… step 3 of 10 …" -> [3, 10]: how far the message of a training says it is. */
export function stepsIn(message: string): { step: number; total: number } | null {
  const found = /step (\d+) of (\d+)/.exec(message)
  return found ? { step: Number(found[1]), total: Number(found[2]) } : null
}
