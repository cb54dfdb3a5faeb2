import { BASE_MODEL } from "@/lib/api/models"
import type { TrainRequest } from "@/lib/api/training"

/** What the form's fields hold while they are being filled in; an empty number means its default. */
export type Draft = {
  dataset: string | undefined
  name: string | undefined
  baseModel: string
  epochs: number | null
  batchSize: number | null
  maxSteps: number | null
  gradAccumulation: number | null
  learningRate: number | null
  seed: number | null
  evalFraction: number | null
  saveEvery: number | null
}

/** The server's defaults, shown in the fields before anyone types. */
export const DEFAULTS = {
  epochs: 10,
  batchSize: 4,
  gradAccumulation: 1,
  learningRate: 5e-6,
  seed: 1,
  evalFraction: 0.15,
  saveEvery: 200,
} as const

export const NEW_DRAFT: Draft = { dataset: undefined, name: undefined, baseModel: BASE_MODEL, maxSteps: null, ...DEFAULTS }

export function requestOf(draft: Draft, dataset: string, name: string): TrainRequest {
  return {
    dataset,
    name,
    base_model: draft.baseModel,
    method: "full",
    epochs: draft.epochs ?? DEFAULTS.epochs,
    max_steps: draft.maxSteps,
    batch_size: draft.batchSize ?? DEFAULTS.batchSize,
    grad_accumulation: draft.gradAccumulation ?? DEFAULTS.gradAccumulation,
    learning_rate: draft.learningRate ?? DEFAULTS.learningRate,
    weight_decay: 1e-2,
    warmup_steps: 0,
    eval_fraction: draft.evalFraction ?? DEFAULTS.evalFraction,
    save_every_steps: draft.saveEvery ?? DEFAULTS.saveEvery,
    seed: draft.seed ?? DEFAULTS.seed,
  }
}

/** anna -> anna-v1, or the first number that no model has. */
export function freeName(dataset: string, taken: ReadonlySet<string>): string {
  let number = 1
  while (taken.has(`${dataset}-v${number}`)) number += 1
  return `${dataset}-v${number}`
}
