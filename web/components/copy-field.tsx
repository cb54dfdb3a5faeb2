"use client"
import { CheckIcon, CopyIcon } from "lucide-react"
import { useId, useRef, useState } from "react"
import { useTranslations } from "use-intl"
import { Button } from "@/components/ui/button"
import { Input, Textarea } from "@/components/ui/input"
import { Label } from "@/components/ui/label"
import { cn } from "@/lib/utils"

/** A text to take along, of one line or of several. */
export function CopyField({ label, hint, value, lines }: { label: string; hint?: string; value: string; lines?: boolean }) {
  const t = useTranslations("common")
  const id = useId()
  const input = useRef<HTMLInputElement & HTMLTextAreaElement>(null)
  const Area = lines ? Textarea : Input
  const [copied, setCopied] = useState(false)
  const copy = async () => {
    setCopied(await copyText(value, input.current))
    setTimeout(() => setCopied(false), 2000)
  }
  return (
    <div className="min-w-0 space-y-1.5">
      <Label htmlFor={id}>{label}</Label>
      <div className="flex gap-2">
        <Area ref={input} id={id} readOnly value={value} rows={lines ? value.split("\n").length : undefined} spellCheck={false} className={cn("font-mono text-xs", lines && "max-h-96 whitespace-pre")} aria-describedby={hint && `${id}-hint`} onFocus={() => input.current?.select()} />
        <Button type="button" size="icon" variant="outline" aria-label={t("copy", { label })} title={t("copy", { label })} onClick={() => void copy()}>{copied ? <CheckIcon /> : <CopyIcon />}</Button>
      </div>
      <span role="status" className="sr-only">{copied ? t("copied") : ""}</span>
      {hint && <p id={`${id}-hint`} className="text-xs text-muted-foreground">{hint}</p>}
    </div>
  )
}

/** Whether it worked. Browsers keep their clipboard from pages that came over plain http: there the field is copied. */
async function copyText(value: string, input: HTMLInputElement | HTMLTextAreaElement | null): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(value)
    return true
  } catch {
    input?.select()
    return document.execCommand("copy")
  }
}
