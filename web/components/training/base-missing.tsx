"use client"
import { TriangleAlertIcon } from "lucide-react"
import Link from "next/link"
import { useTranslations } from "use-intl"

/** Says, where the base model would be needed, that it has to be fetched first. */
export function BaseMissing() {
  const t = useTranslations("training")
  return (
    <div role="note" className="flex gap-2.5 rounded-lg border border-warning/40 bg-warning/5 p-3 text-sm">
      <TriangleAlertIcon className="mt-0.5 size-4 shrink-0 text-warning" aria-hidden />
      <p><span className="font-medium">{t("baseMissing")}</span> {t("baseMissingHint")}{" "}
        <Link href="/settings/" className="font-medium text-primary underline underline-offset-4">{t("toSettings")}</Link>
      </p>
    </div>
  )
}
