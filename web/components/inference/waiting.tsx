"use client"
import { useEffect, useState } from "react"
import { useTranslations } from "use-intl"
import { useQueuePosition } from "@/lib/api/speech"

/** What one waits for, and for how long already. `requestId` is that of a request without any sound yet. */
export function Waiting({ requestId }: { requestId: string | null }) {
  const t = useTranslations("inference")
  const position = useQueuePosition(requestId)
  const seconds = useSeconds()
  const queued = requestId !== null && !!position
  return (
    <span className="text-right text-[13px] text-muted-foreground tabular-nums">
      <span role="status">{queued ? t("queued", { n: position - 1 }) : t("speaking")}</span> {t("waitedFor", { seconds })}
    </span>
  )
}

/** Seconds since it is shown. */
function useSeconds() {
  const [seconds, setSeconds] = useState(0)
  useEffect(() => {
    const timer = setInterval(() => setSeconds((before) => before + 1), 1000)
    return () => clearInterval(timer)
  }, [])
  return seconds
}
