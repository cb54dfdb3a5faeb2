"use client"
import { HeadphonesIcon } from "lucide-react"
import { useTranslations } from "use-intl"
import { Player } from "@/components/player"
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card"
import { Empty } from "@/components/ui/empty"
import { referenceAudio, type RunDetails } from "@/lib/api/runs"
import { AuditionTable } from "./audition-table"
import { BlindTest } from "./blind-test"
import { bestOf } from "./scores"
import { useOneSound } from "./use-one-sound"

/** Hearing the checkpoints: all of them beside each other and the real voice, and two of them blindly. */
export function AuditionRoom({ run, running }: { run: RunDetails; running: boolean }) {
  const t = useTranslations("auditions")
  const sound = useOneSound()
  const { run_id: runId, auditions } = run
  const best = bestOf(auditions, run.best_step)
  if (!auditions.length) return <Empty icon={<HeadphonesIcon />} title={t("none")} hint={running ? t("noneYet") : t("noneEver")} />
  return (
    <div className="space-y-5">
      <Card>
        <CardHeader className="flex-wrap">
          <div className="min-w-0 flex-1 basis-72"><CardTitle>{t("title")}</CardTitle><CardDescription>{t("hint")}</CardDescription></div>
          <div className="w-full space-y-1 sm:w-72">
            <p className="text-xs text-muted-foreground">{t("reference")}</p>
            <Player src={referenceAudio(runId)} label={t("reference")} />
          </div>
        </CardHeader>
        <CardContent><AuditionTable runId={runId} auditions={auditions} tally={run.tally} best={best} sound={sound} /></CardContent>
      </Card>
      {auditions.length > 1 && <BlindTest run={run} best={best} />}
    </div>
  )
}
