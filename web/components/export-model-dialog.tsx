"use client"
import { DownloadIcon } from "lucide-react"
import { useCallback, useState } from "react"
import { useTranslations } from "use-intl"
import { SelectField, SliderField } from "@/components/field"
import { JobProgress } from "@/components/job-progress"
import { Notices } from "@/components/notices"
import { Problem } from "@/components/problem"
import { Button } from "@/components/ui/button"
import { Dialog, DialogClose, DialogContent, DialogDescription, DialogTitle, DialogTrigger } from "@/components/ui/dialog"
import type { Job } from "@/lib/api/jobs"
import { EXPORT_PRECISIONS, exportFile, LAYOUTS, PROGRAMS, useExportModel, type ExportRequest, type Layout } from "@/lib/api/models"
import { useSpeakers } from "@/lib/api/voices"
import { useLocaleName } from "@/lib/i18n/provider"
import { bytes, cn } from "@/lib/utils"

/** What an export became (the job's `result`). */
type Written = { layout: Layout; size_bytes: number; files: string[]; notices: string[] }

/** Writes a model as another program wants it, and hands the file over; `children` is the button that opens it. */
export function ExportModelDialog({ model, children }: { model: string; children: React.ReactNode }) {
  const t = useTranslations("exports")
  return (
    <Dialog>
      <DialogTrigger asChild>{children}</DialogTrigger>
      <DialogContent className="w-[min(92vw,36rem)]">
        <DialogTitle>{t("title", { name: model })}</DialogTitle>
        <DialogDescription>{t("hint")}</DialogDescription>
        <Form model={model} />
      </DialogContent>
    </Dialog>
  )
}

const FIRST: ExportRequest = { layout: "coqui", strength: 1, precision: "float32", speaker: null }

function Form({ model }: { model: string }) {
  const t = useTranslations("exports")
  const common = useTranslations("common")
  const exporting = useExportModel(model)
  const [asked, setAsked] = useState<ExportRequest>(FIRST)
  const [done, setDone] = useState<Job | null>(null)
  const ended = useCallback((job: Job) => setDone(job), [])
  const jobId = exporting.data?.job.id
  const underWay = exporting.isPending || (!!jobId && !done)
  const written = done?.state === "succeeded" ? (done.result as unknown as Written) : null
  const change = (changes: Partial<ExportRequest>) => {
    setAsked((before) => ({ ...before, ...changes }))
    exporting.reset()
    setDone(null)
  }
  const submit = (event: React.FormEvent) => {
    event.preventDefault()
    setDone(null)
    exporting.mutate(asked)
  }
  return (
    <form onSubmit={submit} className="space-y-5">
      <fieldset disabled={underWay} className="space-y-5">
        <Layouts value={asked.layout} onChange={(layout) => change({ layout })} />
        <Fields asked={asked} disabled={underWay} onChange={change} />
      </fieldset>
      {jobId && !written && <JobProgress key={jobId} jobId={jobId} onDone={ended} />}
      <Problem error={exporting.error} />
      {written && <Ready model={model} written={written} />}
      <div className="flex justify-end gap-2">
        <DialogClose asChild><Button type="button" variant="outline">{common("close")}</Button></DialogClose>
        {!written && <Button type="submit" disabled={underWay}>{underWay ? t("writing") : t("write")}</Button>}
      </div>
    </form>
  )
}

function Layouts({ value, onChange }: { value: Layout; onChange: (layout: Layout) => void }) {
  const t = useTranslations("exports")
  return (
    <fieldset className="space-y-1.5">
      <legend className="text-sm font-medium">{t("layout")}</legend>
      {LAYOUTS.map((layout) => (
        <label key={layout} className={cn("flex cursor-pointer gap-2.5 rounded-lg border p-2.5 transition-colors hover:bg-accent/40", value === layout && "border-primary bg-primary/5")}>
          <input type="radio" name="layout" className="mt-0.5 size-4 shrink-0 accent-primary" checked={value === layout} onChange={() => onChange(layout)} />
          <span className="min-w-0 text-sm"><span className="font-medium">{PROGRAMS[layout]}</span> <span className="text-muted-foreground">{t(`layoutHints.${layout}`)}</span></span>
        </label>
      ))}
    </fieldset>
  )
}

const FROM_DATASET = " dataset"

function Fields({ asked, disabled, onChange }: { asked: ExportRequest; disabled: boolean; onChange: (changes: Partial<ExportRequest>) => void }) {
  const t = useTranslations("exports")
  const voices = (useSpeakers().data?.speakers ?? []).map((voice) => ({ value: voice.name, label: voice.name }))
  return (
    <>
      <SliderField label={t("strength")} hint={t("strengthHint")} value={asked.strength} initial={1} min={0} max={1.2} step={0.05} onChange={(strength) => onChange({ strength })} />
      <div className="grid gap-4 sm:grid-cols-2">
        <SelectField label={t("precision")} disabled={disabled} value={asked.precision} onChange={(value) => onChange({ precision: value as ExportRequest["precision"] })} options={EXPORT_PRECISIONS.map((value) => ({ value, label: t(`precisions.${value}`) }))} />
        <SelectField label={t("speaker")} hint={t("speakerHint")} disabled={disabled} value={asked.speaker ?? FROM_DATASET} onChange={(value) => onChange({ speaker: value === FROM_DATASET ? null : value })} options={[{ value: FROM_DATASET, label: t("fromDataset") }, ...voices]} />
      </div>
    </>
  )
}

function Ready({ model, written }: { model: string; written: Written }) {
  const t = useTranslations("exports")
  const locale = useLocaleName()
  return (
    <div className="space-y-3">
      <div className="flex flex-wrap items-center justify-between gap-3 rounded-lg border p-3">
        <p role="status" className="text-sm">{t("ready", { n: written.files.length, size: bytes(written.size_bytes, locale) })}</p>
        <Button asChild size="sm"><a href={exportFile(model, written.layout)} download><DownloadIcon />{t("download")}</a></Button>
      </div>
      <Notices notices={written.notices} />
    </div>
  )
}
