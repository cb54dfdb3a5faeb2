"use client"
import { PlusIcon, XIcon } from "lucide-react"
import { useState } from "react"
import { useTranslations } from "use-intl"
import { SelectField, TextField } from "@/components/field"
import { Problem } from "@/components/problem"
import { Button } from "@/components/ui/button"
import { DialogClose } from "@/components/ui/dialog"
import { useChangeKey, type Key, type KeyDefaults } from "@/lib/api/keys"
import { useSpeakingModels } from "@/lib/api/speech"
import { useSpeakers } from "@/lib/api/voices"
import { useLanguageNames } from "@/lib/languages"

const NONE = "-" // no name may begin with it

type Alias = { name: string; voice: string }
type Props = { of: Key; onSaved: () => void }

/** What counts for a key where its client doesn't say otherwise; and which voice it means by a name of its own. */
export function KeyDefaultsForm({ of: key, onSaved }: Props) {
  const t = useTranslations("keys")
  const common = useTranslations("common")
  const [name, setName] = useState(key.name)
  const [defaults, setDefaults] = useState<KeyDefaults>(key.defaults)
  const [aliases, setAliases] = useState<Alias[]>(() => Object.entries(key.defaults.voices ?? {}).map(([alias, voice]) => ({ name: alias, voice })))
  const save = useChangeKey()
  const voices = useVoiceNames()
  const change = (changes: Partial<KeyDefaults>) => setDefaults({ ...defaults, ...changes })
  const submit = (event: React.FormEvent) => {
    event.preventDefault()
    const named = aliases.filter((one) => one.name.trim() && one.voice).map((one) => [one.name.trim(), one.voice] as const)
    save.mutate({ id: key.id, name: name.trim(), defaults: { ...defaults, voices: Object.fromEntries(named) } }, { onSuccess: onSaved })
  }
  return (
    <form onSubmit={submit} className="space-y-4">
      <TextField label={t("keyName")} value={name} onChange={setName} maxLength={100} autoComplete="off" required />
      <Choices defaults={defaults} voices={voices} onChange={change} />
      <Aliases aliases={aliases} voices={voices} onChange={setAliases} />
      <ClientSettings defaults={defaults} onForget={() => change({ settings: {} })} />
      <Problem error={save.error} />
      <div className="flex justify-end gap-2">
        <DialogClose asChild><Button type="button" variant="outline">{common("cancel")}</Button></DialogClose>
        <Button type="submit" disabled={!name.trim() || save.isPending}>{common("save")}</Button>
      </div>
    </form>
  )
}

function useVoiceNames() {
  return (useSpeakers().data?.speakers ?? []).map((speaker) => speaker.name)
}

/** Options for names, the one that is set among them even if it has gone. */
function options(names: string[], set: string | null | undefined) {
  return [...new Set([...names, ...(set ? [set] : [])])].map((name) => ({ value: name, label: name }))
}

function Choices({ defaults, voices, onChange }: { defaults: KeyDefaults; voices: string[]; onChange: (changes: Partial<KeyDefaults>) => void }) {
  const t = useTranslations("keys")
  const models = (useSpeakingModels().data?.models ?? []).map((model) => model.name)
  const languages = useLanguageNames()
  const some = (value: string) => (value === NONE ? null : value)
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <SelectField label={t("voice")} value={defaults.voice ?? NONE} onChange={(voice) => onChange({ voice: some(voice) })} options={[{ value: NONE, label: t("noVoice") }, ...options(voices, defaults.voice)]} />
      <SelectField label={t("language")} value={defaults.language ?? NONE} onChange={(language) => onChange({ language: some(language) as KeyDefaults["language"] })} options={[{ value: NONE, label: t("recognised") }, ...languages]} />
      <SelectField label={t("model")} value={defaults.model ?? NONE} onChange={(model) => onChange({ model: some(model) })} options={[{ value: NONE, label: t("baseModel") }, ...options(models, defaults.model)]} />
    </div>
  )
}

function Aliases({ aliases, voices, onChange }: { aliases: Alias[]; voices: string[]; onChange: (aliases: Alias[]) => void }) {
  const t = useTranslations("keys")
  const change = (at: number, changes: Partial<Alias>) => onChange(aliases.map((one, i) => (i === at ? { ...one, ...changes } : one)))
  return (
    <fieldset className="min-w-0 space-y-3">
      <legend className="text-sm font-medium">{t("aliases")}</legend>
      <p className="text-xs text-muted-foreground">{t("aliasesHint")}</p>
      {aliases.map((one, i) => (
        <div key={i} className="grid grid-cols-[minmax(0,1fr)_minmax(0,1fr)_auto] items-end gap-2">
          <TextField label={t("aliasName", { n: i + 1 })} value={one.name} onChange={(name) => change(i, { name })} maxLength={100} autoComplete="off" spellCheck={false} />
          <SelectField label={t("aliasVoice", { n: i + 1 })} value={one.voice} onChange={(voice) => change(i, { voice })} options={options(voices, one.voice)} />
          <Button type="button" size="icon" variant="ghost" aria-label={t("removeAlias", { name: one.name })} onClick={() => onChange(aliases.filter((_, at) => at !== i))}><XIcon /></Button>
        </div>
      ))}
      <Button type="button" size="sm" variant="outline" disabled={!voices.length} onClick={() => onChange([...aliases, { name: "", voice: voices[0]! }])}><PlusIcon />{t("addAlias")}</Button>
    </fieldset>
  )
}

/** Clients of xtts-api-server set how speech is made; that is kept with their key. */
function ClientSettings({ defaults, onForget }: { defaults: KeyDefaults; onForget: () => void }) {
  const t = useTranslations("keys")
  const set = Object.entries(defaults.settings ?? {}).filter(([, value]) => value != null)
  if (!set.length) return null
  return (
    <div className="space-y-2 rounded-lg border p-3 text-[13px]">
      <p className="font-medium">{t("clientSettings")}</p>
      <p className="font-mono text-xs break-words text-muted-foreground">{set.map(([name, value]) => `${name} ${String(value)}`).join(" · ")}</p>
      <Button type="button" size="sm" variant="outline" onClick={onForget}>{t("forget")}</Button>
    </div>
  )
}
