"use client"
import { useId } from "react"
import { useTranslations } from "use-intl"
import { Badge } from "@/components/ui/badge"
import type { Method } from "@/lib/api/training"
import type { Suggestion } from "./suggestion"

const METHODS = ["full", "lora"] as const
const MEANINGS = ["size", "speed", "memory", "goodFor"] as const

type Props = { value: Method | null; suggestion: Suggestion | null; onChange: (method: Method) => void }

/** The two ways to train, each with what it costs; one is suggested. */
export function MethodCards({ value, suggestion, onChange }: Props) {
  const t = useTranslations("recipe")
  return (
    <fieldset className="space-y-1.5">
      <legend className="text-sm leading-none font-medium">{t("method")}</legend>
      <div className="grid gap-3 pt-1.5 sm:grid-cols-2">
        {METHODS.map((method) => <Choice key={method} method={method} checked={value === method} why={suggestion?.method === method ? suggestion.why : null} onChoose={() => onChange(method)} />)}
      </div>
    </fieldset>
  )
}

type ChoiceProps = { method: Method; checked: boolean; why: Suggestion["why"] | null; onChoose: () => void }

function Choice({ method, checked, why, onChoose }: ChoiceProps) {
  const t = useTranslations("recipe")
  const id = useId()
  return (
    <div className="relative rounded-xl border p-3.5 transition-colors hover:bg-accent/40 has-checked:border-primary has-checked:bg-primary/5 has-focus-visible:ring-3 has-focus-visible:ring-ring/50">
      <div className="flex items-center gap-2">
        <input type="radio" id={id} name="method" value={method} checked={checked} onChange={onChoose} aria-describedby={`${id}-why ${id}-means`} className="relative z-10 size-4 accent-primary outline-none" />
        <label htmlFor={id} className="text-sm font-medium after:absolute after:inset-0 after:rounded-xl">{t(`methods.${method}`)}</label>
        {why && <Badge id={`${id}-why`} className="ml-auto">{t(`suggested.${why}`)}</Badge>}
      </div>
      <dl id={`${id}-means`} className="mt-2 grid grid-cols-[auto_minmax(0,1fr)] gap-x-3 gap-y-1 text-[13px]">
        {MEANINGS.map((what) => (
          <div key={what} className="contents">
            <dt className="text-muted-foreground">{t(what)}</dt>
            <dd>{t(`${method}Means.${what}`)}</dd>
          </div>
        ))}
      </dl>
    </div>
  )
}
