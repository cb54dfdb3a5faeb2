"use client"
import { useTranslations } from "use-intl"
import { SelectField } from "@/components/field"
import { useWhisperModels } from "@/lib/api/cutting"
import { useLanguageNames, type Language } from "@/lib/languages"

const AUTOMATIC = "auto"

type LanguageProps = { value: Language | null; onChange: (value: Language | null) => void }

/** The language that is spoken; null lets the recogniser find out. */
export function LanguageField({ value, onChange }: LanguageProps) {
  const t = useTranslations("data")
  const options = [{ value: AUTOMATIC, label: t("automatic") }, ...useLanguageNames()]
  return (
    <SelectField label={t("language")} value={value ?? AUTOMATIC} options={options} onChange={(next) => onChange(next === AUTOMATIC ? null : (next as Language))} />
  )
}

type ModelProps = { value: string | null; onChange: (value: string) => void }

/** Which of the Whisper models that are here listens; says where to get one if none is. */
export function WhisperField({ value, onChange }: ModelProps) {
  const t = useTranslations("data")
  const models = useWhisperModels()
  const names = models.data?.names ?? []
  return (
    <SelectField
      label={t("whisper")}
      value={value ?? models.data?.preferred}
      options={names.map((name) => ({ value: name, label: name }))}
      hint={models.data && !names.length ? t("noWhisper") : undefined}
      disabled={!names.length}
      onChange={onChange}
    />
  )
}

/** What is chosen, or else preferred; null while there is none. */
export function useWhisperChoice(chosen: string | null): string | null {
  const models = useWhisperModels()
  return chosen ?? models.data?.preferred ?? null
}
