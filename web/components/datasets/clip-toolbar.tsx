"use client"
import { SearchIcon, XIcon } from "lucide-react"
import { useEffect, useRef, useState } from "react"
import { useTranslations } from "use-intl"
import { Button } from "@/components/ui/button"
import { Input } from "@/components/ui/input"
import { Select, SelectContent, SelectItem, SelectTrigger, SelectValue } from "@/components/ui/select"
import { ToggleGroup, ToggleGroupItem } from "@/components/ui/toggle-group"
import { useSources, type ClipState, type Order, type View } from "@/lib/api/datasets"
import { useCodeNames } from "./labels"

const ORDERS: Order[] = ["doubt", "list", "duration", "confidence"]
const FLAGS = [
  "doubtful", "too_short", "forced_cut", "touches_speech", "no_speech", "first_word_cut", "last_word_cut",
  "starts_mid_sentence", "ends_mid_sentence", "heard_differently",
]
const TYPED_MS = 250
const ANY = "any"

type Props = { name: string; view: View; hasXray: boolean; onChange: (change: Partial<View>) => void }

/** What is looked for, which clips are shown, and in which order. */
export function ClipToolbar({ name, view, hasXray, onChange }: Props) {
  const t = useTranslations("datasets")
  const named = useCodeNames()
  const sources = useSources(name).data ?? []
  const texts = { yes: true, no: false, [ANY]: undefined }
  return (
    <div role="search" aria-label={t("show")} className="flex flex-wrap items-center gap-2">
      <Search value={view.q ?? ""} onChange={(q) => onChange({ q: q || undefined })} />
      <ToggleGroup type="single" aria-label={t("state")} value={view.state ?? "all"} onValueChange={(next) => next && onChange({ state: next === "all" ? undefined : (next as ClipState) })}>
        {(["all", "active", "dropped"] as const).map((one) => <ToggleGroupItem key={one} value={one}>{t(`filter.${one}`)}</ToggleGroupItem>)}
      </ToggleGroup>
      <Choice
        label={t("order")}
        value={view.order}
        options={ORDERS.filter((one) => one !== "doubt" || hasXray).map((value) => ({ value, label: t(`orders.${value}`) }))}
        onChange={(order) => onChange({ order: order as Order })}
      />
      <Choice
        label={t("textFilter")}
        value={view.has_text === undefined ? ANY : view.has_text ? "yes" : "no"}
        options={[{ value: ANY, label: t("texts.any") }, { value: "yes", label: t("texts.with") }, { value: "no", label: t("texts.without") }]}
        onChange={(next) => onChange({ has_text: texts[next as "yes"] })}
      />
      <Choice
        label={t("flagFilter")}
        value={view.flag ?? ANY}
        options={[{ value: ANY, label: t("anyFlag") }, ...FLAGS.map((value) => ({ value, label: named(value) }))]}
        onChange={(next) => onChange({ flag: next === ANY ? undefined : next })}
      />
      {sources.length > 1 && (
        <Choice
          label={t("recordingFilter")}
          value={view.recording ?? ANY}
          options={[{ value: ANY, label: t("anyRecording") }, ...sources.map((one) => ({ value: one.id, label: one.name }))]}
          onChange={(next) => onChange({ recording: next === ANY ? undefined : next })}
        />
      )}
    </div>
  )
}

/** Looks once typing rests. */
function Search({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const t = useTranslations("datasets")
  const field = useRef<HTMLInputElement>(null)
  const [typed, setTyped] = useState(value)
  const [known, setKnown] = useState(value)
  if (value !== known) {
    setKnown(value)
    setTyped(value)
  }
  useEffect(() => {
    if (typed === value) return
    const timer = setTimeout(() => onChange(typed), TYPED_MS)
    return () => clearTimeout(timer)
  }, [typed, value, onChange])
  return (
    <div className="relative min-w-44 flex-1 basis-52">
      <SearchIcon className="pointer-events-none absolute top-2.5 left-2.5 size-4 text-muted-foreground" aria-hidden />
      <Input ref={field} type="search" aria-label={t("search")} placeholder={t("search")} value={typed} onChange={(event) => setTyped(event.target.value)} className="px-8.5 [&::-webkit-search-cancel-button]:hidden" />
      {typed && (
        <Button type="button" size="icon-sm" variant="ghost" aria-label={t("clearSearch")} className="absolute top-1 right-1 size-7" onClick={() => { setTyped(""); field.current?.focus() }}><XIcon /></Button>
      )}
    </div>
  )
}

type ChoiceProps = { label: string; value: string; options: { value: string; label: string }[]; onChange: (value: string) => void }

function Choice({ label, value, options, onChange }: ChoiceProps) {
  return (
    <Select value={value} onValueChange={onChange}>
      <SelectTrigger aria-label={label} title={label} className="w-auto max-w-52 min-w-32 gap-1.5 max-sm:flex-1"><SelectValue /></SelectTrigger>
      <SelectContent>{options.map((one) => <SelectItem key={one.value} value={one.value}>{one.label}</SelectItem>)}</SelectContent>
    </Select>
  )
}
