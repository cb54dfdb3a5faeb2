import { BASE_MODEL } from "@/lib/api/models"
import type { Method, TrainRequest } from "@/lib/api/training"

export type Share = TrainRequest["more_datasets"][number]

/** Settings that the recipe chooses when they are left empty. */
export type Tuning = Partial<Omit<TrainRequest, "dataset" | "name" | "base_model" | "method" | "more_datasets" | "dataset_weight" | "run_id">>

/** What the form's fields hold while they are being filled in. */
export type Draft = {
  dataset: string | undefined
  weight: number | null
  more: Share[]
  name: string | undefined
  baseModel: string
  /** Null: what is suggested. */
  method: Method | null
  tuning: Tuning
}

export const NEW_DRAFT: Draft = { dataset: undefined, weight: null, more: [], name: undefined, baseModel: BASE_MODEL, method: null, tuning: {} }

const ONLY_ADAPTERS = ["lora_rank", "lora_alpha", "lora_dropout", "lora_targets"] as const

/** The request; what is empty is left out, and is the recipe's. */
export function requestOf(draft: Draft, dataset: string, name: string, method: Method): TrainRequest {
  const given = Object.entries(draft.tuning).filter(([, value]) => !isEmpty(value))
  const tuning = Object.fromEntries(given) as Tuning
  if (method === "full") for (const setting of ONLY_ADAPTERS) delete tuning[setting]
  const more = draft.more.filter((share) => share.dataset)
  return { dataset, name, base_model: draft.baseModel, method, dataset_weight: draft.weight ?? 1, more_datasets: more, ...tuning } as TrainRequest
}

const isEmpty = (value: unknown) => value === null || value === undefined || (Array.isArray(value) && !value.length)

/** How many settings are not the recipe's. */
export const chosenOf = (tuning: Tuning) => Object.values(tuning).filter((value) => !isEmpty(value)).length

/** anna -> anna-v1, or the first number that no model has. */
export function freeName(dataset: string, taken: ReadonlySet<string>): string {
  let number = 1
  while (taken.has(`${dataset}-v${number}`)) number += 1
  return `${dataset}-v${number}`
}
