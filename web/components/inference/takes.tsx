"use client"
import { ChevronRightIcon } from "lucide-react"
import dynamic from "next/dynamic"
import { useState } from "react"
import { useTranslations } from "use-intl"
import { Skeleton } from "@/components/ui/skeleton"
import type { Speech } from "@/lib/api/speech"

const TakesList = dynamic(() => import("./takes-list").then((file) => file.TakesList), { ssr: false, loading: () => <Skeleton className="h-24" /> })

/** The sentences of a speech, folded away: each can be spoken again, and the best takes become a new speech. */
export function SpeechTakes({ speech }: { speech: Speech }) {
  const t = useTranslations("takes")
  const [open, setOpen] = useState(false)
  if (!speech.has_takes) return null
  return (
    <details className="group/takes min-w-0" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="flex min-h-6 w-fit list-none items-center gap-1.5 rounded-sm text-sm font-medium outline-none focus-visible:ring-3 focus-visible:ring-ring/50 [&::-webkit-details-marker]:hidden">
        <ChevronRightIcon className="size-4 shrink-0 text-muted-foreground transition-transform group-open/takes:rotate-90" aria-hidden />
        <span>{t("title")}</span>
      </summary>
      {open && <div className="mt-3 space-y-3"><TakesList speech={speech} /></div>}
    </details>
  )
}

