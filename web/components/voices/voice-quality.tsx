"use client"
import { GaugeIcon, InfoIcon } from "lucide-react"
import { useTranslations } from "use-intl"
import { Fold } from "@/components/fold"
import { Badge } from "@/components/ui/badge"
import type { ClipQuality, Speaker } from "@/lib/api/voices"
import { useLocaleName, useSaid } from "@/lib/i18n/provider"
import { duration } from "@/lib/utils"

const GOOD = 75
const FAIR = 50

/** How good the clips of a voice are, in a word and a number. */
export function ScoreBadge({ speaker }: { speaker: Speaker }) {
  const t = useTranslations("voices")
  const { score } = speaker
  if (score == null) return null
  const [word, variant] = score >= GOOD ? (["good", "success"] as const) : score >= FAIR ? (["fair", "secondary"] as const) : (["poor", "warning"] as const)
  return <Badge variant={variant}><GaugeIcon className="size-3" aria-hidden />{t(`scores.${word}`, { score })}</Badge>
}

/** What to know of a voice, in plain words; then of each of its clips. */
export function Quality({ speaker }: { speaker: Speaker }) {
  const t = useTranslations("voices")
  const { notices = [], quality = [] } = speaker
  return (
    <>
      <Words notices={notices} />
      {quality.length > 0 && (
        <Fold title={t("clips", { n: quality.length })}>
          <ul className="divide-y rounded-lg border">{quality.map((clip, i) => <Clip key={clip.clip} clip={clip} number={i + 1} />)}</ul>
        </Fold>
      )}
    </>
  )
}

function Words({ notices }: { notices: string[] }) {
  const said = useSaid()
  if (!notices.length) return null
  return (
    <ul className="space-y-1 text-[13px] text-muted-foreground">
      {notices.map((notice) => <li key={notice} className="flex gap-2"><InfoIcon className="mt-0.5 size-3.5 shrink-0 text-warning" aria-hidden /><span className="min-w-0 break-words">{said(notice)}</span></li>)}
    </ul>
  )
}

function Clip({ clip, number }: { clip: ClipQuality; number: number }) {
  const t = useTranslations("voices")
  const locale = useLocaleName()
  const facts = [
    t("speechOf", { speech: duration(clip.speech_s, locale), length: duration(clip.duration_s, locale) }),
    ...(clip.snr_db == null ? [] : [t("snr", { db: Math.round(clip.snr_db) })]),
    ...(clip.level_dbfs == null ? [] : [t("level", { db: `−${Math.abs(Math.round(clip.level_dbfs))}` })]),
    ...(clip.clipped_share ? [t("clipped", { share: clip.clipped_share })] : []),
  ]
  return (
    <li className="space-y-1.5 p-2.5">
      <div className="flex flex-wrap items-center justify-between gap-x-3 gap-y-1 text-[13px]">
        <span className="font-medium">{t("clip", { n: number })}</span>
        <span className="font-mono text-xs text-muted-foreground tabular-nums">{t("scoreOf", { score: clip.score })}</span>
      </div>
      <p className="text-xs text-muted-foreground tabular-nums">{facts.join(" · ")}</p>
      <Words notices={clip.notices ?? []} />
    </li>
  )
}
