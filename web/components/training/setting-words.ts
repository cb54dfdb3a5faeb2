import { useTranslations } from "use-intl"
import type { en } from "@/lib/i18n/messages/en"
import { useShortNumber } from "./numbers"

export type Setting = keyof typeof en.recipe.settings

/** The settings of a training in the reader's language: their names, what they are for, and their values. */
export function useSettingWords() {
  const t = useTranslations("recipe")
  const shortNumber = useShortNumber()
  const value = (told: unknown): string => {
    if (told === null || told === undefined) return "–"
    if (Array.isArray(told)) return told.length ? told.map(value).join(", ") : "–"
    if (typeof told === "number") return shortNumber(told)
    if (typeof told === "boolean") return told ? t("yes") : t("no")
    const word = String(told)
    return t.has(`values.${word}` as "values.auto") ? t(`values.${word}` as "values.auto") : word
  }
  return {
    name: (setting: string) => (t.has(`settings.${setting}` as "settings.epochs") ? t(`settings.${setting}` as "settings.epochs") : setting),
    hint: (setting: string) => (t.has(`hints.${setting}` as "hints.max_steps") ? t(`hints.${setting}` as "hints.max_steps") : undefined),
    value,
  }
}
