"use client"
import { CodeIcon } from "lucide-react"
import dynamic from "next/dynamic"
import Link from "next/link"
import { useState } from "react"
import { useTranslations } from "use-intl"
import { DialogHead } from "@/components/dialog-head"
import { Button } from "@/components/ui/button"
import { Dialog, DialogContent, DialogTrigger } from "@/components/ui/dialog"
import { Skeleton } from "@/components/ui/skeleton"
import type { Asked } from "./draft"

const Code = dynamic(() => import("./code").then((file) => file.Code), { ssr: false, loading: () => <Skeleton className="h-72" /> })

/** The speech as it is set up now, asked for by a program. */
export function CopyAs({ request }: { request: Asked }) {
  const t = useTranslations("inference")
  const [open, setOpen] = useState(false)
  return (
    <Dialog open={open} onOpenChange={setOpen}>
      <DialogTrigger asChild><Button type="button" size="sm" variant="ghost" title={t("copyAs.title")}><CodeIcon />{t("copyAs.button")}</Button></DialogTrigger>
      <DialogContent className="w-[min(92vw,44rem)]">
        <DialogHead title={t("copyAs.title")}>{t("copyAs.key")} <Link href="/settings/#keys" className="text-primary underline underline-offset-4">{t("copyAs.makeKey")}</Link></DialogHead>
        <Code request={request} />
      </DialogContent>
    </Dialog>
  )
}
