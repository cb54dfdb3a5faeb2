"use client"
import { useState } from "react"
import { useTranslations } from "use-intl"
import { JobProgress } from "@/components/job-progress"
import { Problem } from "@/components/problem"
import { Button } from "@/components/ui/button"
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card"
import { Skeleton } from "@/components/ui/skeleton"
import type { Job } from "@/lib/api/jobs"
import { useDeleteModel, useLicence, useModels, usePullJobs, usePullModel, type PullRequest } from "@/lib/api/models"
import { FolderForm } from "./folder-form"
import { LicenceDialog } from "./licence-dialog"
import { ModelsTable } from "./models-table"

export function ModelsCard() {
  const t = useTranslations("settings")
  const models = useModels()
  const licence = useLicence()
  const remove = useDeleteModel()
  const { jobs, busy, start, finished, error, pending } = usePulls()
  const pull = (name: string, source: string | null, accepted: boolean) => start({ name, source, accept_licence: accepted })
  return (
    <Card>
      <CardHeader>
        <div><CardTitle id="models-title">{t("models")}</CardTitle><CardDescription>{t("modelsHint")}</CardDescription></div>
        <LicenceDialog><Button size="sm" variant="ghost">{t("readLicence")}</Button></LicenceDialog>
      </CardHeader>
      <CardContent className="space-y-5">
        <Problem error={models.error ?? error ?? remove.error} />
        {models.isPending && <Skeleton className="h-72" />}
        {models.data && (
          <ModelsTable
            models={models.data.models}
            licenceAccepted={!!licence.data?.accepted}
            busy={busy}
            onDownload={(name) => pull(name, null, true)}
            onDelete={(model) => remove.mutate(model)}
          />
        )}
        {jobs.map(({ name, id }) => (
          <section key={id} aria-label={t("fetching", { name })} className="space-y-2 rounded-lg border p-3">
            <h3 className="text-sm font-medium">{t("fetching", { name })}</h3>
            <JobProgress jobId={id} onDone={finished} />
          </section>
        ))}
        <FolderForm pending={pending} onPull={(name, folder) => pull(name, folder, !!licence.data?.accepted)} />
      </CardContent>
    </Card>
  )
}

/** Downloads under way, those that an earlier visit began too; one that failed is shown until the next of its name. */
function usePulls() {
  const running = usePullJobs()
  const pull = usePullModel()
  const [begun, setBegun] = useState<{ name: string; id: string }[]>([])
  const [ended, setEnded] = useState<ReadonlyMap<string, Job["state"]>>(new Map())
  const stored = (running.data?.jobs ?? []).map((job) => ({ name: String(job.request.name), id: job.id }))
  const jobs = [...begun, ...stored.filter((job) => begun.every((known) => known.id !== job.id))]
  return {
    jobs: jobs.filter((job) => ended.get(job.id) !== "succeeded"),
    busy: new Set(jobs.filter((job) => !ended.has(job.id)).map((job) => job.name)),
    pending: pull.isPending,
    error: running.error ?? pull.error,
    finished: (job: Job) => setEnded((before) => new Map([...before, [job.id, job.state]])),
    start: (request: PullRequest) =>
      pull.mutate(request, {
        onSuccess: ({ job }) => setBegun((before) => [...before.filter((known) => known.name !== request.name), { name: request.name, id: job.id }]),
      }),
  }
}
