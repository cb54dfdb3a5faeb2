import { useLocale } from "use-intl"
import type { Schemas } from "@/lib/api/client"

export type Language = Schemas["GenerateRequest"]["language"]

/** The languages that XTTS v2 speaks. */
export const LANGUAGES: readonly Language[] = [
  "en", "es", "fr", "de", "it", "pt", "pl", "tr", "ru", "nl", "cs", "ar", "zh-cn", "hu", "ko", "ja", "hi",
]

/** Their names in the reader's language, as options to choose from. */
export function useLanguageNames(): { value: Language; label: string }[] {
  const names = new Intl.DisplayNames(useLocale(), { type: "language" })
  return LANGUAGES.map((value) => ({ value, label: names.of(value) ?? value }))
}
