"use client"
import { useTheme } from "next-themes"
import { useSyncExternalStore } from "react"
import { useTranslations } from "use-intl"
import { SelectField } from "@/components/field"
import { Card, CardContent, CardHeader, CardTitle } from "@/components/ui/card"
import { Label } from "@/components/ui/label"
import { Skeleton } from "@/components/ui/skeleton"
import { ToggleGroup, ToggleGroupItem } from "@/components/ui/toggle-group"
import { setLocale, useLocaleName, type Locale } from "@/lib/i18n/provider"

const LOCALES = [{ value: "en", label: "English" }, { value: "ru", label: "Русский" }]
const THEMES = ["system", "light", "dark"] as const
const never = () => () => undefined

export function AppearanceCard() {
  const t = useTranslations("settings")
  const locale = useLocaleName()
  const { theme, setTheme } = useTheme()
  const inBrowser = useSyncExternalStore(never, () => true, () => false) // the static page does not know the theme
  return (
    <Card>
      <CardHeader><CardTitle>{t("appearance")}</CardTitle></CardHeader>
      <CardContent className="space-y-4">
        <SelectField label={t("language")} value={locale} onChange={(value) => setLocale(value as Locale)} options={LOCALES} />
        <div className="space-y-1.5">
          <Label id="theme">{t("theme")}</Label>
          {inBrowser ? (
            <ToggleGroup type="single" aria-labelledby="theme" className="w-full" value={theme} onValueChange={(value) => value && setTheme(value)}>
              {THEMES.map((name) => <ToggleGroupItem key={name} value={name} className="flex-1 justify-center">{t(`themes.${name}`)}</ToggleGroupItem>)}
            </ToggleGroup>
          ) : <Skeleton className="h-9" />}
        </div>
      </CardContent>
    </Card>
  )
}
