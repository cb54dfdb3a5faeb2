import type { RunDetails } from "@/lib/api/runs"
import type { Measured } from "./curves"
import type { Look } from "./plot-options"

export type ComparedRun = { run: RunDetails; label: string; measured: Measured }

const LOOKS: Look[] = [
  { color: "--chart-1" },
  { color: "--chart-2", dash: [8, 4] },
  { color: "--chart-3", dash: [2, 3] },
  { color: "--chart-1", dash: [12, 4, 2, 4] },
  { color: "--chart-2", dash: [4, 4] },
  { color: "--chart-3", dash: [14, 6] },
]

export const MOST_COMPARED = LOOKS.length

/** How the curves of a run look among others: no two are dashed alike. */
export const lookOf = (i: number): Look => LOOKS[i % LOOKS.length]!
