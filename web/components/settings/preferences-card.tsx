"use client"
import { useState } from "react"
import { useTranslations } from "use-intl"
import { NumberField, SelectField } from "@/components/field"
import { Problem } from "@/components/problem"
import { Button } from "@/components/ui/button"
import { Card, CardContent, CardHeader, CardTitle } from "@/components/ui/card"
import { Skeleton } from "@/components/ui/skeleton"
import { useModels } from "@/lib/api/models"
import { useSaveSettings, useSettings, useSystem, type PreferencesUpdate, type Settings } from "@/lib/api/settings"

export function PreferencesCard() {
  const t = useTranslations("settings")
  const settings = useSettings()
  return (
    <Card>
      <CardHeader><CardTitle>{t("preferences")}</CardTitle></CardHeader>
      <CardContent>
        {settings.error ? <Problem error={settings.error} /> : settings.data ? <PreferencesForm settings={settings.data} /> : <Skeleton className="h-48" />}
      </CardContent>
    </Card>
  )
}

function PreferencesForm({ settings }: { settings: Settings }) {
  const t = useTranslations("settings")
  const common = useTranslations("common")
  const [changes, setChanges] = useState<PreferencesUpdate>({})
  const save = useSaveSettings()
  const devices = useDeviceOptions(settings.device)
  const models = useModels()
  const whispers = (models.data?.models ?? []).filter((model) => model.kind === "whisper").map((model) => model.name)
  const whisper = changes.whisper_model ?? settings.whisper_model
  const change = (more: PreferencesUpdate) => {
    save.reset()
    setChanges((before) => ({ ...before, ...more }))
  }
  const submit = (event: React.FormEvent) => {
    event.preventDefault()
    save.mutate(changes, { onSuccess: () => setChanges({}) })
  }
  return (
    <form onSubmit={submit} className="space-y-4">
      <SelectField label={t("device")} hint={t("deviceHint")} value={changes.device ?? settings.device} onChange={(device) => change({ device })} options={devices} />
      <NumberField label={t("idle")} unit={t("seconds")} hint={t("idleHint")} min={5} max={86_400} step={1} value={changes.worker_idle_s === undefined ? settings.worker_idle_s : changes.worker_idle_s} onChange={(worker_idle_s) => change({ worker_idle_s })} />
      <SelectField label={t("whisper")} hint={t("whisperHint")} value={whisper} onChange={(whisper_model) => change({ whisper_model })} options={[...new Set([...whispers, whisper])].map((name) => ({ value: name, label: name }))} />
      <Problem error={save.error} />
      <div className="flex items-center gap-3">
        <Button type="submit" disabled={!Object.keys(changes).length || save.isPending}>{common("save")}</Button>
        <span role="status" className="text-sm text-muted-foreground">{save.isSuccess ? t("saved") : ""}</span>
      </div>
    </form>
  )
}

/** What this machine has, and what is set even if it has it not. */
function useDeviceOptions(current: string) {
  const t = useTranslations("settings")
  const system = useSystem()
  const found = (system.data?.devices ?? []).map((device) => ({ value: device.id, label: device.name ? `${device.id} · ${device.name}` : device.id }))
  const options = [{ value: "auto", label: t("auto") }, ...found]
  return options.some((option) => option.value === current) ? options : [...options, { value: current, label: current }]
}
