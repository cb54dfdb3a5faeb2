"use client"
import { PauseIcon, PlayIcon } from "lucide-react"
import { useTranslations } from "use-intl"
import { Button } from "@/components/ui/button"
import { fileName, type Clip, type ClipReport } from "@/lib/api/datasets"
import { clock, cn } from "@/lib/utils"
import { ClipActions } from "./clip-actions"
import { ClipLight, ClipReasons } from "./clip-reasons"
import { ClipText } from "./clip-text"
import { ClipWave } from "./clip-wave"
import { useDesk } from "./desk"
import { useIsPlaying } from "./sound"

type Props = { clip: Clip; report: ClipReport | undefined; number: number; current: boolean; onNext: () => void; onSelect: (range: boolean) => void }

/** One clip: its light, its sound, its text; the one that one is at also shows its outline and all that can be done. */
export function ClipRow({ clip, report, number, current, onNext, onSelect }: Props) {
  const t = useTranslations("datasets")
  const { selected } = useDesk()
  const reach = current ? 0 : -1
  return (
    <div role="presentation" data-file={clip.file} data-state={clip.state} className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-2 sm:gap-x-3">
      <div role="gridcell" className="flex items-center gap-1 self-start max-sm:flex-col max-sm:gap-1.5 sm:gap-2">
        <input
          type="checkbox"
          tabIndex={reach}
          aria-label={t("selectClip", { n: number })}
          checked={selected.has(clip.file)}
          onClick={(event) => {
            event.stopPropagation() // selecting leaves one where one is
            onSelect(event.shiftKey)
          }}
          onChange={() => undefined}
          className="size-4 accent-primary max-sm:my-1.5"
        />
        <PlayButton clip={clip} number={number} reach={reach} />
      </div>
      <div role="gridcell" className="min-w-0 space-y-1.5 py-0.5">
        <div className="flex min-w-0 items-start gap-2">
          <span className="mt-0.5"><ClipLight clip={clip} report={report} /></span>
          <div className="min-w-0 flex-1"><ClipText clip={clip} number={number} current={current} onNext={onNext} /></div>
          <span className="mt-1 shrink-0 font-mono text-xs text-muted-foreground tabular-nums">{t("seconds", { s: clip.duration_s })}</span>
        </div>
        <div className={cn("space-y-2 pl-7", !current && "empty:hidden")}>
          <ClipReasons clip={clip} number={number} report={report} open={current} />
          {current && (
            <>
              <ClipWave clip={clip} number={number} />
              <ClipActions clip={clip} number={number} />
              <Facts clip={clip} />
            </>
          )}
        </div>
      </div>
    </div>
  )
}

function PlayButton({ clip, number, reach }: { clip: Clip; number: number; reach: number }) {
  const t = useTranslations("datasets")
  const { sound } = useDesk()
  const playing = useIsPlaying(sound, clip.file)
  return (
    <Button type="button" size="icon-sm" variant="ghost" className="size-7 rounded-full" tabIndex={reach} aria-label={t(playing ? "pauseClip" : "playClip", { n: number })} onClick={() => sound.toggle(clip.file)}>
      {playing ? <PauseIcon /> : <PlayIcon />}
    </Button>
  )
}

function Facts({ clip }: { clip: Clip }) {
  const t = useTranslations("datasets")
  return (
    <p className="flex flex-wrap gap-x-3 text-xs text-muted-foreground">
      <span className="font-mono tabular-nums">{fileName(clip.file)}</span>
      <span className="font-mono tabular-nums">{clock(clip.start_s, 2)} – {clock(clip.end_s, 2)}</span>
      {clip.text_source && <span>{t(`sources.${clip.text_source}`)}</span>}
      {clip.confidence != null && <span>{t("confidence", { share: clip.confidence })}</span>}
    </p>
  )
}
