"use client"
import { useTranslations } from "use-intl"
import { Note } from "@/components/note"
import { PageHeader } from "@/components/page-header"
import { useSettings } from "@/lib/api/settings"
import { AboutCard } from "./about-card"
import { AppearanceCard } from "./appearance-card"
import { ComputeCard } from "./compute-card"
import { KeysCard } from "./keys-card"
import { ModelsCard } from "./models-card"
import { PreferencesCard } from "./preferences-card"
import { Section, SectionLinks } from "./sections"
import { StorageCard } from "./storage-card"
import { SystemCard } from "./system-card"

export function SettingsPage() {
  const t = useTranslations("settings")
  const nav = useTranslations("nav")
  const settings = useSettings()
  return (
    <>
      <PageHeader title={nav("settings")} subtitle={t("subtitle")} />
      <div className="space-y-5">
        <SectionLinks />
        {settings.data?.default_password && <Note title={t("defaultPassword")} hint={t("defaultPasswordHint")} />}
        <div className="grid items-start gap-5 lg:grid-cols-[minmax(0,1fr)_20rem]">
          <div className="min-w-0 space-y-5">
            <Section name="models"><ModelsCard /></Section>
            <Section name="keys"><KeysCard /></Section>
            <Section name="storage"><StorageCard /></Section>
            <Section name="system"><SystemCard /></Section>
          </div>
          <div className="min-w-0 space-y-5">
            <Section name="appearance"><AppearanceCard /></Section>
            <Section name="preferences"><PreferencesCard /></Section>
            <Section name="compute"><ComputeCard /></Section>
            <Section name="about"><AboutCard /></Section>
          </div>
        </div>
      </div>
    </>
  )
}
