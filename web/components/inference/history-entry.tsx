"use client"
import { RotateCcwIcon, Trash2Icon } from "lucide-react"
import { useTranslations } from "use-intl"
import { Confirm } from "@/components/confirm"
import { Player } from "@/components/player"
import { Problem } from "@/components/problem"
import { Badge } from "@/components/ui/badge"
import { Button } from "@/components/ui/button"
import { speechAudio, useDeleteSpeech, type Speech } from "@/lib/api/speech"
import { useLocaleName } from "@/lib/i18n/provider"
import { when } from "@/lib/utils"
import { changeDraft, draftOf, samplingOf } from "./draft"

const TITLE_CHARACTERS = 60
const LABELS = { temperature: "temperature", speed: "speed", top_k: "topK", top_p: "topP", repetition_penalty: "repetitionPenalty" } as const

export function HistoryEntry({ speech }: { speech: Speech }) {
  const t = useTranslations("inference")
  const common = useTranslations("common")
  const locale = useLocaleName()
  const remove = useDeleteSpeech()
  const title = speech.text.length > TITLE_CHARACTERS ? `${speech.text.slice(0, TITLE_CHARACTERS)}…` : speech.text
  const use = () => {
    changeDraft(draftOf(speech))
    scrollTo({ top: 0, behavior: "smooth" })
  }
  return (
    <li className="space-y-2.5 py-4 first:pt-0 last:pb-0">
      <p className="line-clamp-3 text-sm break-words">{speech.text}</p>
      <div className="flex flex-wrap items-center gap-1.5">
        <Badge variant="secondary">{speech.speaker}</Badge>
        <Badge variant="secondary">{speech.model}</Badge>
        <Badge variant="outline">{speech.language}</Badge>
        <span className="text-xs text-muted-foreground">{when(speech.created_at, locale)}</span>
      </div>
      <Settings speech={speech} />
      <div className="flex flex-wrap items-center gap-2">
        <div className="min-w-56 flex-1"><Player src={speechAudio(speech.id)} seconds={speech.audio_s} label={t("entryPlayer", { text: title })} download={`${speech.speaker}-${speech.seed}.wav`} /></div>
        <Button size="sm" variant="outline" aria-label={t("useAgainOf", { text: title })} onClick={use}><RotateCcwIcon />{t("useAgain")}</Button>
        <Confirm title={t("deleteTitle")} text={title} action={common("delete")} onConfirm={() => remove.mutate(speech.id)}>
          <Button size="icon-sm" variant="ghost" aria-label={t("deleteOf", { text: title })}><Trash2Icon /></Button>
        </Confirm>
      </div>
      <Problem error={remove.error} />
    </li>
  )
}

function Settings({ speech }: { speech: Speech }) {
  const t = useTranslations("inference")
  const settings = samplingOf(speech)
  const facts = [
    ...Object.entries(LABELS).flatMap(([name, label]) => {
      const value = settings[name as keyof typeof LABELS]
      return value === undefined ? [] : [[t(label), value] as const]
    }),
    [t("seed"), speech.seed] as const,
    [t("realTime"), (speech.wall_s / Math.max(speech.audio_s, 1e-9)).toFixed(2)] as const,
  ]
  return (
    <dl className="flex flex-wrap gap-x-4 gap-y-0.5 text-xs text-muted-foreground">
      {facts.map(([name, value]) => <div key={name} className="flex gap-1"><dt>{name}</dt><dd className="font-mono tabular-nums">{value}</dd></div>)}
    </dl>
  )
}
