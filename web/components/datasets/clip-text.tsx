"use client"
import { useState } from "react"
import { useTranslations } from "use-intl"
import { Textarea } from "@/components/ui/input"
import type { Clip } from "@/lib/api/datasets"

type Props = { clip: Clip; number: number; onSave: (text: string) => Promise<unknown> }

/** A clip's text. Leaving the field or Ctrl+Enter saves it, Escape takes the changes back; what is refused stays typed. */
export function ClipText({ clip, number, onSave }: Props) {
  const t = useTranslations("datasets")
  const [draft, setDraft] = useState<string | null>(null)
  const save = () => {
    if (draft === null) return
    setDraft(null)
    if (draft.trim() !== clip.text) onSave(draft.trim()).catch(() => setDraft(draft))
  }
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) save()
    if (event.key === "Escape") setDraft(null)
  }
  return (
    <Textarea
      aria-label={t("textOf", { n: number })}
      placeholder={t("noText")}
      rows={2}
      className="min-h-13 resize-y"
      value={draft ?? clip.text}
      lang={clip.language ?? undefined}
      onChange={(event) => setDraft(event.target.value)}
      onBlur={save}
      onKeyDown={onKeyDown}
    />
  )
}
