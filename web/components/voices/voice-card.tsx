"use client"
import { CheckIcon, DownloadIcon, Trash2Icon } from "lucide-react"
import { useTranslations } from "use-intl"
import { Confirm } from "@/components/confirm"
import { Problem } from "@/components/problem"
import { Badge } from "@/components/ui/badge"
import { Button } from "@/components/ui/button"
import { useDeleteSpeaker, voiceFile, type Speaker } from "@/lib/api/voices"
import { useLocaleName } from "@/lib/i18n/provider"
import { duration, when } from "@/lib/utils"
import { SampleButton } from "./sample-button"
import { Quality, ScoreBadge } from "./voice-quality"

type Props = { speaker: Speaker; chosen: boolean; onChoose: (name: string) => void }

/** One voice: what it is made of, how good that is, and what can be done with it. */
export function VoiceCard({ speaker, chosen, onChoose }: Props) {
  const t = useTranslations("voices")
  const remove = useDeleteSpeaker()
  const { name } = speaker
  return (
    <li aria-label={name} className="space-y-3 rounded-lg border p-3.5">
      <div className="flex flex-wrap items-start justify-between gap-3">
        <div className="min-w-0 space-y-1.5">
          <div className="flex flex-wrap items-center gap-2">
            <h3 className="text-sm font-medium break-all">{name}</h3>
            <Badge variant="outline">{t(`kinds.${speaker.kind ?? "clips"}`)}</Badge>
            <ScoreBadge speaker={speaker} />
          </div>
          <MadeOf speaker={speaker} />
        </div>
        <div className="flex items-center gap-1.5">
          <SampleButton speaker={speaker} />
          <Button type="button" size="sm" variant={chosen ? "secondary" : "outline"} aria-pressed={chosen} onClick={() => onChoose(name)}>{chosen && <CheckIcon />}{chosen ? t("inUse") : t("use")}</Button>
          <Button size="icon-sm" variant="ghost" asChild><a href={voiceFile(name)} download={`${name}.xttsvoice`} aria-label={t("export", { name })} title={t("export", { name })}><DownloadIcon /></a></Button>
          <Confirm title={t("deleteVoiceTitle", { name })} text={t("deleteVoiceText")} action={t("deleteVoice")} onConfirm={() => remove.mutate(name)}>
            <Button type="button" size="icon-sm" variant="ghost" aria-label={t("delete", { name })}><Trash2Icon /></Button>
          </Confirm>
        </div>
      </div>
      <Quality speaker={speaker} />
      <Problem error={remove.error} />
    </li>
  )
}

function MadeOf({ speaker }: { speaker: Speaker }) {
  const t = useTranslations("voices")
  const locale = useLocaleName()
  const blend = speaker.blend ?? []
  const total = blend.reduce((sum, part) => sum + part.weight, 0)
  const facts = [
    ...blend.map((part) => t("partShare", { name: part.speaker, share: part.weight / total })),
    ...(speaker.kind === "studio" ? [] : [duration(speaker.duration_s, locale)]),
    when(speaker.created_at, locale),
  ]
  return <p className="text-xs break-words text-muted-foreground">{facts.join(" · ")}</p>
}
