"use client"
import { AudioLinesIcon, AudioWaveformIcon, ChartLineIcon, Loader2Icon, LogOutIcon, SearchIcon, SettingsIcon, SpeechIcon } from "lucide-react"
import Link from "next/link"
import { usePathname } from "next/navigation"
import { useState } from "react"
import { useTranslations } from "use-intl"
import { CommandMenu } from "@/components/command-menu"
import { Button } from "@/components/ui/button"
import { Kbd } from "@/components/ui/kbd"
import { Skeleton } from "@/components/ui/skeleton"
import { useRunningJobs } from "@/hooks/use-all-jobs"
import { signOut, useMe } from "@/lib/api/auth"
import { cn } from "@/lib/utils"

export const PAGES = [
  { key: "data", href: "/data-processing/", icon: AudioWaveformIcon },
  { key: "training", href: "/training/", icon: ChartLineIcon },
  { key: "inference", href: "/inference/", icon: SpeechIcon },
  { key: "settings", href: "/settings/", icon: SettingsIcon },
] as const

export function AppShell({ children }: { children: React.ReactNode }) {
  const t = useTranslations("common")
  const [menuOpen, setMenuOpen] = useState(false)
  return (
    <div className="min-h-svh md:grid md:grid-cols-[15rem_minmax(0,1fr)]">
      <a href="#main" className="sr-only focus:not-sr-only focus:fixed focus:z-50 focus:m-2 focus:rounded-md focus:bg-card focus:p-2">{t("skip")}</a>
      <header className="sticky top-0 z-20 flex flex-col gap-4 border-r bg-sidebar p-3 max-md:flex-row max-md:items-center max-md:gap-1 max-md:border-r-0 max-md:border-b md:h-svh">
        <div className="flex items-center gap-2 px-2 py-1 font-semibold tracking-tight">
          <span className="grid size-7 place-items-center rounded-lg bg-primary text-primary-foreground"><AudioLinesIcon className="size-4" aria-hidden /></span>
          <span className="max-md:sr-only">{t("name")}</span>
        </div>
        <button
          type="button"
          onClick={() => setMenuOpen(true)}
          className="flex h-8 items-center gap-2 rounded-md border bg-card px-2.5 text-[13px] text-muted-foreground shadow-xs outline-none hover:text-foreground focus-visible:ring-3 focus-visible:ring-ring/50 max-md:hidden"
        >
          <SearchIcon className="size-3.5" aria-hidden /> {t("search")} <Kbd className="ml-auto">Ctrl K</Kbd>
        </button>
        <Navigation />
        <Account />
      </header>
      <main id="main" tabIndex={-1} className="mx-auto w-full max-w-6xl px-4 py-8 outline-none md:px-8">{children}</main>
      <CommandMenu open={menuOpen} onOpenChange={setMenuOpen} />
    </div>
  )
}

function Navigation() {
  const t = useTranslations("nav")
  const path = usePathname()
  return (
    <nav aria-label={t("main")} className="flex gap-0.5 md:flex-col">
      {PAGES.map(({ key, href, icon: Icon }) => {
        const active = path.startsWith(href)
        return (
          <Link
            key={href}
            href={href}
            aria-current={active ? "page" : undefined}
            className={cn(
              "flex items-center gap-2.5 rounded-md px-2.5 py-1.5 text-sm font-medium text-muted-foreground outline-none transition-colors hover:bg-accent hover:text-foreground focus-visible:ring-3 focus-visible:ring-ring/50",
              active && "bg-accent text-foreground [&_svg]:text-primary",
            )}
          >
            <Icon className="size-4" aria-hidden />
            <span className="max-sm:sr-only">{t(key)}</span>
          </Link>
        )
      })}
    </nav>
  )
}

function Account() {
  const t = useTranslations("common")
  const me = useMe()
  const running = useRunningJobs()
  return (
    <div className="mt-auto space-y-2 px-2 text-sm max-md:mt-0 max-md:ml-auto max-md:flex max-md:items-center max-md:gap-2 max-md:space-y-0">
      <p role="status" className={cn("flex items-center gap-2 text-xs text-muted-foreground", !running && "max-md:sr-only")}>
        {running > 0 && <Loader2Icon className="size-3.5 animate-spin text-primary motion-reduce:animate-none" aria-hidden />}
        <span className="max-md:sr-only">{t("jobs", { n: running })}</span>
      </p>
      <div className="flex items-center justify-between gap-2">
        {me.data ? <span className="truncate text-muted-foreground max-md:hidden">{me.data.user.name}</span> : <Skeleton className="h-4 w-20 max-md:hidden" />}
        <Button type="button" size="icon-sm" variant="ghost" aria-label={t("signOut")} title={t("signOut")} onClick={() => void signOut()}><LogOutIcon /></Button>
      </div>
    </div>
  )
}
