"use client"
import { useTranslations } from "use-intl"
import { Fold } from "@/components/fold"
import { Notices } from "@/components/notices"
import { Problem } from "@/components/problem"
import { useDebounced } from "@/hooks/use-debounced"
import { useSpeechPreview } from "@/lib/api/speech"
import { useLocaleName } from "@/lib/i18n/provider"
import { duration } from "@/lib/utils"
import { previewOf, type Draft } from "./draft"

const SETTLED_MS = 500
const MOST_SHOWN = 300

/** What will be said, piece by piece, with numbers and abbreviations as words; and about how long it will be. */
export function ScriptPreview({ draft, speaker }: { draft: Draft; speaker: string | undefined }) {
  const t = useTranslations("inference")
  const locale = useLocaleName()
  const settled = useDebounced(JSON.stringify(previewOf(draft, speaker)), SETTLED_MS) // a text stays the same, an object is always another
  const { data, error } = useSpeechPreview(JSON.parse(settled) as ReturnType<typeof previewOf>)
  if (!draft.text.trim() || (!data && !error)) return null
  const shown = data?.sentences.slice(0, MOST_SHOWN) ?? []
  const left = (data?.sentences.length ?? 0) - shown.length
  return (
    <Fold title={t("preview.title")} note={data && t("preview.sum", { n: data.sentences.length, length: duration(data.audio_s, locale) })}>
      <Problem error={error} />
      {data && (
        <>
          <ol className="max-h-80 space-y-2 overflow-auto rounded-lg border p-3" aria-label={t("preview.title")} tabIndex={0}>
            {shown.map((sentence, number) => (
              <li key={number} className="flex gap-3 text-sm">
                <span className="w-6 shrink-0 text-right font-mono text-xs leading-5 text-muted-foreground tabular-nums">{number + 1}</span>
                <span dir="auto" className="min-w-0 flex-1 break-words">
                  {sentence.text}
                  {differs(sentence) && <span className="block text-xs text-muted-foreground">{sentence.spoken}</span>}
                  {sentence.pause_after_ms > 0 && <span className="block text-xs text-muted-foreground">{t("preview.pause", { length: duration(sentence.pause_after_ms / 1000, locale) })}</span>}
                </span>
                <span className="shrink-0 font-mono text-xs leading-5 text-muted-foreground tabular-nums">{duration(sentence.estimate_s ?? 0, locale)}</span>
              </li>
            ))}
          </ol>
          {left > 0 && <p className="text-xs text-muted-foreground">{t("preview.more", { n: left })}</p>}
          <p className="text-xs text-muted-foreground">{t(data.measured ? "preview.measured" : "preview.usual", { n: data.characters_per_s })}</p>
          <Notices notices={data.notices} />
        </>
      )}
    </Fold>
  )
}

/** Is it read otherwise than it is written, capitals and marks apart? */
function differs({ text, spoken }: { text: string; spoken: string }) {
  const letters = (value: string) => value.toLocaleLowerCase().replace(/[^\p{L}\p{N}]+/gu, "")
  return letters(text) !== letters(spoken)
}
