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

type FileProps = { label: string; hint: string; onChange: (files: File[]) => void } & Pick<React.ComponentProps<"input">, "accept" | "multiple" | "required">

export function FileField({ label, hint, onChange, ...rest }: FileProps) {
  const id = useId()
  return (
    <Frame id={id} label={label} hint={hint}>
      <Input
        id={id}
        type="file"
        aria-describedby={`${id}-hint`}
        className="h-auto py-1.5 file:mr-3 file:rounded-sm file:bg-secondary file:px-2 file:py-1 file:text-[13px] file:font-medium"
        onChange={(event) => onChange([...(event.target.files ?? [])])}
        {...rest}
      />
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

type CheckProps = Base & { checked: boolean; onChange: (checked: boolean) => void }

/** Something that is so or not. */
export function CheckField({ label, hint, className, checked, onChange, disabled }: CheckProps) {
  const id = useId()
  return (
    <div className={cn("flex min-w-0 gap-2", className)}>
      <input id={id} type="checkbox" className="mt-0.5 size-4 shrink-0 accent-primary" checked={checked} disabled={disabled} aria-describedby={hint && `${id}-hint`} onChange={(event) => onChange(event.target.checked)} />
      <div className="min-w-0 space-y-1">
        <Label htmlFor={id} className="leading-5">{label}</Label>
        {hint && <p id={`${id}-hint`} className="text-xs text-muted-foreground">{hint}</p>}
      </div>
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
  shown?: string
  initial?: number
  typed?: boolean
}

/**
 * A slider with its value beside it, in other words if `shown` has them, or to be typed (`typed`), and a way back to
 * `initial`.
 */
export function SliderField({ label, hint, className, value, onChange, unit, shown, initial, typed, ...rest }: SliderProps) {
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
          {typed
            ? <TypedValue label={t("valueOf", { label })} value={value} onChange={onChange} {...rest} />
            : <output className="font-mono text-xs text-muted-foreground tabular-nums">{shown ?? (unit ? `${value} ${unit}` : value)}</output>}
        </span>
      </div>
      <Slider aria-label={label} value={[value]} onValueChange={([v]) => onChange(v!)} {...rest} />
      {hint && <p className="text-xs text-muted-foreground">{hint}</p>}
    </div>
  )
}

type TypedProps = { label: string; value: number; onChange: (value: number) => void; min: number; max: number; step: number }

/** A slider's value as a number to type. What lies beyond its ends is taken as the nearer end once it is left. */
function TypedValue({ label, value, onChange, min, max, step }: TypedProps) {
  const [text, setText] = useState<string | null>(null)
  const within = (number: number) => Math.min(max, Math.max(min, number))
  return (
    <Input
      type="number"
      inputMode="decimal"
      aria-label={label}
      className="h-6 w-16 px-1.5 text-right font-mono text-xs tabular-nums"
      min={min}
      max={max}
      step={step}
      value={text ?? value}
      onChange={(event) => {
        setText(event.target.value)
        const number = event.target.valueAsNumber
        if (number >= min && number <= max) onChange(number)
      }}
      onBlur={() => {
        const number = text?.trim() ? Number(text) : NaN
        if (!Number.isNaN(number)) onChange(within(number))
        setText(null)
      }}
    />
  )
}
