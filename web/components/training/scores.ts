import type { Audition } from "@/lib/api/runs"

/** What an audition measured, in the order in which it is shown; `score` first. */
export const SCORES = ["score", "similarity", "cer", "pace", "silence", "eval_loss"] as const
export type Score = (typeof SCORES)[number]

const AS_PERCENT: ReadonlySet<Score> = new Set(["cer", "silence"])

/** 0.0412 -> "4.1 %" for rates, "0.71" for the rest; a dash for what was not measured. */
export function scoreText(score: Score, value: number | null | undefined, locale: string): string {
  if (value === null || value === undefined) return "–"
  const percent = AS_PERCENT.has(score)
  const digits = percent ? 1 : score === "eval_loss" ? 3 : 2
  return new Intl.NumberFormat(locale, { style: percent ? "percent" : "decimal", maximumFractionDigits: digits, minimumFractionDigits: digits }).format(value)
}

/** The checkpoint that is best so far: the run's own word, or else the best score. Step 0 is the base model. */
export function bestOf(auditions: readonly Audition[], told: number | null | undefined): number | null {
  if (told !== null && told !== undefined) return told
  return auditions.filter((one) => one.step > 0).reduce<Audition | null>((best, one) => (best && best.score >= one.score ? best : one), null)?.step ?? null
}
