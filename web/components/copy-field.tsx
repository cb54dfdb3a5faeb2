"use client"
import { CheckIcon, CopyIcon } from "lucide-react"
import { useId, useRef, useState } from "react"
import { useTranslations } from "use-intl"
import { Button } from "@/components/ui/button"
import { Input } from "@/components/ui/input"
import { Label } from "@/components/ui/label"

/** A text to take along. */
export function CopyField({ label, hint, value }: { label: string; hint?: string; value: string }) {
  const t = useTranslations("common")
  const id = useId()
  const input = useRef<HTMLInputElement>(null)
  const [copied, setCopied] = useState(false)
  const copy = async () => {
    setCopied(await copyText(value, input.current))
    setTimeout(() => setCopied(false), 2000)
  }
  return (
    <div className="min-w-0 space-y-1.5">
      <Label htmlFor={id}>{label}</Label>
      <div className="flex gap-2">
        <Input ref={input} id={id} readOnly value={value} className="font-mono text-xs" aria-describedby={hint && `${id}-hint`} onFocus={(event) => event.target.select()} />
        <Button type="button" size="icon" variant="outline" aria-label={t("copy", { label })} title={t("copy", { label })} onClick={() => void copy()}>{copied ? <CheckIcon /> : <CopyIcon />}</Button>
      </div>
      <span role="status" className="sr-only">{copied ? t("copied") : ""}</span>
      {hint && <p id={`${id}-hint`} className="text-xs text-muted-foreground">{hint}</p>}
    </div>
  )
}

/** Whether it worked. Browsers keep their clipboard from pages that came over plain http: there the field is copied. */
async function copyText(value: string, input: HTMLInputElement | null): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(value)
    return true
  } catch {
    input?.select()
    return document.execCommand("copy")
  }
}
