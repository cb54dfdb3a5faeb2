"use client"
import Link from "next/link"
import { useTranslations } from "use-intl"
import { Button } from "@/components/ui/button"

export function NotFound() {
  const t = useTranslations("common")
  return (
    <main className="grid min-h-svh place-items-center p-6">
      <div className="space-y-4 text-center">
        <p className="font-mono text-sm text-muted-foreground">404</p>
        <h1 className="text-[22px] font-semibold tracking-tight">{t("notFound")}</h1>
        <Button asChild variant="outline"><Link href="/data-processing/">{t("home")}</Link></Button>
      </div>
    </main>
  )
}
