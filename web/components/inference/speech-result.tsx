"use client"
import { DownloadIcon, PauseIcon, PlayIcon, WifiOffIcon } from "lucide-react"
import { useEffect, useState } from "react"
import { useTranslations } from "use-intl"
import { Player } from "@/components/player"
import { SoundOutline } from "@/components/sound-outline"
import { Button } from "@/components/ui/button"
import { FORMATS, speechAudio, type Speech } from "@/lib/api/speech"
import { clock } from "@/lib/utils"
import type { Arrived } from "./arrived"
import { Download } from "./download"
import { Facts, useNumbers, useRecipe } from "./facts"
import { useHearing, type Hearing } from "./live-sound"
import type { Speaking } from "./speaking"
import { SpeechNotices } from "./speech-notices"
import { SpeechTakes } from "./takes"

const [WAV] = FORMATS

type Props = { speech: Speech | undefined; run: Speaking | null; cut: boolean; part: boolean }

/** The speech that is being made, heard as it comes; then what it became, or as much of it as came, and what it took. */
export function SpeechResult({ speech, run, cut, part }: Props) {
  const t = useTranslations("inference")
  const hearing = useHearing(run?.sound ?? null)
  const heard = (!!speech || part) && (hearing?.state === "ended" || hearing?.state === "paused")
  const live = hearing?.madeS && !heard ? hearing : null
  const arrived = part && run?.arrived.lengthS ? run.arrived : null
  if (!live && !speech && !arrived && !cut) return null
  return (
    <section aria-label={t("result")} className="space-y-3 border-t pt-4">
      {cut && <Cut />}
      {live && run ? <Live hearing={live} peaks={run.arrived.peaks} onToggle={() => run.sound?.toggle()} />
        : speech ? <Whole key={speech.id} speech={speech} peaks={run?.arrived.peaks} hearing={hearing} />
        : arrived && <Part key={arrived.bytes} arrived={arrived} from={hearing && hearing.state !== "ended" ? hearing.timeS : 0} />}
      {speech && <Numbers speech={speech} />}
      {speech && <SpeechNotices speech={speech} />}
      {speech && <SpeechTakes key={`takes-${speech.id}`} speech={speech} />}
    </section>
  )
}

/** Begins where the listening stopped, if that was before the end. */
function Whole({ speech, peaks, hearing }: { speech: Speech; peaks: readonly number[] | undefined; hearing: Hearing | null }) {
  const t = useTranslations("inference")
  const from = hearing && hearing.timeS < speech.audio_s - 0.1 ? hearing.timeS : 0
  return (
    <div className="flex flex-wrap items-center gap-2">
      <div className="min-w-56 flex-1">
        <Player src={speechAudio(speech.id)} seconds={speech.audio_s} peaks={peaks} from={from} autoPlay={from > 0 && hearing?.state === "ended"} label={t("resultPlayer")} />
      </div>
      <Download speech={speech} title={t("result")} />
    </div>
  )
}

/** What came of a speech that broke off or was stopped; it is in this page alone. */
function Part({ arrived, from }: { arrived: Arrived; from: number }) {
  const t = useTranslations("inference")
  const [src] = useState(() => URL.createObjectURL(arrived.file()))
  useEffect(() => () => URL.revokeObjectURL(src), [src])
  return (
    <div className="flex flex-wrap items-center gap-2">
      <div className="min-w-56 flex-1"><Player src={src} seconds={arrived.lengthS} peaks={arrived.peaks} from={from} label={t("heardPart")} /></div>
      <Button size="sm" variant="outline" asChild><a href={src} download="speech.wav" aria-label={t("downloadOf", { format: WAV.name, text: t("heardPart") })}><DownloadIcon />{WAV.name}</a></Button>
    </div>
  )
}

function Cut() {
  const t = useTranslations("inference")
  return (
    <div role="status" className="flex gap-2.5 rounded-lg border border-warning/40 bg-warning/5 p-3 text-sm">
      <WifiOffIcon className="mt-0.5 size-4 shrink-0 text-warning" aria-hidden />
      <div className="min-w-0"><p className="font-medium">{t("cut")}</p><p className="text-muted-foreground">{t("cutHint")}</p></div>
    </div>
  )
}

function Live({ hearing, peaks, onToggle }: { hearing: Hearing; peaks: readonly number[]; onToggle: () => void }) {
  const t = useTranslations("inference")
  const common = useTranslations("common")
  const paused = hearing.state === "paused"
  return (
    <div role="group" aria-label={t("liveSound")} className="flex min-w-0 items-center gap-3 rounded-lg border bg-muted/40 p-2">
      <Button type="button" size="icon-sm" variant="outline" aria-label={paused ? common("play") : common("pause")} onClick={onToggle}>{paused ? <PlayIcon /> : <PauseIcon />}</Button>
      <div role="progressbar" aria-label={common("position")} aria-valuemin={0} aria-valuemax={Math.round(hearing.madeS)} aria-valuenow={Math.round(hearing.timeS)} className="relative h-10 min-w-0 flex-1">
        <SoundOutline peaks={peaks} share={hearing.timeS / hearing.madeS} />
      </div>
      <span className="font-mono text-xs whitespace-nowrap text-muted-foreground tabular-nums">{clock(hearing.timeS)} / {clock(hearing.madeS)}</span>
    </div>
  )
}

function Numbers({ speech }: { speech: Speech }) {
  const t = useTranslations("inference")
  const seed = useRecipe(speech).filter(([name]) => name === t("seed"))
  return <Facts facts={[...useNumbers(speech), ...seed]} />
}
