"use client"
import { useEffect, useRef, useState } from "react"
import { useTranslations } from "use-intl"
import { Problem } from "@/components/problem"
import { Button } from "@/components/ui/button"
import { Textarea } from "@/components/ui/input"
import { Tooltip, TooltipContent, TooltipTrigger } from "@/components/ui/tooltip"
import type { Clip } from "@/lib/api/datasets"
import { cn } from "@/lib/utils"
import { useDesk } from "./desk"

const DOUBTFUL = 0.6

type Props = { clip: Clip; number: number; current: boolean; onNext: () => void }

/** A clip's text: read, with its doubtful words marked, or being edited. What isn't saved yet is shown as typed. */
export function ClipText({ clip, number, current, onNext }: Props) {
  const t = useTranslations("datasets")
  const common = useTranslations("common")
  const { texts, editing, setEditing } = useDesk()
  const draft = texts.drafts[clip.file]
  const isEditing = editing === clip.file
  const open = () => setEditing(clip.file)
  return (
    <div className="min-w-0 space-y-2">
      {isEditing ? (
        <Editor clip={clip} number={number} onNext={onNext} />
      ) : (
        <p
          lang={clip.language ?? undefined}
          onClick={() => !getSelection()?.toString() && open()}
          className={cn("cursor-text rounded-sm text-sm leading-6 wrap-anywhere", clip.state === "dropped" && "text-muted-foreground line-through decoration-1")}
        >
          {draft ? draft.text : clip.text ? <Words clip={clip} /> : <span className="inline-block text-muted-foreground italic">{t("noText")}</span>}
          {!current && <button type="button" className="sr-only" tabIndex={-1} onClick={open}>{t("editText", { n: number })}</button>}
        </p>
      )}
      {draft && draft.state !== "typing" && !isEditing && (
        <div className="flex flex-wrap items-center gap-2 text-xs text-warning" role="status">
          {t(draft.state === "waiting" ? "waitingToSave" : draft.state === "saving" ? "saving" : "notSaved")}
          {(draft.state === "kept" || draft.state === "refused") && (
            <>
              <Button type="button" size="sm" variant="outline" className="h-6 px-2 text-xs text-foreground" onClick={() => void texts.save(clip.file)}>{common("save")}</Button>
              <Button type="button" size="sm" variant="ghost" className="h-6 px-2 text-xs text-foreground" onClick={() => texts.discard(clip.file)}>{t("discard")}</Button>
            </>
          )}
        </div>
      )}
      {draft?.state === "refused" && <Problem error={draft.error} />}
    </div>
  )
}

/** Enter saves and goes on to the next clip, leaving the field saves, Escape takes back what was typed here. */
function Editor({ clip, number, onNext }: Omit<Props, "current">) {
  const t = useTranslations("datasets")
  const { texts, setEditing } = useDesk()
  const field = useRef<HTMLTextAreaElement>(null)
  const left = useRef(false)
  const draft = texts.drafts[clip.file]
  const [before] = useState(draft)
  const save = useRef(() => texts.save(clip.file))
  useEffect(() => {
    left.current = false
    field.current?.focus({ preventScroll: true })
    field.current?.setSelectionRange(field.current.value.length, field.current.value.length)
    const saved = save.current
    return () => void (left.current || saved()) // also where the list changed under it
  }, [])
  const close = (save: boolean) => {
    if (left.current) return
    left.current = true
    if (!save) texts.restore(clip.file, before)
    else if (draft?.text.trim() === clip.text) texts.discard(clip.file)
    else void texts.save(clip.file)
    setEditing(null)
  }
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault()
      close(true)
      onNext()
    } else if (event.key === "Escape") {
      event.preventDefault()
      const row = field.current?.closest<HTMLElement>("[role=row]")
      close(false)
      row?.focus({ preventScroll: true })
    }
  }
  return (
    <Textarea
      ref={field}
      aria-label={t("textOf", { n: number })}
      aria-invalid={draft?.state === "refused" || undefined}
      placeholder={t("noText")}
      rows={2}
      className="field-sizing-content min-h-10 resize-none bg-card px-2.5 py-1.5"
      value={draft?.text ?? clip.text}
      lang={clip.language ?? undefined}
      onChange={(event) => texts.type(clip.file, event.target.value)}
      onBlur={() => close(true)}
      onKeyDown={onKeyDown}
    />
  )
}

/** The text by its words, where they are still those that were heard. */
function Words({ clip }: { clip: Clip }) {
  const words = clip.words ?? []
  const heard = words.map((one) => one.word.trim()).join(" ")
  if (!words.length || heard !== clip.text.trim().replace(/\s+/g, " ")) return clip.text
  return words.map((one, i) => (
    <span key={i}>
      {i > 0 && " "}
      {one.probability < DOUBTFUL ? <Doubtful word={one.word.trim()} share={one.probability} /> : one.word.trim()}
    </span>
  ))
}

function Doubtful({ word, share }: { word: string; share: number }) {
  const t = useTranslations("datasets")
  return (
    <Tooltip>
      <TooltipTrigger asChild>
        <mark className="rounded-sm bg-warning/15 text-inherit underline decoration-warning decoration-dotted decoration-2 underline-offset-4">{word}</mark>
      </TooltipTrigger>
      <TooltipContent>{t("confidence", { share })}</TooltipContent>
    </Tooltip>
  )
}
