"use client"
import { CircleCheckIcon, ListChecksIcon, TriangleAlertIcon } from "lucide-react"
import { useLocale, useTranslations } from "use-intl"
import { Problem } from "@/components/problem"
import { Button } from "@/components/ui/button"
import { fileName, useCheck, type Check } from "@/lib/api/datasets"
import { duration } from "@/lib/utils"

/** Asks which clips training would use. */
export function TrainingCheck({ name }: { name: string }) {
  const t = useTranslations("datasets")
  const check = useCheck()
  return (
    <section aria-label={t("check")} className="space-y-3">
      <Button type="button" variant="outline" disabled={check.isPending} onClick={() => check.mutate(name)}>
        <ListChecksIcon /> {t(check.isPending ? "checking" : "check")}
      </Button>
      <Problem error={check.error} />
      {check.data && <Outcome check={check.data} />}
    </section>
  )
}

function Outcome({ check }: { check: Check }) {
  const t = useTranslations("datasets")
  const locale = useLocale()
  const complete = check.usable === check.total
  const Icon = complete ? CircleCheckIcon : TriangleAlertIcon
  return (
    <div className="space-y-3 rounded-lg border p-3 text-sm">
      <p role="status" className="flex items-center gap-2 font-medium">
        <Icon className={complete ? "size-4 text-success" : "size-4 text-warning"} aria-hidden />
        {t("willTrain", { usable: check.usable, total: check.total, length: duration(check.usable_s, locale) })}
      </p>
      {!!check.rejected.length && <Reasons rejected={check.rejected} />}
    </div>
  )
}

/** What keeps clips out, most frequent first, and which clips they are. */
function Reasons({ rejected }: { rejected: Check["rejected"] }) {
  const t = useTranslations("datasets")
  const groups = Object.entries(Object.groupBy(rejected, (one) => one.code)).sort(([, a], [, b]) => b!.length - a!.length)
  return (
    <ul aria-label={t("reasons")} className="space-y-1">
      {groups.map(([code, ones]) => (
        <li key={code}>
          <details>
            <summary className="cursor-pointer rounded-sm outline-none focus-visible:ring-3 focus-visible:ring-ring/50">
              {t.has(`codes.${code as "no_text"}`) ? t(`codes.${code as "no_text"}`) : code}: {t("clips", { n: ones!.length })}
            </summary>
            <ul className="mt-1 max-h-48 space-y-0.5 overflow-auto pl-4 text-xs text-muted-foreground" tabIndex={0}>
              {ones!.map((one) => <li key={one.file}><span className="font-mono">{fileName(one.file)}</span>: {one.reason}</li>)}
            </ul>
          </details>
        </li>
      ))}
    </ul>
  )
}
