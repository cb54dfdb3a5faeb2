"use client"
import { PauseIcon, PlayIcon } from "lucide-react"
import { useTranslations } from "use-intl"
import { Notices } from "@/components/notices"
import { Player } from "@/components/player"
import { Button } from "@/components/ui/button"
import { Progress } from "@/components/ui/progress"
import { speechAudio, type Speech } from "@/lib/api/speech"
import { clock } from "@/lib/utils"
import { Download } from "./download"
import { Facts, useNumbers, useRecipe } from "./facts"
import { useHearing, type Hearing, type LiveSound } from "./live-sound"

type Props = { speech: Speech | undefined; sound: LiveSound | null }

/** The speech that is being made, heard as it comes; then what it became, and what it took. */
export function SpeechResult({ speech, sound }: Props) {
  const t = useTranslations("inference")
  const hearing = useHearing(sound)
  const heard = !!speech && (hearing?.state === "ended" || hearing?.state === "paused")
  const live = hearing?.madeS && !heard ? hearing : null
  if (!live && !speech) return null
  return (
    <section aria-label={t("result")} className="space-y-3 border-t pt-4">
      {live ? <Live hearing={live} onToggle={() => sound?.toggle()} /> : <Whole key={speech!.id} speech={speech!} hearing={hearing} />}
      {speech && <Numbers speech={speech} />}
      {speech && <Notices notices={speech.notices} />}
    </section>
  )
}

/** Begins where the listening stopped, if that was before the end. */
function Whole({ speech, hearing }: { speech: Speech; hearing: Hearing | null }) {
  const t = useTranslations("inference")
  const from = hearing && hearing.timeS < speech.audio_s - 0.1 ? hearing.timeS : 0
  return (
    <div className="flex flex-wrap items-center gap-2">
      <div className="min-w-56 flex-1">
        <Player src={speechAudio(speech.id)} seconds={speech.audio_s} from={from} autoPlay={from > 0 && hearing?.state === "ended"} label={t("resultPlayer")} />
      </div>
      <Download speech={speech} title={t("result")} />
    </div>
  )
}

function Live({ hearing, onToggle }: { hearing: Hearing; onToggle: () => void }) {
  const t = useTranslations("inference")
  const common = useTranslations("common")
  const paused = hearing.state === "paused"
  const share = Math.min(100, (100 * hearing.timeS) / hearing.madeS)
  return (
    <div role="group" aria-label={t("liveSound")} className="flex min-w-0 items-center gap-3 rounded-lg border bg-muted/40 p-2">
      <Button type="button" size="icon-sm" variant="outline" aria-label={paused ? common("play") : common("pause")} onClick={onToggle}>{paused ? <PlayIcon /> : <PauseIcon />}</Button>
      <Progress aria-label={common("position")} value={share} />
      <span className="font-mono text-xs whitespace-nowrap text-muted-foreground tabular-nums">{clock(hearing.timeS)} / {clock(hearing.madeS)}</span>
    </div>
  )
}

function Numbers({ speech }: { speech: Speech }) {
  const t = useTranslations("inference")
  const seed = useRecipe(speech).filter(([name]) => name === t("seed"))
  return <Facts facts={[...useNumbers(speech), ...seed]} />
}
