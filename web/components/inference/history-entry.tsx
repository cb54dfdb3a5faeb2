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
import { Download } from "./download"
import { changeDraft, draftOf } from "./draft"
import { SpeechNotices } from "./speech-notices"
import { SpeechTakes } from "./takes"
import { Facts, useNumbers, useRecipe } from "./facts"

const TITLE_CHARACTERS = 60

/** Something that was said, with everything that makes it again. */
export function HistoryEntry({ speech }: { speech: Speech }) {
  const t = useTranslations("inference")
  const common = useTranslations("common")
  const locale = useLocaleName()
  const remove = useDeleteSpeech()
  const title = speech.text.length > TITLE_CHARACTERS ? `${speech.text.slice(0, TITLE_CHARACTERS)}…` : speech.text
  const facts = [...useRecipe(speech), ...useNumbers(speech).slice(1)] // the player tells its length
  const use = () => {
    changeDraft(draftOf(speech))
    scrollTo({ top: 0, behavior: "smooth" })
  }
  return (
    <li className="space-y-2.5 py-4 first:pt-0 last:pb-0">
      <p dir="auto" className="line-clamp-3 text-sm break-words whitespace-pre-line">{speech.text}</p>
      <div className="flex flex-wrap items-center gap-1.5">
        <Badge variant="secondary" className="max-w-full truncate">{speech.speaker}</Badge>
        <Badge variant="secondary" className="max-w-full truncate">{speech.model}</Badge>
        <Badge variant="outline">{speech.language}</Badge>
        <span className="text-xs text-muted-foreground">{when(speech.created_at, locale)}</span>
      </div>
      <Facts facts={facts} />
      <SpeechNotices speech={speech} />
      <div className="flex flex-wrap items-center gap-2">
        <div className="min-w-56 flex-1"><Player src={speechAudio(speech.id)} seconds={speech.audio_s} label={t("entryPlayer", { text: title })} /></div>
        <Download speech={speech} title={title} />
        <Button type="button" size="sm" variant="outline" aria-label={t("useAgainOf", { text: title })} onClick={use}><RotateCcwIcon />{t("useAgain")}</Button>
        <Confirm title={t("deleteTitle")} text={title} action={common("delete")} onConfirm={() => remove.mutate(speech.id)}>
          <Button type="button" size="icon-sm" variant="ghost" aria-label={t("deleteOf", { text: title })}><Trash2Icon /></Button>
        </Confirm>
      </div>
      <SpeechTakes speech={speech} />
      <Problem error={remove.error} />
    </li>
  )
}
