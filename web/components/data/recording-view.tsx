"use client"
import { useCallback, useMemo, useState } from "react"
import { useTranslations } from "use-intl"
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card"
import type { Job } from "@/hooks/use-job"
import { DEFAULT_SETTINGS, usePlan, type AnalyzeRequest, type Plan } from "@/lib/api/cutting"
import type { Recording } from "@/lib/api/recordings"
import { CutForm } from "./cut-form"
import { CutSettingsFields } from "./cut-settings"
import { firstEndingAfter } from "./paint-plan"
import { PlanPanel } from "./plan-panel"
import type { Hearing } from "./playback-bar"
import { RangeFields } from "./range-fields"
import { useDebounced } from "./use-debounced"
import type { Range } from "./use-wave"
import { Waveform } from "./waveform"

const SETTLED_MS = 400

/** One recording: see it, hear it, choose a range, try how it is cut, and cut it. */
export function RecordingView({ recording, onCut }: { recording: Recording; onCut: (job: Job) => void }) {
  const t = useTranslations("data")
  const [range, setRange] = useState<Range | null>(null)
  const [settings, setSettings] = useState(DEFAULT_SETTINGS)
  const [marked, setMarked] = useState<number | null>(null)
  const [current, setCurrent] = useState<number | null>(null)
  const [hearing, setHearing] = useState<Hearing | null>(null)

  const wanted = useMemo<AnalyzeRequest>(
    () => ({ recording_id: recording.id, start_s: range?.start_s ?? null, end_s: range?.end_s ?? null, ...settings }),
    [recording.id, range, settings],
  )
  const request = useDebounced(wanted, SETTLED_MS)
  const plan = usePlan(request)
  const play = useCallback(
    (span: { start_s: number; end_s: number }) => setHearing((last) => ({ ...span, request: (last?.request ?? 0) + 1 })),
    [],
  )

  return (
    <Card role="region" aria-labelledby="recording-title">
      <CardHeader>
        <div className="min-w-0">
          <CardTitle id="recording-title" className="break-words">{recording.name}</CardTitle>
          <CardDescription>{t("recordingHint")}</CardDescription>
        </div>
      </CardHeader>
      <CardContent className="space-y-6">
        <Waveform recording={recording} plan={plan.data} marked={marked} range={range} onRange={setRange} playing={hearing} onTime={(time_s) => setCurrent(chunkAt(plan.data, time_s))} />
        <RangeFields range={range} length_s={recording.duration_s} onChange={setRange} />
        <div className="grid gap-6 lg:grid-cols-[17rem_minmax(0,1fr)]">
          <section aria-label={t("settingsTitle")} className="space-y-3">
            <h3 className="text-sm font-semibold">{t("settingsTitle")}</h3>
            <CutSettingsFields value={settings} onChange={setSettings} />
          </section>
          <PlanPanel plan={plan} waiting={plan.isFetching || request !== wanted} current={current} onPlay={play} onMark={setMarked} />
        </div>
        <section aria-label={t("cutTitle")} className="space-y-3 border-t pt-5">
          <h3 className="text-sm font-semibold">{t("cutTitle")}</h3>
          <CutForm recording={recording} request={wanted} onCut={onCut} />
        </section>
      </CardContent>
    </Card>
  )
}

function chunkAt(plan: Plan | undefined, time_s: number): number | null {
  if (!plan) return null
  const index = firstEndingAfter(plan.chunks, time_s)
  return plan.chunks[index] && plan.chunks[index].start_s <= time_s ? index : null
}
