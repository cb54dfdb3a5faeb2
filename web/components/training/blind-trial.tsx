"use client"
import { useState } from "react"
import { useTranslations } from "use-intl"
import { Problem } from "@/components/problem"
import { Button } from "@/components/ui/button"
import { Kbd } from "@/components/ui/kbd"
import { auditionAudio, useVote } from "@/lib/api/runs"
import { heardOf, voteOf, type Answer, type Trial } from "./blind"
import { PlayButton } from "./play-button"
import { useOneSound } from "./use-one-sound"
import { useStepName } from "./use-step-name"
import { useTrialKeys } from "./use-trial-keys"

type Props = { runId: string; trial: Trial; onNext: () => void }

const KEYS = { first: "1", second: "2", same: "0" } as const
const ANSWERS = ["first", "second", "same"] as const

/** One comparison: hear both, then say which is better; only then it is told which was which. */
export function BlindTrial({ runId, trial, onNext }: Props) {
  const t = useTranslations("auditions")
  const nameOf = useStepName()
  const sound = useOneSound()
  const vote = useVote(runId)
  const [heard, setHeard] = useState<ReadonlySet<number>>(new Set())
  const steps = heardOf(trial)
  const sources = steps.map((step) => auditionAudio(runId, step, trial.line))
  const both = heard.size === 2
  const open = both && !vote.isPending && !vote.isSuccess
  const listen = (i: number) => {
    setHeard((before) => new Set([...before, i]))
    sound.toggle(sources[i]!)
  }
  const answer = (given: Answer) => {
    sound.stop()
    if (open) vote.mutate(voteOf(trial, given))
  }
  useTrialKeys(true, {
    ArrowLeft: () => listen(0),
    ArrowRight: () => listen(1),
    ...(open ? { "1": () => answer("first"), "2": () => answer("second"), "0": () => answer("same") } : {}),
  })
  return (
    <div role="group" aria-label={t("blind")} className="space-y-4 rounded-lg border p-4">
      <div className="flex flex-wrap gap-3">
        {([0, 1] as const).map((i) => (
          <div key={i} className="flex items-center gap-2 rounded-lg border bg-muted/40 p-2 pr-3">
            <PlayButton label={t("playNumber", { n: i + 1 })} playing={sound.playing === sources[i]} onToggle={() => listen(i)} />
            <span className="text-sm font-medium">{i + 1}</span>
            {vote.isSuccess && <span className="font-mono text-xs text-muted-foreground tabular-nums">{nameOf(steps[i]!)}</span>}
            <Kbd className="max-md:hidden">{i ? "→" : "←"}</Kbd>
          </div>
        ))}
      </div>
      {vote.isSuccess && vote.variables ? <Revealed steps={steps} preferred={preferredOf(vote.variables)} onNext={onNext} /> : (
        <div className="space-y-2">
          <div className="flex flex-wrap gap-2">
            {ANSWERS.map((given) => (
              <Button key={given} type="button" size="sm" variant="outline" disabled={!open} aria-keyshortcuts={KEYS[given]} onClick={() => answer(given)}>
                {t(`answers.${given}`)} <Kbd className="max-md:hidden">{KEYS[given]}</Kbd>
              </Button>
            ))}
          </div>
          {!both && <p className="text-xs text-muted-foreground">{t("hearBoth")}</p>}
          <Problem error={vote.error} />
        </div>
      )}
    </div>
  )
}

/** The step that was preferred, null where neither was. */
const preferredOf = ({ preferred, step_a, step_b }: { preferred: string; step_a: number; step_b: number }) =>
  preferred === "same" ? null : preferred === "a" ? step_a : step_b

function Revealed({ steps, preferred, onNext }: { steps: [number, number]; preferred: number | null; onNext: () => void }) {
  const t = useTranslations("auditions")
  const nameOf = useStepName()
  return (
    <div className="flex flex-wrap items-center gap-3">
      <p role="status" className="text-sm">
        {t("revealed", { first: nameOf(steps[0]), second: nameOf(steps[1]) })}{" "}
        <span className="font-medium">{preferred === null ? t("noPreference") : t("preferred", { name: nameOf(preferred) })}</span>
      </p>
      <Button type="button" size="sm" autoFocus onClick={onNext}>{t("next")}</Button>
    </div>
  )
}
