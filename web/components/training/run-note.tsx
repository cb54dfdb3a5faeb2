"use client"
import Link from "next/link"
import { useTranslations } from "use-intl"
import { Note } from "@/components/note"
import { Problem } from "@/components/problem"
import type { Job } from "@/lib/api/jobs"
import { isActive } from "@/lib/api/training"
import type { RunOfJob } from "./use-run-of-job"

const CAUSES = { disk_full: "diskFull", out_of_memory: "outOfMemory", interrupted: "interrupted", worker_died: "workerDied" } as const

/** How the message of a run begins that waits for room on the disk. */
const PAUSED = "Paused:"

/** Why a run pauses, what to do, and from where it would go on. */
export function RunNote({ job, of, message }: { job: Job; of: RunOfJob; message: string }) {
  const t = useTranslations("training")
  if (of.gone) return <Note title={t("runGone")} hint={t("runGoneHint")} />
  if (of.laterJobId) return <Note title={t("goneOn")} hint=""><Link href={`/training/run/?id=${of.laterJobId}`}>{t("toLater")}</Link></Note>
  if (isActive(job.state) && message.startsWith(PAUSED)) return <Note title={t("paused")} hint={t("waitsForRoom")} />
  if (isActive(job.state) || job.state === "succeeded") return <Problem error={job.error} />
  const cause = CAUSES[job.error?.code as keyof typeof CAUSES] ?? (job.state === "interrupted" ? "interrupted" : null)
  const last = of.run?.checkpoints.find((one) => one.resumable)?.step
  const where = last === undefined ? t("anew") : t("fromStep", { step: last })
  return (
    <div className="space-y-3">
      {job.state !== "cancelled" && <Problem error={job.error} />}
      {of.runId && <Note title={t("paused")} hint={cause ? t("causeThen", { cause: t(`causes.${cause}`), where }) : where} />}
    </div>
  )
}
