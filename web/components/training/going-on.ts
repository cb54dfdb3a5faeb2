import type { RunDetails } from "@/lib/api/runs"
import type { TrainRequest, TrainResult } from "@/lib/api/training"

export const MORE_EPOCHS = 5

/** The request that takes a finished run a few epochs further than it came; one that ended early is not ended again. */
export function withMoreEpochs({ run_id, request, plan }: RunDetails, { steps, stopped_early }: TrainResult): TrainRequest {
  const perEpoch = plan?.steps_per_epoch || 1
  return {
    ...request,
    run_id,
    epochs: Math.ceil(steps / perEpoch) + MORE_EPOCHS,
    max_steps: null,
    early_stop_after: stopped_early ? 0 : request.early_stop_after,
  }
}
