import type { Job } from "@/lib/api/jobs"
import { useRun, type RunDetails } from "@/lib/api/runs"
import { isActive, useTrainingRuns, type TrainRequest, type TrainResult } from "@/lib/api/training"
import type { ApiError } from "@/lib/api/client"

/** The run that a job trains. `laterJobId`: the job that has gone on with it since. `gone`: it was deleted. */
export type RunOfJob = { runId: string | null; run: RunDetails | undefined; laterJobId: string | null; gone: boolean; error: unknown }

export function useRunOfJob(job: Job): RunOfJob {
  const runs = useTrainingRuns()
  const listed = runs.data?.runs ?? []
  const told = (job.result as TrainResult | null)?.run_id ?? (job.request as TrainRequest).run_id
  const runId = told ?? listed.find((one) => one.job.id === job.id)?.run_id ?? null
  const run = useRun(runId, isActive(job.state))
  const newest = runId ? listed.find((one) => one.run_id === runId)?.job : undefined
  const gone = (run.error as ApiError | null)?.status === 404
  return {
    runId,
    run: gone ? undefined : run.data,
    laterJobId: newest && newest.id !== job.id && newest.created_at > job.created_at ? newest.id : null,
    gone: gone && !isActive(job.state),
    error: gone ? null : run.error,
  }
}
