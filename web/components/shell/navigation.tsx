"use client"
import Link from "next/link"
import { usePathname } from "next/navigation"
import { useTranslations } from "use-intl"
import { cn } from "@/lib/utils"
import { PAGES } from "./pages"

export function Navigation() {
  const t = useTranslations("nav")
  const path = usePathname()
  return (
    <nav aria-label={t("main")} className="flex gap-0.5 md:flex-col">
      {PAGES.map(({ name, href, icon: Icon, key }) => {
        const active = path.startsWith(href)
        return (
          <Link
            key={href}
            href={href}
            title={`${t(name)} (G ${key.toUpperCase()})`}
            aria-keyshortcuts={`g ${key}`}
            aria-current={active ? "page" : undefined}
            className={cn(
              "flex items-center gap-2.5 rounded-md px-2.5 py-1.5 text-sm font-medium text-muted-foreground outline-none transition-colors hover:bg-accent hover:text-foreground focus-visible:ring-3 focus-visible:ring-ring/50",
              active && "bg-accent text-foreground [&_svg]:text-primary",
            )}
          >
            <Icon className="size-4" aria-hidden />
            <span className="max-sm:sr-only">{t(name)}</span>
          </Link>
        )
      })}
    </nav>
  )
}
