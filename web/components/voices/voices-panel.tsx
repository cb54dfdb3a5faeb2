"use client"
import { BlendIcon, LibraryIcon, UploadIcon, UsersRoundIcon } from "lucide-react"
import { useTranslations } from "use-intl"
import { Button } from "@/components/ui/button"
import { Card, CardContent, CardHeader, CardTitle } from "@/components/ui/card"
import { Empty } from "@/components/ui/empty"
import { Skeleton } from "@/components/ui/skeleton"
import type { Speaker } from "@/lib/api/voices"
import { BlendForm } from "./blend-form"
import { ImportForm } from "./import-form"
import { NewVoice } from "./new-voice"
import { StudioForm } from "./studio-form"
import { VoiceCard } from "./voice-card"
import { VoiceDialog } from "./voice-dialog"

const BLEND_FROM = 2

type Props = { speakers: Speaker[] | undefined; chosen: string | undefined; model: string; modelPresent: boolean; onChoose: (name: string) => void }

/** All voices, what is known of each, and every way to get one. */
export function VoicesPanel({ speakers, chosen, model, modelPresent, onChoose }: Props) {
  const t = useTranslations("voices")
  const button = (icon: React.ReactNode, label: string, disabled = false) => <Button type="button" size="sm" variant="outline" disabled={disabled}>{icon}{label}</Button>
  return (
    <Card>
      <CardHeader className="flex-wrap">
        <CardTitle id="voices">{t("voices")}</CardTitle>
        <div className="flex flex-wrap gap-2">
          <NewVoice model={model} disabled={!modelPresent} onMade={onChoose} />
          <VoiceDialog title={t("blendTitle")} text={t("blendText")} trigger={button(<BlendIcon />, t("blend"), (speakers?.length ?? 0) < BLEND_FROM)} onMade={onChoose}>
            {(done) => <BlendForm speakers={speakers ?? []} onMade={done} />}
          </VoiceDialog>
          <VoiceDialog title={t("studioTitle")} text={t("studioText")} trigger={button(<LibraryIcon />, t("studio"))} onMade={onChoose}>
            {(done) => <StudioForm taken={speakers ?? []} onMade={done} />}
          </VoiceDialog>
          <VoiceDialog title={t("importTitle")} text={t("importText")} trigger={button(<UploadIcon />, t("import"))} onMade={onChoose}>
            {(done) => <ImportForm onMade={done} />}
          </VoiceDialog>
        </div>
      </CardHeader>
      <CardContent>
        {!speakers && <Skeleton className="h-40" />}
        {speakers?.length === 0 && <Empty icon={<UsersRoundIcon />} title={t("noVoices")} hint={t("noVoicesHint")} />}
        {!!speakers?.length && (
          <ul aria-labelledby="voices" className="space-y-3">
            {speakers.map((speaker) => <VoiceCard key={speaker.name} speaker={speaker} chosen={speaker.name === chosen} onChoose={onChoose} />)}
          </ul>
        )}
      </CardContent>
    </Card>
  )
}
