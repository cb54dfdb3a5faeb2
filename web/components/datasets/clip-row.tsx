"use client"
import { RotateCcwIcon, XIcon } from "lucide-react"
import { useTranslations } from "use-intl"
import { Player } from "@/components/player"
import { Problem } from "@/components/problem"
import { Badge } from "@/components/ui/badge"
import { Button } from "@/components/ui/button"
import { field } from "@/components/ui/input"
import { clipAudio, fileName, useEditClip, type Clip } from "@/lib/api/datasets"
import { useLanguageNames, type Language } from "@/lib/languages"
import { clock, cn } from "@/lib/utils"
import { ClipText } from "./clip-text"

/** One clip: hear it, correct its text, leave it out or take it back. */
export function ClipRow({ dataset, clip, number }: { dataset: string; clip: Clip; number: number }) {
  const t = useTranslations("datasets")
  const edit = useEditClip(dataset)
  const dropped = clip.state === "dropped"
  return (
    <div className="space-y-2" data-file={clip.file} data-state={clip.state}>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-xs text-muted-foreground">
        <span className="font-mono tabular-nums">{fileName(clip.file)}</span>
        <span className="font-mono tabular-nums">{clock(clip.start_s, 2)} – {clock(clip.end_s, 2)}</span>
        <Flags clip={clip} />
        <span className="ml-auto flex items-center gap-2">
          <LanguageSelect clip={clip} number={number} onChange={(language) => edit.mutate({ clip, edit: { language } })} />
          <Button
            type="button"
            size="sm"
            variant="ghost"
            aria-label={t(dropped ? "restoreClip" : "dropClip", { n: number })}
            onClick={() => edit.mutate({ clip, edit: { state: dropped ? "active" : "dropped" } })}
          >
            {dropped ? <RotateCcwIcon /> : <XIcon />} {t(dropped ? "restore" : "drop")}
          </Button>
        </span>
      </div>
      <div className="grid items-start gap-2 md:grid-cols-[16rem_minmax(0,1fr)]">
        <Player src={clipAudio(dataset, clip)} label={t("clip", { n: number })} seconds={clip.duration_s} />
        <ClipText clip={clip} number={number} onSave={(text) => edit.mutateAsync({ clip, edit: { text } })} />
      </div>
      <Problem error={edit.error} />
    </div>
  )
}

const FLAGS = ["too_short", "forced_cut", "touches_speech", "no_speech"] as const

function Flags({ clip }: { clip: Clip }) {
  const t = useTranslations("datasets")
  return (
    <span className="flex flex-wrap items-center gap-1">
      {clip.state === "dropped" && <Badge variant="destructive">{t("dropped")}</Badge>}
      {FLAGS.filter((flag) => clip.flags?.includes(flag)).map((flag) => <Badge key={flag} variant="warning">{t(`flags.${flag}`)}</Badge>)}
      {clip.confidence != null && <Badge variant="secondary">{t("confidence", { share: clip.confidence })}</Badge>}
    </span>
  )
}

type LanguageProps = { clip: Clip; number: number; onChange: (language: Language) => void }

/** A plain select: there may be many rows, and each would otherwise carry a menu of its own. */
function LanguageSelect({ clip, number, onChange }: LanguageProps) {
  const t = useTranslations("datasets")
  const names = useLanguageNames()
  return (
    <select
      aria-label={t("languageOf", { n: number })}
      value={clip.language ?? ""}
      onChange={(event) => onChange(event.target.value as Language)}
      className={cn(field, "h-8 w-36 bg-card px-2 text-xs text-foreground")}
    >
      {!clip.language && <option value="" disabled>{t("noLanguage")}</option>}
      {names.map((one) => <option key={one.value} value={one.value}>{one.label}</option>)}
    </select>
  )
}
