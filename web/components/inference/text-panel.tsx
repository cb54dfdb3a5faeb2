"use client"
import { SparklesIcon, SquareIcon } from "lucide-react"
import { useEffect, useId, useState } from "react"
import { useTranslations } from "use-intl"
import { Button } from "@/components/ui/button"
import { Textarea } from "@/components/ui/input"
import { Kbd } from "@/components/ui/kbd"
import { Label } from "@/components/ui/label"
import { useLocaleName } from "@/lib/i18n/provider"
import { changeDraft, MAX_CHARACTERS } from "./draft"

type Props = { text: string; ready: boolean; pending: boolean; onGenerate: () => void; onStop: () => void }

/** What is to be said, and the button that has it said. */
export function TextPanel({ text, ready, pending, onGenerate, onStop }: Props) {
  const t = useTranslations("inference")
  const locale = useLocaleName()
  const id = useId()
  const number = new Intl.NumberFormat(locale)
  return (
    <div className="space-y-3">
      <Label htmlFor={id}>{t("text")}</Label>
      <Textarea
        id={id}
        value={text}
        maxLength={MAX_CHARACTERS}
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
        <div className="flex items-center gap-3">
          {pending ? <Speaking /> : <Kbd className="max-sm:hidden">{t("shortcut")}</Kbd>}
          {pending && <Button type="button" variant="outline" onClick={onStop}><SquareIcon />{t("stop")}</Button>}
          <Button type="button" disabled={!ready} onClick={onGenerate}><SparklesIcon />{t("generate")}</Button>
        </div>
      </div>
    </div>
  )
}

/** Counts the seconds while one waits. */
function Speaking() {
  const t = useTranslations("inference")
  const [seconds, setSeconds] = useState(0)
  useEffect(() => {
    const timer = setInterval(() => setSeconds((before) => before + 1), 1000)
    return () => clearInterval(timer)
  }, [])
  return <span className="text-[13px] text-muted-foreground tabular-nums">{t("generating", { seconds })}</span>
}
