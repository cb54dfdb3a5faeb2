"use client"
import { useTranslations } from "use-intl"
import { NumberField, SelectField } from "@/components/field"
import type { Tuning } from "./draft"
import { useSettingWords, type Setting } from "./setting-words"

export type Planned = Record<string, unknown> | undefined

type Fields = { tuning: Tuning; planned: Planned; onChange: (changes: Tuning) => void }

export type NumberSetting = { name: NumberName; min?: number; max?: number; step?: number | "any" }
export type NumberName = {
  [Name in keyof Tuning]-?: NonNullable<Tuning[Name]> extends number ? Name : never
}[keyof Tuning] & Setting

/** Numbers to type; an empty one shows the recipe's value. */
export function NumberSettings({ settings, tuning, planned, onChange }: Fields & { settings: readonly NumberSetting[] }) {
  const words = useSettingWords()
  return settings.map(({ name, step = 1, ...range }) => (
    <NumberField
      key={name}
      label={words.name(name)}
      hint={words.hint(name)}
      value={tuning[name] ?? null}
      placeholder={words.value(planned?.[name])}
      step={step}
      {...range}
      onChange={(value) => onChange({ [name]: value ?? undefined })}
    />
  ))
}

export type ChoiceName = "lr_schedule" | "precision" | "prompts" | "model_precision" | "gradient_checkpointing"

const BY_RECIPE = "recipe"
const CHOICES: Record<ChoiceName, readonly (string | boolean)[]> = {
  lr_schedule: ["cosine", "constant"],
  precision: ["auto", "float32", "bfloat16", "float16", "int8"],
  prompts: ["same", "other", "both"],
  model_precision: ["float16", "float32"],
  gradient_checkpointing: [true, false],
}

/** One of a few; the first choice is the recipe's. */
export function ChoiceSetting({ name, tuning, planned, onChange }: Fields & { name: ChoiceName }) {
  const t = useTranslations("recipe")
  const words = useSettingWords()
  const told = planned?.[name]
  const byRecipe = told === undefined || told === null ? t("byRecipe") : t("byRecipeValue", { value: words.value(told) })
  const options = CHOICES[name].map((choice) => ({ value: String(choice), label: words.value(choice) }))
  const chosen = tuning[name]
  const take = (value: string) => onChange({ [name]: value === BY_RECIPE ? undefined : CHOICES[name].find((choice) => String(choice) === value) })
  return (
    <SelectField
      label={words.name(name)}
      hint={words.hint(name)}
      value={chosen === undefined || chosen === null ? BY_RECIPE : String(chosen)}
      options={[{ value: BY_RECIPE, label: byRecipe }, ...options]}
      onChange={take}
    />
  )
}
