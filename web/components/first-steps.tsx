"use client"
import { XIcon } from "lucide-react"
import { useTranslations } from "use-intl"
import { FirstStep } from "@/components/first-step"
import { JobProgress } from "@/components/job-progress"
import { Problem } from "@/components/problem"
import { LicenceDialog } from "@/components/settings/licence-dialog"
import { Button } from "@/components/ui/button"
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card"
import { BASE_MODEL, useLicence, useModels, usePullJobs, usePullModel, type ModelInfo } from "@/lib/api/models"
import { useAddSample, useRecordings } from "@/lib/api/recordings"
import { useSystem } from "@/lib/api/settings"
import { useLocaleName } from "@/lib/i18n/provider"
import { putFirstStepsAway, useFirstStepsAway } from "@/lib/put-away"
import { bytes } from "@/lib/utils"

const WHISPER = "base" // good enough to begin with, and soon here

/** What a new studio has and what it lacks, with a button for each; gone once all is there, or when put away. */
export function FirstSteps({ onRecording }: { onRecording: (id: string) => void }) {
  const t = useTranslations("first")
  const away = useFirstStepsAway()
  const recordings = useRecordings()
  const models = useModels().data?.models
  if (away || !models || !recordings.data) return null
  const base = models.find((model) => model.name === BASE_MODEL)
  const heard = models.some((model) => model.kind === "whisper" && model.present)
  const whisper = models.find((model) => model.kind === "whisper" && model.name === WHISPER)
  if (recordings.data.length > 0 && heard && base?.present) return null
  return (
    <Card role="region" aria-labelledby="first-steps">
      <CardHeader>
        <div><CardTitle id="first-steps">{t("title")}</CardTitle><CardDescription>{t("about")}</CardDescription></div>
        <Button type="button" size="icon-sm" variant="ghost" aria-label={t("putAway")} title={t("putAway")} onClick={() => putFirstStepsAway(true)}><XIcon /></Button>
      </CardHeader>
      <CardContent>
        <ol className="divide-y">
          <Sample done={recordings.data.length > 0} onRecording={onRecording} />
          <Fetched model={whisper} done={heard} title={t("whisper")} about={t("whisperAbout")} />
          <Fetched model={base} done={!!base?.present} title={t("base")} about={t("baseAbout")} licensed />
          <Machine />
        </ol>
      </CardContent>
    </Card>
  )
}

function Sample({ done, onRecording }: { done: boolean; onRecording: (id: string) => void }) {
  const t = useTranslations("first")
  const add = useAddSample()
  return (
    <FirstStep done={done} title={t("recording")} about={t("recordingAbout")} below={<Problem error={add.error} />}>
      {!done && <Button type="button" size="sm" variant="outline" disabled={add.isPending} onClick={() => add.mutate(undefined, { onSuccess: (recording) => onRecording(recording.id) })}>{t("sample")}</Button>}
    </FirstStep>
  )
}

type FetchedProps = { model: ModelInfo | undefined; done: boolean; title: string; about: string; licensed?: boolean }

/** A model that can be fetched: one button, then how far it is. */
function Fetched({ model, done, title, about, licensed }: FetchedProps) {
  const t = useTranslations("first")
  const locale = useLocaleName()
  const accepted = useLicence().data?.accepted
  const pull = usePullModel()
  const under = usePullJobs().data?.jobs.find((job) => job.request.name === model?.name)
  const job = under?.id ?? (pull.isSuccess && !done ? pull.data.job.id : undefined)
  if (!model) return null
  const fetch = () => pull.mutate({ name: model.name, source: null, accept_licence: !!licensed })
  const label = t("fetch", { size: bytes(model.size_bytes ?? 0, locale) })
  const button = <Button type="button" size="sm" variant="outline" disabled={pull.isPending} onClick={licensed && !accepted ? undefined : fetch}>{label}</Button>
  return (
    <FirstStep done={done} title={title} about={about} below={!done && (job ? <JobProgress jobId={job} /> : <Problem error={pull.error} />)}>
      {!done && !under && (licensed && !accepted ? <LicenceDialog onAccepted={fetch}>{button}</LicenceDialog> : button)}
    </FirstStep>
  )
}

/** What it will be computed on, and what that means. */
function Machine() {
  const t = useTranslations("first")
  const devices = useSystem().data?.devices
  if (!devices) return null
  const gpu = devices.find((device) => device.id !== "cpu")
  return <FirstStep done title={gpu ? gpu.name : t("cpu")} about={t(gpu ? "gpuAbout" : "cpuAbout")} />
}
