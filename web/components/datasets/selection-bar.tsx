"use client"
import { LanguagesIcon, Loader2Icon, RotateCcwIcon } from "lucide-react"
import { useTranslations } from "use-intl"
import { Button } from "@/components/ui/button"
import { DropdownMenu, DropdownMenuContent, DropdownMenuItem, DropdownMenuTrigger } from "@/components/ui/dropdown-menu"
import { useLanguageNames } from "@/lib/languages"
import { FIX_ICONS } from "./clip-reasons"
import { useDesk, type Action } from "./desk"

const ACTIONS: Action[] = ["drop", "restore", "trim", "normalise"]

type Props = { total: number; working: boolean; onAll: () => void; onClear: () => void }

/** How many clips are shown and selected, and what can be done to all that are selected. */
export function SelectionBar({ total, working, onAll, onClear }: Props) {
  const t = useTranslations("datasets")
  const { selected, act, busy } = useDesk()
  const files = [...selected]
  const many = files.length > 0
  return (
    <div role="toolbar" aria-label={t("selection")} className="flex min-h-8 flex-wrap items-center gap-1.5 text-sm">
      <label className="flex items-center gap-2 pr-1 pl-2.5 sm:pl-3.5">
        <input
          type="checkbox"
          aria-label={t("selectAll", { n: total })}
          className="size-4 accent-primary"
          checked={many && files.length >= total}
          ref={(box) => { if (box) box.indeterminate = many && files.length < total }}
          onChange={() => (files.length >= total ? onClear() : onAll())}
        />
        <span role="status" className="text-muted-foreground tabular-nums">{many ? t("selected", { n: files.length, total }) : t("shown", { n: total })}</span>
      </label>
      {many && (
        <>
          {ACTIONS.map((action) => {
            const Icon = action === "restore" ? RotateCcwIcon : FIX_ICONS[action]
            return (
              <Button key={action} type="button" size="sm" variant="outline" className="h-7 px-2 text-xs [&_svg]:size-3.5" disabled={busy} onClick={() => act(action, files)}>
                <Icon /> {t(action === "restore" ? "restore" : `actions.${action}`)}
              </Button>
            )
          })}
          <LanguageMenu files={files} />
          <Button type="button" size="sm" variant="ghost" className="h-7 px-2 text-xs" onClick={onClear}>{t("clearSelection")}</Button>
        </>
      )}
      {working && <span role="status" className="flex items-center gap-1.5 text-xs text-muted-foreground"><Loader2Icon className="size-3.5 animate-spin motion-reduce:animate-none" aria-hidden />{t("working")}</span>}
    </div>
  )
}

function LanguageMenu({ files }: { files: string[] }) {
  const t = useTranslations("datasets")
  const { setLanguage, busy } = useDesk()
  const names = useLanguageNames()
  return (
    <DropdownMenu>
      <DropdownMenuTrigger asChild>
        <Button type="button" size="sm" variant="outline" className="h-7 px-2 text-xs [&_svg]:size-3.5" disabled={busy}><LanguagesIcon /> {t("language")}</Button>
      </DropdownMenuTrigger>
      <DropdownMenuContent className="max-h-72 overflow-auto">
        {names.map((one) => <DropdownMenuItem key={one.value} onSelect={() => setLanguage(files, one.value)}>{one.label}</DropdownMenuItem>)}
      </DropdownMenuContent>
    </DropdownMenu>
  )
}
