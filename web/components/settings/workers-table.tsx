"use client"
import { useTranslations } from "use-intl"
import { Problem } from "@/components/problem"
import { Button } from "@/components/ui/button"
import { useUnload, type SystemInfo } from "@/lib/api/settings"
import { useLocaleName } from "@/lib/i18n/provider"
import { bytes } from "@/lib/utils"

/** The processes that hold models or do work now. */
export function WorkersTable({ workers }: { workers: SystemInfo["workers"] }) {
  const t = useTranslations("settings")
  const common = useTranslations("common")
  const locale = useLocaleName()
  const unload = useUnload()
  const doing = (step: string) => (common.has(`steps.${step}` as "steps.train") ? common(`steps.${step}` as "steps.train") : step)
  return (
    <div className="scroll-x">
      <Problem error={unload.error} />
      <table aria-label={t("workers")} className="w-full text-[13px]">
        <thead className="text-left text-xs text-muted-foreground">
          <tr className="border-b">
            {[t("worker"), t("doing"), t("usedMemory"), t("process")].map((column) => <th key={column} scope="col" className="py-1.5 pr-4 font-medium">{column}</th>)}
          </tr>
        </thead>
        <tbody>
          {workers.map((worker) => (
            <tr key={worker.pid} className="border-b last:border-b-0">
              <td className="py-1.5 pr-4">{worker.role}</td>
              <td className="py-1.5 pr-4 text-muted-foreground">{worker.step ? doing(worker.step) : t("idleState")}</td>
              <td className="py-1.5 pr-4 font-mono text-xs tabular-nums">{worker.memory_bytes == null ? "–" : bytes(worker.memory_bytes, locale)}</td>
              <td className="py-1.5 font-mono text-xs tabular-nums">{worker.pid}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {workers.some((worker) => worker.state === "idle") && (
        <Button type="button" size="sm" variant="outline" className="mt-3" title={t("unloadHint")} disabled={unload.isPending} onClick={() => unload.mutate()}>{t("unload")}</Button>
      )}
    </div>
  )
}
