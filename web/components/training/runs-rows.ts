import { isActive, type OtherRun, type TrainingRun, type TrainRequest, type TrainResult } from "@/lib/api/training"
import { stepsIn } from "./curves"
import type { State } from "./state-badge"

/** A line of the list of runs, be it of a job or of the disk alone (`state` null). */
export type RunRow = {
  key: string
  runId: string | null
  href: string
  state: State | null
  name: string
  dataset: string
  method: string
  steps: string
  share: number | null
  score: number | null
  createdAt: string
}

/** All runs, the newest first; of the jobs that went on with a run the newest stands for it. */
export function rowsOf(runs: readonly TrainingRun[], others: readonly OtherRun[]): RunRow[] {
  const rows = [...runs.map(ofJob), ...others.map(ofDisk)]
  rows.sort((a, b) => Date.parse(b.createdAt) - Date.parse(a.createdAt))
  const newest = new Map(rows.map((row) => [row.runId ?? row.key, row] as const).reverse())
  return rows.filter((row) => newest.get(row.runId ?? row.key) === row)
}

/** Whether a row has all of these words. `shown`: its method and state as the reader sees them. */
export const matches = (row: RunRow, shown: readonly string[], words: string) =>
  words.toLowerCase().split(/\s+/).every((word) => [row.name, row.dataset, ...shown].join(" ").toLowerCase().includes(word))

function ofJob({ job, run_id, best_score }: TrainingRun): RunRow {
  const request = job.request as TrainRequest
  const told = stepsIn(job.message)
  return {
    key: job.id,
    runId: run_id,
    href: `/training/run/?id=${job.id}`,
    state: job.state,
    name: request.name,
    dataset: request.dataset,
    method: request.method ?? "full",
    steps: job.result ? String((job.result as TrainResult).steps) : told ? `${told.step} / ${told.total}` : "–",
    share: isActive(job.state) ? job.progress : null,
    score: best_score ?? null,
    createdAt: job.created_at,
  }
}

function ofDisk(run: OtherRun): RunRow {
  return {
    key: run.run_id,
    runId: run.run_id,
    href: `/training/run/?run=${encodeURIComponent(run.run_id)}`,
    state: null,
    name: run.name || run.run_id,
    dataset: run.dataset,
    method: run.method || "full",
    steps: run.total_steps ? `${run.steps} / ${run.total_steps}` : String(run.steps),
    share: null,
    score: run.best_score ?? null,
    createdAt: run.begun_at,
  }
}
