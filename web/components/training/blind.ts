import type { Audition, Vote } from "@/lib/api/runs"

/** Two checkpoints and a sentence. `swapped`: the first that is heard is `b`. */
export type Trial = { id: number; a: number; b: number; line: number; swapped: boolean }

export type Answer = "first" | "second" | "same"

/** A trial in an order that nobody can guess. */
export const shuffled = (a: number, b: number, line: number): Trial => ({ id: Math.random(), a, b, line, swapped: Math.random() < 0.5 })

/** The step that is heard first, and the one that is heard second. */
export const heardOf = ({ a, b, swapped }: Trial): [number, number] => (swapped ? [b, a] : [a, b])

export function voteOf({ a, b, line, swapped }: Trial, answer: Answer): Vote {
  const preferred = answer === "same" ? "same" : (answer === "first") === swapped ? "b" : "a"
  return { line, step_a: a, step_b: b, preferred, created_at: "" }
}

/** Which pair is worth comparing first: the best with the last other one. */
export function firstPair(auditions: readonly Audition[], best: number | null): [number, number] {
  const steps = auditions.map((audition) => audition.step)
  const a = best !== null && steps.includes(best) ? best : steps.at(-1)!
  return [a, steps.findLast((step) => step !== a)!]
}

export type Tally = { a: number; b: number; same: number }

/** How often each of two was preferred, whichever of them a vote called `a`. */
export function tallyOf(votes: readonly Vote[], a: number, b: number): Tally {
  const tally = { a: 0, b: 0, same: 0 }
  for (const vote of votes) {
    if (vote.step_a === a && vote.step_b === b) tally[vote.preferred] += 1
    else if (vote.step_a === b && vote.step_b === a) tally[vote.preferred === "same" ? "same" : vote.preferred === "a" ? "b" : "a"] += 1
  }
  return tally
}
