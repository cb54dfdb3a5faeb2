"use client"
import { StarIcon, TriangleAlertIcon } from "lucide-react"
import { useTranslations } from "use-intl"
import { Badge } from "@/components/ui/badge"
import { auditionAudio, type Audition, type AuditionLine, type StepTally } from "@/lib/api/runs"
import { useLocaleName } from "@/lib/i18n/provider"
import { cn } from "@/lib/utils"
import { PlayButton } from "./play-button"
import { SCORES, scoreText } from "./scores"
import type { OneSound } from "./use-one-sound"
import { useStepName } from "./use-step-name"

type Props = { runId: string; auditions: Audition[]; tally: StepTally[]; best: number | null; sound: OneSound }

const FIRST = "sticky left-0 z-10 w-44 min-w-44 bg-card py-2 pr-4 text-left font-normal sm:w-60 sm:min-w-60"

/** The same sentences from every checkpoint: lines downwards, checkpoints to the right, and their scores below. */
export function AuditionTable({ runId, auditions, tally, best, sound }: Props) {
  const t = useTranslations("auditions")
  const lines = auditions.reduce<AuditionLine[]>((most, one) => (one.lines.length > most.length ? one.lines : most), [])
  return (
    <div role="region" aria-label={t("table")} tabIndex={0} className="relative scroll-x">
      <table aria-label={t("table")} className="min-w-full text-[13px]">
        <thead className="text-xs text-muted-foreground">
          <tr className="border-b">
            <th scope="col" className={cn(FIRST, "font-medium")}>{t("sentence")}</th>
            {auditions.map(({ step }) => <Heading key={step} step={step} best={step === best} />)}
          </tr>
        </thead>
        <tbody>
          {lines.map(({ text }, i) => (
            <tr key={i} className="border-b align-top">
              <th scope="row" className={FIRST}>{text}</th>
              {auditions.map((audition) => <Cell key={audition.step} {...{ runId, audition, sound, best: audition.step === best }} line={i + 1} />)}
            </tr>
          ))}
        </tbody>
        <Summary auditions={auditions} tally={tally} best={best} />
      </table>
    </div>
  )
}

const tint = (best: boolean) => (best ? "bg-primary/5" : "")

function Heading({ step, best }: { step: number; best: boolean }) {
  const t = useTranslations("auditions")
  const nameOf = useStepName()
  return (
    <th scope="col" className="px-3 py-2 text-left font-medium whitespace-nowrap">
      <span className="mr-2 font-mono tabular-nums">{nameOf(step)}</span>
      {best && <Badge variant="success"><StarIcon className="size-3" aria-hidden />{t("best")}</Badge>}
    </th>
  )
}

type CellProps = { runId: string; audition: Audition; line: number; best: boolean; sound: OneSound }

function Cell({ runId, audition, line, best, sound }: CellProps) {
  const t = useTranslations("auditions")
  const locale = useLocaleName()
  const said = audition.lines[line - 1]
  const src = auditionAudio(runId, audition.step, line)
  if (!said) return <td className={cn("px-3 py-2", tint(best))}>{scoreText("score", null, locale)}</td>
  const told = [
    ...(said.similarity == null ? [] : [t("similarityShort", { value: scoreText("similarity", said.similarity, locale) })]),
    ...(said.cer == null ? [] : [t("cerShort", { value: scoreText("cer", said.cer, locale) })]),
  ]
  return (
    <td className={cn("px-3 py-2", tint(best))}>
      <div className="flex items-center gap-2">
        <PlayButton label={t("playLine", { line, step: audition.step })} playing={sound.playing === src} onToggle={() => sound.toggle(src)} />
        <div className="font-mono text-xs leading-4 whitespace-nowrap text-muted-foreground tabular-nums" title={said.heard ? t("heard", { text: said.heard }) : undefined}>
          {told.map((one) => <p key={one}>{one}</p>)}
          {!said.ended && <p className="flex items-center gap-1 font-sans text-warning"><TriangleAlertIcon className="size-3" aria-hidden />{t("notEnded")}</p>}
        </div>
      </div>
    </td>
  )
}

function Summary({ auditions, tally, best }: Omit<Props, "runId" | "sound">) {
  const t = useTranslations("auditions")
  const locale = useLocaleName()
  const measured = SCORES.filter((score) => auditions.some((audition) => audition[score] !== null && audition[score] !== undefined))
  return (
    <tfoot>
      {measured.map((score) => (
        <tr key={score} className={cn("border-b last:border-b-0", score === "score" && "font-medium")}>
          <th scope="row" title={t(`scoreHints.${score}`)} className={cn(FIRST, score === "score" && "font-medium")}>{t(`scores.${score}`)}</th>
          {auditions.map((audition) => (
            <td key={audition.step} className={cn("px-3 py-2 font-mono text-xs tabular-nums", tint(audition.step === best))}>{scoreText(score, audition[score], locale)}</td>
          ))}
        </tr>
      ))}
      {tally.length > 0 && (
        <tr className="border-t">
          <th scope="row" title={t("votesHint")} className={FIRST}>{t("votes")}</th>
          {auditions.map(({ step }) => <td key={step} className={cn("px-3 py-2 font-mono text-xs tabular-nums", tint(step === best))}>{votesText(tally.find((one) => one.step === step))}</td>)}
        </tr>
      )}
    </tfoot>
  )
}

/** "3 / 5": preferred three times of five. */
const votesText = (tally: StepTally | undefined) => (tally ? `${tally.preferred} / ${tally.preferred + tally.other + tally.same}` : "–")
