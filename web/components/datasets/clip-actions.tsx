"use client"
import { PencilIcon, RotateCcwIcon } from "lucide-react"
import { useTranslations } from "use-intl"
import { Button } from "@/components/ui/button"
import { field } from "@/components/ui/input"
import { Kbd } from "@/components/ui/kbd"
import type { Clip } from "@/lib/api/datasets"
import { useLanguageNames, type Language } from "@/lib/languages"
import { clock, cn } from "@/lib/utils"
import { FIX_ICONS } from "./clip-reasons"
import { useDesk } from "./desk"
import { usePosition } from "./sound"
import { splitPoint } from "./use-clip-keys"

type Props = { clip: Clip; number: number }

/** All that can be done to the clip one is at, each with its key. */
export function ClipActions({ clip, number }: Props) {
  const t = useTranslations("datasets")
  const { act, merge, setLanguage, setEditing, sound } = useDesk()
  const at_s = splitPoint(clip, usePosition(sound, clip.file))
  const dropped = clip.state === "dropped"
  const files = [clip.file]
  return (
    <div className="flex flex-wrap items-center gap-1.5">
      <Do icon={<PencilIcon />} keyName="E" label={t("edit")} full={t("editText", { n: number })} onClick={() => setEditing(clip.file)} />
      {!dropped && (
        <>
          <Do
            icon={<FIX_ICONS.split />}
            keyName="S"
            label={at_s === undefined ? t("actions.split") : t("splitAt", { time: clock(at_s, 2) })}
            full={t(at_s === undefined ? "splitAtPause" : "splitHere", { n: number })}
            onClick={() => act("split", files, at_s)}
          />
          <Do icon={<FIX_ICONS.merge />} keyName="M" label={t("actions.merge")} full={t("mergeClip", { n: number })} onClick={() => merge(clip)} />
          <Do icon={<FIX_ICONS.trim />} keyName="T" label={t("actions.trim")} full={t("trimClip", { n: number })} onClick={() => act("trim", files)} />
          <Do icon={<FIX_ICONS.normalise />} keyName="N" label={t("actions.normalise")} full={t("normaliseClip", { n: number })} onClick={() => act("normalise", files)} />
        </>
      )}
      <Do
        icon={dropped ? <RotateCcwIcon /> : <FIX_ICONS.drop />}
        keyName="D"
        label={t(dropped ? "restore" : "actions.drop")}
        full={t(dropped ? "restoreClip" : "dropClip", { n: number })}
        onClick={() => act(dropped ? "restore" : "drop", files)}
      />
      <LanguageSelect clip={clip} number={number} onChange={(language) => setLanguage(files, language)} />
    </div>
  )
}

type DoProps = { icon: React.ReactNode; keyName: string; label: string; full: string; onClick: () => void }

function Do({ icon, keyName, label, full, onClick }: DoProps) {
  const { busy } = useDesk()
  return (
    <Button type="button" size="sm" variant="ghost" className="h-7 gap-1.5 px-2 text-xs [&_svg]:size-3.5" aria-label={full} aria-keyshortcuts={keyName} title={full} disabled={busy} onClick={onClick}>
      {icon} {label} <Kbd aria-hidden className="h-4 min-w-4 text-[10px] max-md:hidden">{keyName}</Kbd>
    </Button>
  )
}

type LanguageProps = Props & { onChange: (language: Language) => void }

function LanguageSelect({ clip, number, onChange }: LanguageProps) {
  const t = useTranslations("datasets")
  const names = useLanguageNames()
  return (
    <select
      aria-label={t("languageOf", { n: number })}
      value={clip.language ?? ""}
      onChange={(event) => onChange(event.target.value as Language)}
      className={cn(field, "ml-auto h-7 w-32 bg-card px-2 text-xs text-foreground shadow-none")}
    >
      {!clip.language && <option value="" disabled>{t("noLanguage")}</option>}
      {names.map((one) => <option key={one.value} value={one.value}>{one.label}</option>)}
    </select>
  )
}
