"use client"
import { RotateCcwIcon } from "lucide-react"
import { useId, useState } from "react"
import { useTranslations } from "use-intl"
import { Button } from "@/components/ui/button"
import { Input } from "@/components/ui/input"
import { Label } from "@/components/ui/label"
import { Select, SelectContent, SelectItem, SelectTrigger, SelectValue } from "@/components/ui/select"
import { Slider } from "@/components/ui/slider"
import { cn } from "@/lib/utils"

type Base = { label: string; hint?: string; className?: string; disabled?: boolean }

function Frame({ id, label, hint, className, children }: Base & { id: string; children: React.ReactNode }) {
  return (
    <div className={cn("min-w-0 space-y-1.5", className)}>
      <Label htmlFor={id}>{label}</Label>
      {children}
      {hint && <p id={`${id}-hint`} className="text-xs text-muted-foreground">{hint}</p>}
    </div>
  )
}

type TextProps = Base & { value: string; onChange: (value: string) => void } & Omit<React.ComponentProps<"input">, "onChange" | "value">

export function TextField({ label, hint, className, value, onChange, ...rest }: TextProps) {
  const id = useId()
  return (
    <Frame id={id} label={label} hint={hint} className={className}>
      <Input id={id} value={value} onChange={(e) => onChange(e.target.value)} aria-describedby={hint && `${id}-hint`} {...rest} />
    </Frame>
  )
}

type NumberProps = Base & {
  value: number | null
  onChange: (value: number | null) => void
  min?: number
  max?: number
  step?: number | "any"
  unit?: string
  placeholder?: string
}

/** A number to type; null while it is empty. What is being typed stays as typed. */
export function NumberField({ label, hint, className, value, onChange, unit, ...rest }: NumberProps) {
  const id = useId()
  const [text, setText] = useState<string | null>(null)
  return (
    <Frame id={id} label={unit ? `${label} (${unit})` : label} hint={hint} className={className}>
      <Input
        id={id}
        type="number"
        inputMode="decimal"
        className="font-mono tabular-nums"
        value={text ?? value ?? ""}
        aria-describedby={hint && `${id}-hint`}
        onChange={(e) => {
          setText(e.target.value)
          onChange(e.target.value === "" || Number.isNaN(e.target.valueAsNumber) ? null : e.target.valueAsNumber)
        }}
        onBlur={() => setText(null)}
        {...rest}
      />
    </Frame>
  )
}

type SelectProps = Base & {
  value: string | undefined
  onChange: (value: string) => void
  options: { value: string; label: string }[]
  placeholder?: string
}

export function SelectField({ label, hint, className, value, onChange, options, placeholder, disabled }: SelectProps) {
  const id = useId()
  return (
    <div className={cn("min-w-0 space-y-1.5", className)}>
      <Label id={id}>{label}</Label>
      <Select value={value ?? ""} onValueChange={onChange} disabled={disabled}>
        <SelectTrigger aria-labelledby={id} className="w-full"><SelectValue placeholder={placeholder} /></SelectTrigger>
        <SelectContent>{options.map((o) => <SelectItem key={o.value} value={o.value}>{o.label}</SelectItem>)}</SelectContent>
      </Select>
      {hint && <p className="text-xs text-muted-foreground">{hint}</p>}
    </div>
  )
}

type SliderProps = Base & {
  value: number
  onChange: (value: number) => void
  min: number
  max: number
  step: number
  unit?: string
  initial?: number
}

/** A slider with its value beside it, and a way back to `initial`. */
export function SliderField({ label, hint, className, value, onChange, unit, initial, ...rest }: SliderProps) {
  const t = useTranslations("common")
  return (
    <div className={cn("min-w-0 space-y-1.5", className)}>
      <div className="flex h-6 items-center justify-between gap-2 text-sm">
        <span className="truncate font-medium">{label}</span>
        <span className="flex items-center gap-1">
          {initial !== undefined && value !== initial && (
            <Button type="button" size="icon-sm" variant="ghost" className="size-6" aria-label={t("reset", { label })} onClick={() => onChange(initial)}>
              <RotateCcwIcon className="size-3!" />
            </Button>
          )}
          <output className="font-mono text-xs text-muted-foreground tabular-nums">{unit ? `${value} ${unit}` : value}</output>
        </span>
      </div>
      <Slider aria-label={label} value={[value]} onValueChange={([v]) => onChange(v!)} {...rest} />
      {hint && <p className="text-xs text-muted-foreground">{hint}</p>}
    </div>
  )
}
