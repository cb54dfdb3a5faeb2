"use client"
import { HourglassIcon, RotateCwIcon } from "lucide-react"
import { useEffect, useState } from "react"
import { useTranslations } from "use-intl"
import { Problem } from "@/components/problem"
import { Button } from "@/components/ui/button"
import { ApiError } from "@/lib/api/client"
import { BrokenOff } from "./speaking"

type Props = { error: Error | null; onRetry: () => void; onGoOn: () => void }

/** Why there is no speech. A full queue is no error: it says when to come again. */
export function SpeechProblem({ error, onRetry, onGoOn }: Props) {
  const t = useTranslations("inference")
  const common = useTranslations("common")
  if (error instanceof BrokenOff) {
    return <Told message={t("brokenOff")} hint={[error.why?.message, t("brokenOffHint")].filter(Boolean).join(" ")} action={t("goOn")} onAction={onGoOn} />
  }
  if (!(error instanceof ApiError)) return <Problem error={error} />
  if (error.status === 0) return <Told message={t("unreachable")} hint={t("unreachableHint")} action={common("retry")} onAction={onRetry} />
  if (error.status !== 429) return <Problem error={error} />
  const told = Number(error.details.retry_after_s)
  return <Busy seconds={told > 0 ? Math.ceil(told) : 10} onRetry={onRetry} />
}

type ToldProps = { message: string; hint: string; action: string; onAction: () => void }

/** What happened, and a button for what to do. */
function Told({ message, hint, action, onAction }: ToldProps) {
  return (
    <div className="space-y-2">
      <Problem error={{ message, hint }} />
      <Button type="button" size="sm" onClick={onAction}><RotateCwIcon />{action}</Button>
    </div>
  )
}

function Busy({ seconds, onRetry }: { seconds: number; onRetry: () => void }) {
  const t = useTranslations("inference")
  const common = useTranslations("common")
  const [left, setLeft] = useState(seconds)
  useEffect(() => {
    const timer = setInterval(() => setLeft((before) => Math.max(0, before - 1)), 1000)
    return () => clearInterval(timer)
  }, [])
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-2 rounded-lg border border-warning/40 bg-warning/5 p-3 text-sm">
      <HourglassIcon className="size-4 shrink-0 text-warning" aria-hidden />
      <div className="min-w-0 flex-1 basis-56">
        <p role="alert" className="font-medium">{t("busy")}</p>
        <p className="text-muted-foreground tabular-nums">{left ? t("busyFor", { seconds: left }) : t("busyNoMore")}</p>
      </div>
      <Button type="button" size="sm" variant={left ? "outline" : "default"} onClick={onRetry}>{common("retry")}</Button>
    </div>
  )
}
