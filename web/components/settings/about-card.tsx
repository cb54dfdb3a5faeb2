"use client"
import { useTranslations } from "use-intl"
import { CopyField } from "@/components/copy-field"
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card"
import { Skeleton } from "@/components/ui/skeleton"
import { useSettings, useSystem, type Settings, type SystemInfo } from "@/lib/api/settings"

/** What this is, under which licences, and what to send along with a report. */
export function AboutCard() {
  const t = useTranslations("about")
  const system = useSystem().data
  const settings = useSettings().data
  return (
    <Card role="region" aria-labelledby="about-title">
      <CardHeader>
        <div>
          <CardTitle id="about-title">{t("title")}</CardTitle>
          <CardDescription>{system && t("version", { version: system.version })}</CardDescription>
        </div>
      </CardHeader>
      <CardContent className="space-y-4">
        <p className="text-[13px] text-muted-foreground">{t("licences")}</p>
        {system && settings ? <CopyField lines label={t("diagnostics")} hint={t("diagnosticsHint")} value={diagnostics(system, settings)} /> : <Skeleton className="h-32" />}
      </CardContent>
    </Card>
  )
}

const gigabytes = (bytes: number | null | undefined) => (bytes ? `${(bytes / 1e9).toFixed(1)} GB` : "?")

/** In English, for whoever reads a report; nothing of names, paths or keys. */
function diagnostics(system: SystemInfo, settings: Settings): string {
  const devices = system.devices.map(({ id, name, memory_bytes }) => (memory_bytes ? `${id} ${name} ${gigabytes(memory_bytes)}` : `${id} ${name}`))
  const workers = system.workers.map(({ role, state, memory_bytes }) => `${role} ${state} ${gigabytes(memory_bytes)}`)
  return [
    `XTTS Studio ${system.version}, Python ${system.python}`,
    system.platform,
    `devices: ${devices.join(", ")}`,
    `compute: ${settings.compute}, device: ${settings.device}`,
    `disk: ${gigabytes(system.disk.free_bytes)} free of ${gigabytes(system.disk.total_bytes)}`,
    `workers: ${workers.join(", ") || "none"}`,
    `packages: ${Object.entries(system.packages).map(([name, version]) => `${name} ${version}`).join(", ")}`,
    `browser: ${navigator.userAgent}`,
  ].join("\n")
}
