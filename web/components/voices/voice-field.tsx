"use client"
import { InfoIcon, UsersRoundIcon } from "lucide-react"
import { useTranslations } from "use-intl"
import { SelectField } from "@/components/field"
import { Badge } from "@/components/ui/badge"
import { Button } from "@/components/ui/button"
import type { Speaker } from "@/lib/api/voices"
import { NewVoice } from "./new-voice"
import { SampleButton } from "./sample-button"
import { ScoreBadge } from "./voice-quality"

type Props = {
  speakers: Speaker[]
  speaker: string | undefined
  missing: string | undefined
  model: string
  modelPresent: boolean
  onChoose: (name: string) => void
  onManage: () => void
}

/** The voice to speak with: chosen, heard, or made. `missing` is one that was asked for and has gone. */
export function VoiceField({ speakers, speaker, missing, model, modelPresent, onChoose, onManage }: Props) {
  const t = useTranslations("voices")
  const chosen = speakers.find((one) => one.name === speaker)
  return (
    <div className="space-y-2.5">
      <div className="flex items-end gap-2">
        <SelectField
          label={t("voice")}
          placeholder={t("chooseVoice")}
          disabled={!speakers.length}
          className="flex-1"
          value={speaker}
          onChange={onChoose}
          options={speakers.map(({ name }) => ({ value: name, label: name }))}
        />
        {chosen && <SampleButton key={chosen.name} speaker={chosen} />}
      </div>
      {!speakers.length && <p className="text-xs text-muted-foreground">{t("noVoicesHint")}</p>}
      {speakers.length > 0 && missing && <p className="text-xs text-muted-foreground">{t("voiceGone", { name: missing })}</p>}
      {chosen && <Judgement speaker={chosen} />}
      <div className="flex flex-wrap gap-2">
        <NewVoice model={model} disabled={!modelPresent} onMade={onChoose} />
        <Button type="button" size="sm" variant="ghost" onClick={onManage}><UsersRoundIcon />{t("allVoices")}</Button>
      </div>
    </div>
  )
}

/** The score, and that there is more to know. */
function Judgement({ speaker }: { speaker: Speaker }) {
  const t = useTranslations("voices")
  const n = speaker.notices?.length ?? 0
  if (speaker.score == null && !n) return null
  return <div className="flex flex-wrap gap-1.5"><ScoreBadge speaker={speaker} />{n > 0 && <Badge variant="warning"><InfoIcon className="size-3" aria-hidden />{t("toKnow", { n })}</Badge>}</div>
}
