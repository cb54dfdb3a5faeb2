"use client"
import { useMutation } from "@tanstack/react-query"
import { AudioLinesIcon, PlayIcon, PlusIcon, SquareIcon, Trash2Icon } from "lucide-react"
import Link from "next/link"
import { useRouter } from "next/navigation"
import { useTranslations } from "use-intl"
import { Confirm } from "@/components/confirm"
import { Problem } from "@/components/problem"
import { Button } from "@/components/ui/button"
import { cancelJob, type Job } from "@/lib/api/jobs"
import { useDeleteRun } from "@/lib/api/runs"
import { isActive, useStartTraining, type TrainRequest, type TrainResult } from "@/lib/api/training"
import { MORE_EPOCHS, withMoreEpochs } from "./going-on"
import type { RunOfJob } from "./use-run-of-job"

type Props = { job: Job; of: RunOfJob }

/** Stop what runs (a checkpoint stays), go on with what was stopped or is done, speak with it, delete it. */
export function RunActions({ job, of }: Props) {
  if (isActive(job.state)) return <Stop job={job} />
  const name = (job.request as TrainRequest).name
  return (
    <>
      {job.state === "succeeded" && <Speak name={name} />}
      {of.runId && !of.laterJobId && !of.gone && <GoOn job={job} of={of} />}
      {of.runId && !of.gone && <DeleteRun runId={of.runId} name={name} />}
    </>
  )
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

/** A stopped run goes on to its end; a finished one a few epochs further. */
function GoOn({ job, of }: Props) {
  const t = useTranslations("training")
  const router = useRouter()
  const start = useStartTraining((made) => router.push(`/training/run/?id=${made.id}`))
  const finished = job.state === "succeeded"
  if (finished && !of.run) return null
  const go = () => {
    const request = finished ? withMoreEpochs(of.run!, job.result as TrainResult) : { ...(job.request as TrainRequest), run_id: of.runId }
    start.mutate(request)
  }
  const label = finished ? t("moreEpochs", { n: MORE_EPOCHS }) : t("resume")
  return (
    <div className="space-y-2">
      <Button variant={finished ? "outline" : "default"} onClick={go} disabled={start.isPending}>{finished ? <PlusIcon /> : <PlayIcon />}{start.isPending ? t("resuming") : label}</Button>
      <Problem error={start.error} />
    </div>
  )
}

export function DeleteRun({ runId, name }: { runId: string; name: string }) {
  const t = useTranslations("training")
  const router = useRouter()
  const remove = useDeleteRun(() => router.push("/training/"))
  return (
    <div className="space-y-2">
      <Confirm title={t("deleteTitle", { name })} text={t("deleteText")} action={t("deleteRun")} onConfirm={() => remove.mutate(runId)}>
        <Button variant="ghost" size="icon" aria-label={t("deleteRun")} title={t("deleteRun")} disabled={remove.isPending}><Trash2Icon /></Button>
      </Confirm>
      <Problem error={remove.error} />
    </div>
  )
}
