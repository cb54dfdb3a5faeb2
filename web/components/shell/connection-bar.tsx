"use client"
import { CloudOffIcon } from "lucide-react"
import { useTranslations } from "use-intl"
import { Button } from "@/components/ui/button"
import { useSecondsUntil } from "@/hooks/use-seconds-until"
import { useJobs } from "./jobs-context"

/** Says that nobody answers and when it is tried again, for as long as it is so. */
export function ConnectionBar() {
  const { away, tryNow } = useJobs()
  return away && <Bar nextAt={away.nextAt} tryNow={tryNow} />
}

function Bar({ nextAt, tryNow }: { nextAt: number; tryNow: () => void }) {
  const t = useTranslations("shell")
  const seconds = useSecondsUntil(nextAt)
  return (
    <div role="status" className="sticky top-0 z-30 flex flex-wrap items-center justify-center gap-x-3 gap-y-1 border-b border-warning/40 bg-card px-4 py-1.5 text-sm max-md:top-12">
      <CloudOffIcon className="size-4 text-warning" aria-hidden />
      <span>{t("away")}</span>
      <span className="font-mono text-xs text-muted-foreground tabular-nums" aria-hidden>{t("again", { n: seconds })}</span>
      <Button type="button" size="sm" variant="outline" onClick={tryNow}>{t("tryNow")}</Button>
    </div>
  )
}
