"use client"
import { useEffect, useRef } from "react"
import { useTranslations } from "use-intl"
import { Card, CardContent, CardHeader, CardTitle } from "@/components/ui/card"
import { cn } from "@/lib/utils"

const SHOWN_LINES = 500

export function RunLog({ lines }: { lines: { message: string; level: string }[] }) {
  const t = useTranslations("training")
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (box.current) box.current.scrollTop = box.current.scrollHeight
  }, [lines.length])
  return (
    <Card>
      <CardHeader><CardTitle>{t("log")}</CardTitle></CardHeader>
      <CardContent>
        <div ref={box} role="log" aria-label={t("log")} tabIndex={0} className="max-h-72 space-y-1 overflow-auto font-mono text-xs leading-5">
          {lines.slice(-SHOWN_LINES).map((line, i) => (
            <p key={i} className={cn("break-words", line.level === "warning" && "text-warning")}>{line.message}</p>
          ))}
          {!lines.length && <p className="font-sans text-sm text-muted-foreground">{t("noLog")}</p>}
        </div>
      </CardContent>
    </Card>
  )
}
