"use client"
import { useTranslations } from "use-intl"
import { Problem } from "@/components/problem"
import { Card, CardContent, CardHeader, CardTitle } from "@/components/ui/card"
import { Progress } from "@/components/ui/progress"
import { Skeleton } from "@/components/ui/skeleton"
import { useSettings, useSystem, type Settings, type SystemInfo } from "@/lib/api/settings"
import { useLocaleName } from "@/lib/i18n/provider"
import { bytes } from "@/lib/utils"
import { WorkersTable } from "./workers-table"

export function SystemCard() {
  const t = useTranslations("settings")
  const system = useSystem()
  const settings = useSettings()
  return (
    <Card>
      <CardHeader><CardTitle>{t("system")}</CardTitle></CardHeader>
      <CardContent>
        {system.error ? <Problem error={system.error} /> : system.data ? <System system={system.data} settings={settings.data} /> : <Skeleton className="h-64" />}
      </CardContent>
    </Card>
  )
}

function System({ system, settings }: { system: SystemInfo; settings: Settings | undefined }) {
  const t = useTranslations("settings")
  const locale = useLocaleName()
  const { total_bytes, used_bytes, free_bytes } = system.disk
  return (
    <div className="space-y-6">
      <div className="grid gap-6 sm:grid-cols-2">
        <Part title={t("devices")}>
          <ul className="space-y-1 text-[13px]">
            {system.devices.map((device) => (
              <li key={device.id} className="flex flex-wrap gap-x-2">
                <span className="font-mono">{device.id}</span><span className="text-muted-foreground">{device.name}</span>
                {device.memory_bytes != null && device.memory_used_bytes != null && (
                  <span>{t("memory", { used: bytes(device.memory_used_bytes, locale), total: bytes(device.memory_bytes, locale) })}</span>
                )}
              </li>
            ))}
          </ul>
        </Part>
        <Part title={t("disk")}>
          <Progress aria-label={t("diskUsed")} value={Math.round((used_bytes / total_bytes) * 100)} />
          <p className="text-[13px] text-muted-foreground">{t("diskUse", { free: bytes(free_bytes, locale), total: bytes(total_bytes, locale) })}</p>
          {settings && (
            <Facts facts={[[t("workspace"), settings.workspace], [t("compute"), settings.compute], [t("uploadLimit"), bytes(settings.upload_limit_bytes, locale)]]} />
          )}
        </Part>
      </div>
      <Part title={t("workers")}>
        {system.workers.length ? <WorkersTable workers={system.workers} /> : <p className="text-[13px] text-muted-foreground">{t("noWorkers")}</p>}
      </Part>
      <Part title={t("versions")}>
        <div className="sm:columns-2">
          <Facts facts={[["XTTS Studio", system.version], ["Python", system.python], ...Object.entries(system.packages)]} />
        </div>
        <p className="text-xs break-words text-muted-foreground">{system.platform}</p>
      </Part>
    </div>
  )
}

function Part({ title, children }: { title: string; children: React.ReactNode }) {
  return <section aria-label={title} className="min-w-0 space-y-2"><h3 className="text-sm font-medium">{title}</h3>{children}</section>
}

function Facts({ facts }: { facts: readonly (readonly [string, string])[] }) {
  return (
    <dl className="space-y-1 text-[13px]">
      {facts.map(([name, value]) => (
        <div key={name} className="flex justify-between gap-4"><dt className="text-muted-foreground">{name}</dt><dd className="min-w-0 font-mono text-xs break-all tabular-nums">{value}</dd></div>
      ))}
    </dl>
  )
}
