"use client"
import { Trash2Icon } from "lucide-react"
import { useTranslations } from "use-intl"
import { Confirm } from "@/components/confirm"
import { SelectField } from "@/components/field"
import { Problem } from "@/components/problem"
import { Button } from "@/components/ui/button"
import { useDeleteSpeaker, type Speaker } from "@/lib/api/speech"
import { useLocaleName } from "@/lib/i18n/provider"
import { duration } from "@/lib/utils"
import { changeDraft } from "./draft"
import { NewVoice } from "./new-voice"

type Props = { speakers: Speaker[]; speaker: string | undefined; model: string; modelPresent: boolean }

export function VoiceField({ speakers, speaker, model, modelPresent }: Props) {
  const t = useTranslations("inference")
  const locale = useLocaleName()
  const remove = useDeleteSpeaker()
  return (
    <div className="space-y-2.5">
      <SelectField
        label={t("voice")}
        placeholder={t("chooseVoice")}
        hint={speakers.length ? undefined : t("noVoices")}
        disabled={!speakers.length}
        value={speaker}
        onChange={(value) => changeDraft({ speaker: value })}
        options={speakers.map((s) => ({ value: s.name, label: `${s.name} · ${duration(s.duration_s, locale)}` }))}
      />
      <div className="flex gap-2">
        <NewVoice model={model} disabled={!modelPresent} onMade={(name) => changeDraft({ speaker: name })} />
        {speaker && (
          <Confirm title={t("deleteVoiceTitle", { name: speaker })} text={t("deleteVoiceText")} action={t("deleteVoice")} onConfirm={() => remove.mutate(speaker)}>
            <Button type="button" size="icon-sm" variant="ghost" aria-label={t("deleteVoice")}><Trash2Icon /></Button>
          </Confirm>
        )}
      </div>
      <Problem error={remove.error} />
    </div>
  )
}
