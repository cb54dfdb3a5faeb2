"use client"
import { useTranslations } from "use-intl"
import { Note } from "@/components/note"
import { PageHeader } from "@/components/page-header"
import { useSettings } from "@/lib/api/settings"
import { AppearanceCard } from "./appearance-card"
import { KeysCard } from "./keys-card"
import { ModelsCard } from "./models-card"
import { PreferencesCard } from "./preferences-card"
import { SystemCard } from "./system-card"

export function SettingsPage() {
  const t = useTranslations("settings")
  const nav = useTranslations("nav")
  const settings = useSettings()
  return (
    <>
      <PageHeader title={nav("settings")} subtitle={t("subtitle")} />
      <div className="space-y-5">
        {settings.data?.default_password && <Note title={t("defaultPassword")} hint={t("defaultPasswordHint")} />}
        <div className="grid items-start gap-5 lg:grid-cols-[minmax(0,1fr)_20rem]">
          <div className="min-w-0 space-y-5"><ModelsCard /><KeysCard /><SystemCard /></div>
          <div className="space-y-5"><AppearanceCard /><PreferencesCard /></div>
        </div>
      </div>
    </>
  )
}
