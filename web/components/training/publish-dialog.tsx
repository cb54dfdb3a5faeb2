"use client"
import Link from "next/link"
import { useCallback, useState } from "react"
import { useTranslations } from "use-intl"
import { TextField } from "@/components/field"
import { JobProgress } from "@/components/job-progress"
import { Problem } from "@/components/problem"
import { Button } from "@/components/ui/button"
import { Dialog, DialogClose, DialogContent, DialogDescription, DialogTitle, DialogTrigger } from "@/components/ui/dialog"
import type { Job } from "@/lib/api/jobs"
import { usePublish } from "@/lib/api/runs"

type Props = { runId: string; step: number; suggested: string; children: React.ReactNode }

/** Makes a model of one checkpoint; `children` is the button that opens it. */
export function PublishDialog({ children, ...rest }: Props) {
  const t = useTranslations("training")
  return (
    <Dialog>
      <DialogTrigger asChild>{children}</DialogTrigger>
      <DialogContent>
        <DialogTitle>{t("publishTitle", { step: rest.step })}</DialogTitle>
        <DialogDescription>{t("publishHint")}</DialogDescription>
        <Form {...rest} />
      </DialogContent>
    </Dialog>
  )
}

function Form({ runId, step, suggested }: Omit<Props, "children">) {
  const t = useTranslations("training")
  const common = useTranslations("common")
  const publish = usePublish(runId)
  const [name, setName] = useState(suggested)
  const [done, setDone] = useState<Job | null>(null)
  const ended = useCallback((job: Job) => setDone(job), [])
  const jobId = publish.data?.job.id
  const made = done?.state === "succeeded" ? String(done.result?.name) : null
  const under_way = publish.isPending || (!!jobId && !done)
  const submit = (event: React.FormEvent) => {
    event.preventDefault()
    setDone(null)
    publish.mutate({ step, name: name.trim() })
  }
  return (
    <form onSubmit={submit} className="space-y-4">
      <TextField label={t("modelName")} value={name} onChange={setName} disabled={under_way || !!made} maxLength={63} autoComplete="off" />
      {jobId && !made && <JobProgress key={jobId} jobId={jobId} onDone={ended} />}
      <Problem error={publish.error} />
      {made && <p role="status" className="text-sm">{t("published", { name: made })}</p>}
      <div className="flex justify-end gap-2">
        <DialogClose asChild><Button type="button" variant="outline">{common("close")}</Button></DialogClose>
        {made ? <Button asChild><Link href={`/inference/?model=${encodeURIComponent(made)}`}>{t("speak", { name: made })}</Link></Button>
          : <Button type="submit" disabled={under_way || !name.trim()}>{t("makeModel")}</Button>}
      </div>
    </form>
  )
}
