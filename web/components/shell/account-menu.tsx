"use client"
import { CircleUserRoundIcon, KeyboardIcon, LanguagesIcon, LogOutIcon, SunMoonIcon } from "lucide-react"
import { useTheme } from "next-themes"
import { useTranslations } from "use-intl"
import { Button } from "@/components/ui/button"
import { DropdownMenu, DropdownMenuContent, DropdownMenuItem, DropdownMenuTrigger } from "@/components/ui/dropdown-menu"
import { useMe } from "@/lib/api/auth"
import { setLocale, useLocaleName } from "@/lib/i18n/provider"
import { useSignOut } from "./use-sign-out"

/** Who is signed in; language, light or dark, keys, the way out. */
export function AccountMenu({ onOpenKeys }: { onOpenKeys: () => void }) {
  const t = useTranslations("common")
  const shell = useTranslations("shell")
  const me = useMe()
  const leave = useSignOut()
  const locale = useLocaleName()
  const { resolvedTheme, setTheme } = useTheme()
  const other = locale === "en" ? "ru" : "en"
  return (
    <div className="flex items-center justify-between gap-1">
      <DropdownMenu>
        <DropdownMenuTrigger asChild>
          <Button type="button" variant="ghost" size="sm" className="min-w-0 justify-start gap-2 px-2 text-muted-foreground md:flex-1">
            <CircleUserRoundIcon aria-hidden />
            <span className="sr-only">{t("account")}</span>
            <span className="truncate max-md:hidden">{me.data?.user.name ?? "…"}</span>
          </Button>
        </DropdownMenuTrigger>
        <DropdownMenuContent align="start" side="top" className="w-56">
          <DropdownMenuItem onSelect={() => setTheme(resolvedTheme === "dark" ? "light" : "dark")}><SunMoonIcon aria-hidden /> {shell(resolvedTheme === "dark" ? "light" : "dark")}</DropdownMenuItem>
          <DropdownMenuItem onSelect={() => setLocale(other)} lang={other}><LanguagesIcon aria-hidden /> {shell("otherLanguage")}</DropdownMenuItem>
          <DropdownMenuItem onSelect={onOpenKeys}><KeyboardIcon aria-hidden /> {shell("keys")}</DropdownMenuItem>
        </DropdownMenuContent>
      </DropdownMenu>
      <Button type="button" size="icon-sm" variant="ghost" aria-label={t("signOut")} title={t("signOut")} onClick={leave}><LogOutIcon /></Button>
    </div>
  )
}
