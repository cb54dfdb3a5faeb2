"use client"
import { useTranslations } from "use-intl"
import type { Rejection } from "@/lib/api/training"
import { useSaid } from "@/lib/i18n/provider"

/** Clips that training leaves out, each with its reason; opens on demand. */
export function RejectedClips({ rejected }: { rejected: Rejection[] }) {
  const t = useTranslations("training")
  const said = useSaid()
  if (!rejected.length) return null
  return (
    <details className="text-sm">
      <summary className="w-fit rounded-sm text-muted-foreground outline-none hover:text-foreground focus-visible:ring-3 focus-visible:ring-ring/50">
        {t("leftOut", { n: rejected.length })}
      </summary>
      <div role="region" aria-label={t("rejectedClips")} tabIndex={0} className="mt-2 max-h-56 overflow-auto rounded-md border">
        <table className="w-full text-[13px]">
          <thead className="text-left text-xs text-muted-foreground">
            <tr className="border-b"><th className="px-3 py-1.5 font-medium">{t("file")}</th><th className="px-3 py-1.5 font-medium">{t("reason")}</th></tr>
          </thead>
          <tbody>
            {rejected.map(({ file, code, reason }) => (
              <tr key={`${file} ${code}`} className="border-b align-top last:border-b-0">
                <td className="px-3 py-1.5 font-mono text-xs whitespace-nowrap">{file}</td>
                <td className="px-3 py-1.5">{said(reason)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  )
}
