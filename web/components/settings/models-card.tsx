"use client"
import { useState } from "react"
import { useTranslations } from "use-intl"
import { JobProgress } from "@/components/job-progress"
import { Problem } from "@/components/problem"
import { Button } from "@/components/ui/button"
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card"
import { Skeleton } from "@/components/ui/skeleton"
import { useLicence, useModels, usePullJobs, usePullModel } from "@/lib/api/models"
import { FolderForm } from "./folder-form"
import { LicenceDialog } from "./licence-dialog"
import { ModelsTable } from "./models-table"

export function ModelsCard() {
  const t = useTranslations("settings")
  const models = useModels()
  const licence = useLicence()
  const { jobs, start, finished, error, pending } = usePulls()
  const pull = (name: string, source: string | null, accepted: boolean) => start({ name, source, accept_licence: accepted })
  return (
    <Card>
      <CardHeader>
        <div><CardTitle id="models">{t("models")}</CardTitle><CardDescription>{t("modelsHint")}</CardDescription></div>
        <LicenceDialog><Button size="sm" variant="ghost">{t("readLicence")}</Button></LicenceDialog>
      </CardHeader>
      <CardContent className="space-y-5">
        <Problem error={models.error ?? error} />
        {models.isPending && <Skeleton className="h-72" />}
        {models.data && (
          <ModelsTable
            models={models.data.models}
            licenceAccepted={!!licence.data?.accepted}
            busy={new Set(jobs.map((job) => job.name))}
            onDownload={(name) => pull(name, null, true)}
          />
        )}
        {jobs.map(({ name, id }) => (
          <section key={id} aria-label={t("downloading", { name })} className="space-y-2 rounded-lg border p-3">
            <h3 className="text-sm font-medium">{t("downloading", { name })}</h3>
            <JobProgress jobId={id} onDone={(job) => finished(id, job.state === "succeeded")} />
          </section>
        ))}
        <FolderForm pending={pending} onPull={(name, folder) => pull(name, folder, !!licence.data?.accepted)} />
      </CardContent>
    </Card>
  )
}

/** Downloads under way, those that an earlier visit began too; one that failed stays until the next of its name. */
function usePulls() {
  const running = usePullJobs()
  const pull = usePullModel()
  const [begun, setBegun] = useState<{ name: string; id: string }[]>([])
  const [done, setDone] = useState<ReadonlySet<string>>(new Set())
  const stored = (running.data?.jobs ?? []).map((job) => ({ name: String(job.request.name), id: job.id }))
  const others = stored.filter((job) => begun.every((known) => known.id !== job.id))
  return {
    jobs: [...begun, ...others].filter((job) => !done.has(job.id)),
    pending: pull.isPending,
    error: running.error ?? pull.error,
    finished: (id: string, succeeded: boolean) => succeeded && setDone((before) => new Set([...before, id])),
    start: (request: Parameters<typeof pull.mutate>[0]) =>
      pull.mutate(request, {
        onSuccess: ({ job }) => setBegun((before) => [...before.filter((known) => known.name !== request.name), { name: request.name, id: job.id }]),
      }),
  }
}
