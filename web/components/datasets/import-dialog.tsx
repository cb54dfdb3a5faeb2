"use client"
import { PackagePlusIcon } from "lucide-react"
import { useState } from "react"
import { useTranslations } from "use-intl"
import { DialogHead } from "@/components/dialog-head"
import { FileField, SelectField, TextField } from "@/components/field"
import { JobProgress } from "@/components/job-progress"
import { Notices } from "@/components/notices"
import { Problem } from "@/components/problem"
import { Button } from "@/components/ui/button"
import { Dialog, DialogContent, DialogTrigger } from "@/components/ui/dialog"
import { useImportDataset, type ImportResult } from "@/lib/api/curation"
import { useLanguageNames } from "@/lib/languages"
import { useSaid } from "@/lib/i18n/provider"

const AUTO = "auto"
const FORMATS = ["zip", "ljspeech", "coqui", "audiofolder", "parquet"] as const

type Props = { names: string[]; onShow: (name: string) => void }

/** Takes a dataset from a file. The job goes on when the dialog is closed. */
export function ImportDialog({ names, onShow }: Props) {
  const t = useTranslations("datasets")
  const [open, setOpen] = useState(false)
  const show = (name: string) => {
    setOpen(false)
    onShow(name)
  }
  return (
    <Dialog open={open} onOpenChange={setOpen}>
      <DialogTrigger asChild><Button type="button" size="sm" variant="outline"><PackagePlusIcon /> {t("import")}</Button></DialogTrigger>
      <DialogContent>
        <DialogHead title={t("importTitle")}>{t("importHint")}</DialogHead>
        <ImportForm names={names} onShow={show} />
      </DialogContent>
    </Dialog>
  )
}

function ImportForm({ names, onShow }: Props) {
  const t = useTranslations("datasets")
  const [file, setFile] = useState<File | null>(null)
  const [name, setName] = useState("")
  const [format, setFormat] = useState<string>(AUTO)
  const [language, setLanguage] = useState<string>(AUTO)
  const [result, setResult] = useState<ImportResult | null>(null)
  const start = useImportDataset()
  const submit = (event: React.FormEvent) => {
    event.preventDefault()
    setResult(null)
    if (file) start.mutate({ file, name: name.trim(), format, language: language === AUTO ? null : language })
  }
  return (
    <form onSubmit={submit} className="space-y-4">
      <FileField label={t("importFile")} hint={t("importFileHint")} accept=".zip,.parquet" required onChange={([one]) => {
        setFile(one ?? null)
        if (one && !name) setName(one.name.replace(/\.[^.]*$/, ""))
      }} />
      <TextField label={t("importName")} hint={t("importNameHint")} list="dataset-names" required value={name} onChange={setName} />
      <datalist id="dataset-names">{names.map((one) => <option key={one} value={one} />)}</datalist>
      <div className="grid gap-4 sm:grid-cols-2">
        <SelectField label={t("importFormat")} value={format} onChange={setFormat} options={[{ value: AUTO, label: t("auto") }, ...FORMATS.map((value) => ({ value, label: t(`formats.${value}`) }))]} />
        <SelectField label={t("importLanguage")} hint={t("importLanguageHint")} value={language} onChange={setLanguage} options={[{ value: AUTO, label: t("fromFile") }, ...useLanguageNames()]} />
      </div>
      <Problem error={start.error} />
      {start.data && <JobProgress key={start.data.id} jobId={start.data.id} onDone={(job) => job.state === "succeeded" && setResult(job.result as ImportResult)} />}
      {result && <Outcome result={result} />}
      <div className="flex justify-end gap-2">
        {result
          ? <Button type="button" onClick={() => onShow(result.dataset)}>{t("showDataset")}</Button>
          : <Button type="submit" disabled={!file || !name.trim() || start.isPending}>{t(start.isPending ? "sending" : "startImport")}</Button>}
      </div>
    </form>
  )
}

function Outcome({ result }: { result: ImportResult }) {
  const t = useTranslations("datasets")
  const said = useSaid()
  return (
    <div className="space-y-2 text-sm">
      <p role="status">{t("imported", { n: result.added, name: result.dataset })}</p>
      <Notices notices={result.notices} />
      {!!result.left_out.length && (
        <details>
          <summary className="cursor-pointer text-muted-foreground">{t("leftOut", { n: result.left_out.length })}</summary>
          <ul className="mt-1 max-h-40 overflow-auto text-xs text-muted-foreground" tabIndex={0}>
            {result.left_out.map((one) => <li key={one.file}><span className="font-mono">{one.file}</span>: {said(one.reason)}</li>)}
          </ul>
        </details>
      )}
    </div>
  )
}
