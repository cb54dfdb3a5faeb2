"use client"
import { useCallback, useMemo, useRef, useState } from "react"
import { useTranslations } from "use-intl"
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card"
import type { Job } from "@/hooks/use-job"
import { useDebounced } from "@/hooks/use-debounced"
import { useIntoView } from "@/hooks/use-into-view"
import { useKept } from "@/hooks/use-kept"
import { DEFAULT_SETTINGS, usePlan, type AnalyzeRequest, type Plan } from "@/lib/api/cutting"
import type { Recording } from "@/lib/api/recordings"
import { CutForm } from "./cut-form"
import { CutSettingsFields } from "./cut-settings"
import { OwnTranscriptPanel } from "./own-transcript"
import { firstEndingAfter } from "./paint-plan"
import { PlanPanel } from "./plan-panel"
import type { Hearing } from "./playback-bar"
import { RangeFields, type Typed } from "./range-fields"
import { useRange } from "./use-range"
import { Waveform } from "./waveform"

const SETTLED_MS = 80

type Props = { recording: Recording; asked: boolean; onCut: (job: Job) => void }

/** One recording: see it, hear it, choose a range, try how it is cut, and cut it. It comes into view where it was `asked` for. */
export function RecordingView({ recording, asked, onCut }: Props) {
  const t = useTranslations("data")
  const view = useRef<HTMLDivElement>(null)
  useIntoView(view, asked)
  const [range, setRange] = useRange(recording.duration_s)
  const [typed, setTyped] = useState<Typed | null>(null)
  const [settings, setSettings] = useKept("cut-settings", DEFAULT_SETTINGS)
  const [marked, setMarked] = useState<number | null>(null)
  const [current, setCurrent] = useState<number | null>(null)
  const [hearing, setHearing] = useState<Hearing | null>(null)

  const wanted = useMemo<AnalyzeRequest>(
    () => ({ recording_id: recording.id, start_s: range?.start_s ?? null, end_s: range?.end_s ?? null, ...settings }),
    [recording.id, range, settings],
  )
  const settled = useDebounced(wanted, SETTLED_MS)
  const [request, setRequest] = useState(settled)
  const plan = usePlan(request)
  if (request !== settled && !plan.isFetching) setRequest(settled) // one at a time: answers keep up with a slider that is dragged
  const play = useCallback(
    (span: { start_s: number; end_s: number }) => setHearing((last) => ({ start_s: span.start_s, end_s: span.end_s, request: (last?.request ?? 0) + 1 })),
    [],
  )

  return (
    <Card ref={view} role="region" aria-labelledby="recording-title" className="scroll-mt-5 max-md:scroll-mt-16">
      <CardHeader>
        <div className="min-w-0">
          <CardTitle id="recording-title" className="break-words">{recording.name}</CardTitle>
          <CardDescription>{t("recordingHint")} <span className="max-md:hidden">{t("recordingKeys")}</span></CardDescription>
        </div>
      </CardHeader>
      <CardContent className="space-y-6">
        <Waveform view={view} recording={recording} plan={plan.data} marked={marked ?? current} range={range} onRange={setRange} playing={hearing} onPlay={play} onTime={(time_s) => setCurrent(chunkAt(plan.data, time_s))} />
        <RangeFields range={range} length_s={recording.duration_s} typed={typed} onTyped={setTyped} onChange={setRange} onPlay={play} />
        <div className="grid gap-6 lg:grid-cols-[17rem_minmax(0,1fr)]">
          <CutSettingsFields value={settings} onChange={setSettings} />
          <PlanPanel recordingId={recording.id} plan={plan} waiting={plan.isFetching || request !== wanted} current={current} onPlay={play} onMark={setMarked} />
        </div>
        <div className="border-t pt-5"><OwnTranscriptPanel recording={recording} /></div>
        <section aria-label={t("cutTitle")} className="space-y-3 border-t pt-5">
          <h3 className="text-sm font-semibold">{t("cutTitle")}</h3>
          <CutForm recording={recording} request={wanted} ready={typed?.over !== range} onCut={onCut} />
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
