"use client"
import { useMutation } from "@tanstack/react-query"
import { AudioLinesIcon, PlayIcon, SquareIcon } from "lucide-react"
import Link from "next/link"
import { useRouter } from "next/navigation"
import { useTranslations } from "use-intl"
import { Problem } from "@/components/problem"
import { Button } from "@/components/ui/button"
import { cancelJob, type Job } from "@/lib/api/jobs"
import { isActive, useStartTraining, useTrainingRuns, type TrainRequest } from "@/lib/api/training"

/** Stop what runs (a checkpoint stays), go on with what was stopped, speak with what is done. */
export function RunActions({ job }: { job: Job }) {
  if (isActive(job.state)) return <Stop job={job} />
  if (job.state === "succeeded") return <Speak name={(job.request as TrainRequest).name} />
  return <Resume job={job} />
}

function Stop({ job }: { job: Job }) {
  const t = useTranslations("training")
  const cancel = useMutation({ mutationFn: () => cancelJob(job.id) })
  if (cancel.isSuccess) return <p role="status" className="text-sm text-muted-foreground">{t("stopping")}</p>
  return (
    <div className="space-y-2">
      <Button variant="outline" disabled={cancel.isPending} onClick={() => cancel.mutate()}><SquareIcon />{t("stop")}</Button>
      <Problem error={cancel.error} />
    </div>
  )
}

function Speak({ name }: { name: string }) {
  const t = useTranslations("training")
  return (
    <Button asChild>
      <Link href={`/inference/?model=${encodeURIComponent(name)}`}><AudioLinesIcon />{t("speak", { name })}</Link>
    </Button>
  )
}

function Resume({ job }: { job: Job }) {
  const t = useTranslations("training")
  const router = useRouter()
  const runs = useTrainingRuns()
  const start = useStartTraining()
  const runId = runs.data?.runs.find((run) => run.job.id === job.id)?.run_id
  if (!runId) return null
  const resume = () =>
    start.mutate({ ...(job.request as TrainRequest), run_id: runId }, { onSuccess: (made) => router.push(`/training/run/?id=${made.job.id}`) })
  return (
    <div className="space-y-2">
      <Button onClick={resume} disabled={start.isPending}><PlayIcon />{start.isPending ? t("resuming") : t("resume")}</Button>
      <Problem error={start.error} />
    </div>
  )
}
