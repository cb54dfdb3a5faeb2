"use client"
import { useRouter } from "next/navigation"
import { useEffect } from "react"
import { useTranslations } from "use-intl"
import { PAGES } from "@/components/app-shell"
import { CommandDialog, CommandEmpty, CommandInput, CommandItem, CommandList } from "@/components/ui/command"

const GO: Record<string, string> = { d: "/data-processing/", t: "/training/", i: "/inference/", s: "/settings/" }

/** Ctrl K: go to a page by typing. Also the keys g d, g t, g i, g s, outside fields. */
export function CommandMenu({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  const t = useTranslations("common")
  const nav = useTranslations("nav")
  const router = useRouter()

  useEffect(() => {
    let before = ""
    const onKey = (e: KeyboardEvent) => {
      const key = e.key.toLowerCase()
      if ((e.metaKey || e.ctrlKey) && key === "k") {
        e.preventDefault()
        onOpenChange(!open)
      } else if (before === "g" && GO[key] && !inField(e.target)) {
        router.push(GO[key])
      }
      before = e.metaKey || e.ctrlKey ? "" : key
    }
    addEventListener("keydown", onKey)
    return () => removeEventListener("keydown", onKey)
  }, [open, onOpenChange, router])

  const go = (href: string) => {
    onOpenChange(false)
    router.push(href)
  }
  return (
    <CommandDialog open={open} onOpenChange={onOpenChange} title={t("menu")}>
      <CommandInput placeholder={t("goTo")} />
      <CommandList>
        <CommandEmpty className="p-4 text-center text-sm text-muted-foreground">{t("nothingFound")}</CommandEmpty>
        {PAGES.map(({ key, href, icon: Icon }) => (
          <CommandItem key={href} onSelect={() => go(href)}><Icon aria-hidden /> {nav(key)}</CommandItem>
        ))}
      </CommandList>
    </CommandDialog>
  )
}

function inField(target: EventTarget | null) {
  return target instanceof HTMLElement && !!target.closest("input, textarea, select, [contenteditable], [role=combobox]")
}
