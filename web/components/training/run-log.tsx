"use client"
import { CheckIcon, CopyIcon } from "lucide-react"
import { useEffect, useRef, useState } from "react"
import { useTranslations } from "use-intl"
import { Button } from "@/components/ui/button"
import { Card, CardContent, CardHeader, CardTitle } from "@/components/ui/card"
import { useSaid } from "@/lib/i18n/provider"
import { cn } from "@/lib/utils"

const SHOWN_LINES = 500
const NEAR_END_PX = 24

/** What the run says. It follows the newest line unless somebody has scrolled up. */
export function RunLog({ lines }: { lines: { message: string; level: string }[] }) {
  const t = useTranslations("training")
  const said = useSaid()
  const box = useRef<HTMLDivElement>(null)
  const follows = useRef(true)
  useEffect(() => {
    if (box.current && follows.current) box.current.scrollTop = box.current.scrollHeight
  }, [lines.length])
  const scrolled = ({ currentTarget: it }: React.UIEvent) => {
    follows.current = it.scrollHeight - it.scrollTop - it.clientHeight < NEAR_END_PX
  }
  return (
    <Card>
      <CardHeader className="flex flex-row items-center justify-between">
        <CardTitle>{t("log")}</CardTitle>
        {lines.length > 0 && <CopyLog text={lines.map((line) => line.message).join("\n")} box={box} />}
      </CardHeader>
      <CardContent>
        <div ref={box} role="log" aria-label={t("log")} tabIndex={0} onScroll={scrolled} className="max-h-72 space-y-1 overflow-auto font-mono text-xs leading-5">
          {lines.slice(-SHOWN_LINES).map((line, i) => (
            <p key={i} className={cn("break-words", line.level === "warning" && "text-warning")}>{said(line.message)}</p>
          ))}
          {!lines.length && <p className="font-sans text-sm text-muted-foreground">{t("noLog")}</p>}
        </div>
      </CardContent>
    </Card>
  )
}

/** Where the browser keeps its clipboard from the page, the lines are selected to be copied by hand. */
function CopyLog({ text, box }: { text: string; box: React.RefObject<HTMLDivElement | null> }) {
  const t = useTranslations("training")
  const [copied, setCopied] = useState(false)
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text)
      setCopied(true)
    } catch {
      if (box.current) getSelection()?.selectAllChildren(box.current)
    }
  }
  return <Button type="button" size="sm" variant="ghost" onClick={() => void copy()}>{copied ? <CheckIcon /> : <CopyIcon />}{copied ? t("copied") : t("copyLog")}</Button>
}
