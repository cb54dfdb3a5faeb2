"use client"
import { useTranslations } from "use-intl"
import { PageHeader } from "@/components/page-header"
import { RunForm } from "./run-form"
import { RunsTable } from "./runs-table"

export function TrainingPage() {
  const t = useTranslations("training")
  const nav = useTranslations("nav")
  return (
    <>
      <PageHeader title={nav("training")} subtitle={t("subtitle")} />
      <div className="space-y-5"><RunForm /><RunsTable /></div>
    </>
  )
}
