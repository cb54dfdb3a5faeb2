"use client"
import { useTranslations } from "use-intl"
import { Progress } from "@/components/ui/progress"
import { useLocaleName, useSaid } from "@/lib/i18n/provider"
import { duration } from "@/lib/utils"
import { stepsIn } from "./curves"

type Props = { progress: number; message: string; leftS: number | null | undefined }

/** How far a run is. Before its first step, and after its last, the server's own words. */
export function RunProgress({ progress, message, leftS }: Props) {
  const t = useTranslations("training")
  const said = useSaid()
  const locale = useLocaleName()
  const told = stepsIn(message)
  const percent = Math.round(progress * 100)
  return (
    <div className="space-y-2">
      <div className="flex flex-wrap justify-between gap-x-4 text-[13px] text-muted-foreground">
        <p>
          {told ? <span className="font-mono tabular-nums">{t("stepOf", told)}</span> : said(message)}
          {told && leftS ? ` · ${t("left", { duration: duration(leftS, locale) })}` : ""}
        </p>
        <span className="font-mono tabular-nums">{percent} %</span>
      </div>
      <Progress aria-label={t("trainingProgress")} value={percent} />
    </div>
  )
}
