"use client"
import { useState } from "react"
import { useTranslations } from "use-intl"
import { SelectField } from "@/components/field"
import { Button } from "@/components/ui/button"
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card"
import type { RunDetails } from "@/lib/api/runs"
import { firstPair, shuffled, tallyOf, type Trial } from "./blind"
import { BlindTrial } from "./blind-trial"
import { useStepName } from "./use-step-name"

/** Two checkpoints, one sentence, in an order that nobody knows. */
export function BlindTest({ run, best }: { run: RunDetails; best: number | null }) {
  const t = useTranslations("auditions")
  const nameOf = useStepName()
  const steps = run.auditions.map((audition) => audition.step)
  const [[a, b], setPair] = useState(() => firstPair(run.auditions, best))
  const [line, setLine] = useState(1)
  const [trial, setTrial] = useState<Trial | null>(null)
  const texts = run.auditions.find((audition) => audition.step === a)?.lines.map((one) => one.text) ?? []
  const options = (other: number) => steps.filter((step) => step !== other).map((step) => ({ value: String(step), label: nameOf(step) }))
  const choose = (pair: [number, number], at: number) => {
    setPair(pair)
    setLine(at)
    setTrial(null)
  }
  const begin = (at: number) => {
    setLine(at)
    setTrial(shuffled(a, b, at))
  }
  return (
    <Card>
      <CardHeader><div><CardTitle>{t("blind")}</CardTitle><CardDescription>{t("blindHint")}</CardDescription></div></CardHeader>
      <CardContent className="space-y-4">
        <div className="grid gap-4 sm:grid-cols-[8rem_8rem_minmax(0,1fr)]">
          <SelectField label={t("one")} value={String(a)} options={options(b)} onChange={(step) => choose([Number(step), b], line)} />
          <SelectField label={t("other")} value={String(b)} options={options(a)} onChange={(step) => choose([a, Number(step)], line)} />
          <SelectField label={t("sentence")} value={String(line)} options={texts.map((text, i) => ({ value: String(i + 1), label: text }))} onChange={(at) => choose([a, b], Number(at))} />
        </div>
        {trial ? <BlindTrial key={trial.id} runId={run.run_id} trial={trial} onNext={() => begin((line % texts.length) + 1)} />
          : <Button type="button" variant="outline" onClick={() => begin(line)}>{t("begin")}</Button>}
        <TallyLine run={run} a={a} b={b} />
      </CardContent>
    </Card>
  )
}

function TallyLine({ run, a, b }: { run: RunDetails; a: number; b: number }) {
  const t = useTranslations("auditions")
  const nameOf = useStepName()
  const tally = tallyOf(run.votes, a, b)
  if (!tally.a && !tally.b && !tally.same) return null
  return (
    <dl aria-label={t("tally")} className="flex flex-wrap gap-x-6 gap-y-1 border-t pt-3 text-[13px]">
      {([[nameOf(a), tally.a], [nameOf(b), tally.b], [t("same"), tally.same]] as const).map(([label, n]) => (
        <div key={label} className="flex gap-2"><dt className="text-muted-foreground">{label}</dt><dd className="font-mono tabular-nums">{n}</dd></div>
      ))}
    </dl>
  )
}
