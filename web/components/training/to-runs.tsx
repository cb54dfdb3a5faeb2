"use client"
import { ChevronLeftIcon } from "lucide-react"
import Link from "next/link"
import { useTranslations } from "use-intl"

export function ToRuns() {
  const t = useTranslations("training")
  return (
    <Link href="/training/" className="mb-3 inline-flex min-h-6 items-center gap-1 rounded-sm text-[13px] text-muted-foreground outline-none hover:text-foreground focus-visible:ring-3 focus-visible:ring-ring/50">
      <ChevronLeftIcon className="size-3.5" aria-hidden />{t("toRuns")}
    </Link>
  )
}
