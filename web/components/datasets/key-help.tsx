"use client"
import { KeyboardIcon } from "lucide-react"
import { useTranslations } from "use-intl"
import { Button } from "@/components/ui/button"
import { Kbd } from "@/components/ui/kbd"
import { Popover, PopoverContent, PopoverTrigger } from "@/components/ui/popover"

const KEYS = [
  ["move", ["J", "K"]], ["play", ["Space", "P"]], ["seek", ["←", "→"]], ["edit", ["E", "Enter"]], ["save", ["Enter"]], ["leave", ["Esc"]],
  ["drop", ["D"]], ["split", ["S"]], ["splitAtPause", ["Shift", "S"]], ["merge", ["M"]], ["normalise", ["N"]], ["trim", ["T"]],
  ["undo", ["U"]], ["redo", ["Shift", "U"]], ["select", ["X"]], ["extend", ["Shift", "J"]], ["selectAll", ["Ctrl", "A"]], ["help", ["?"]],
] as const

/** All keys of the curation. */
export function KeyHelp({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  const t = useTranslations("datasets")
  return (
    <Popover open={open} onOpenChange={onOpenChange}>
      <PopoverTrigger asChild>
        <Button type="button" size="sm" variant="ghost" aria-label={t("keys.title")} title={t("keys.title")} aria-keyshortcuts="?" className="px-2 max-md:hidden"><KeyboardIcon /> <Kbd>?</Kbd></Button>
      </PopoverTrigger>
      <PopoverContent aria-label={t("keys.title")}>
        <h3 className="mb-2 text-sm font-semibold">{t("keys.title")}</h3>
        <dl className="space-y-1.5 text-[13px]">
          {KEYS.map(([what, keys]) => (
            <div key={what} className="flex items-center justify-between gap-3">
              <dt className="text-muted-foreground">{t(`keys.${what}`)}</dt>
              <dd className="flex shrink-0 gap-1">{keys.map((key) => <Kbd key={key}>{key}</Kbd>)}</dd>
            </div>
          ))}
        </dl>
      </PopoverContent>
    </Popover>
  )
}
