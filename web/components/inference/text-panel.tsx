"use client"
import { SparklesIcon, SquareIcon, TimerIcon } from "lucide-react"
import { useId, useRef } from "react"
import { useTranslations } from "use-intl"
import { Button } from "@/components/ui/button"
import { Textarea } from "@/components/ui/input"
import { Kbd } from "@/components/ui/kbd"
import { Label } from "@/components/ui/label"
import { useLocaleName } from "@/lib/i18n/provider"
import { changeDraft, MAX_CHARACTERS } from "./draft"
import { Waiting } from "./waiting"

const PAUSE = "[pause 500ms]"

type Props = { text: string; ready: boolean; pending: boolean; waiting: string | null; onGenerate: () => void; onStop: () => void; code?: React.ReactNode }

/** What is to be said, and the button that has it said. */
export function TextPanel({ text, ready, pending, waiting, onGenerate, onStop, code }: Props) {
  const t = useTranslations("inference")
  const locale = useLocaleName()
  const id = useId()
  const area = useRef<HTMLTextAreaElement>(null)
  const number = new Intl.NumberFormat(locale)
  return (
    <div className="space-y-3">
      <div className="flex h-8 items-center justify-between gap-3">
        <Label htmlFor={id}>{t("text")}</Label>
        <div className="flex min-w-0 items-center">
          {code}
          <Button type="button" size="sm" variant="ghost" title={t("insertPauseHint")} onClick={() => area.current && insertPause(area.current)}><TimerIcon />{t("insertPause")}</Button>
        </div>
      </div>
      <Textarea
        ref={area}
        id={id}
        value={text}
        maxLength={MAX_CHARACTERS}
        dir="auto"
        placeholder={t("placeholder")}
        aria-describedby={`${id}-count`}
        className="max-h-[60vh] min-h-52 text-base leading-7"
        onChange={(event) => changeDraft({ text: event.target.value })}
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && ready) onGenerate()
        }}
      />
      <div className="flex flex-wrap items-center justify-between gap-3">
        <span id={`${id}-count`} className="font-mono text-xs text-muted-foreground tabular-nums">
          {t("count", { n: number.format(text.length), max: number.format(MAX_CHARACTERS) })}
        </span>
        <div className="ml-auto flex items-center gap-3">
          {pending ? <Waiting requestId={waiting} /> : <Kbd className="max-sm:hidden">{t("shortcut")}</Kbd>}
          {pending
            ? <Button type="button" variant="outline" onClick={onStop}><SquareIcon />{t("stop")}</Button>
            : <Button type="button" disabled={!ready} onClick={onGenerate}><SparklesIcon />{t("generate")}</Button>}
        </div>
      </div>
    </div>
  )
}

/** Writes a pause where the cursor is, set off by spaces; the browser can undo it. */
function insertPause(area: HTMLTextAreaElement) {
  const { value, selectionStart: start, selectionEnd: end } = area
  const before = start > 0 && !/\s/.test(value[start - 1]!) ? " " : ""
  const after = /\s/.test(value[end] ?? "") ? "" : " "
  area.focus()
  document.execCommand("insertText", false, before + PAUSE + after)
}
