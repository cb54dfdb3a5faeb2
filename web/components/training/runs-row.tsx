"use client"
import { HardDriveIcon } from "lucide-react"
import Link from "next/link"
import { useTranslations } from "use-intl"
import { Badge } from "@/components/ui/badge"
import { Button } from "@/components/ui/button"
import { useLocaleName } from "@/lib/i18n/provider"
import { ago, when } from "@/lib/utils"
import type { RunRow } from "./runs-rows"
import { scoreText } from "./scores"
import { StateBadge } from "./state-badge"

/** `onToggle`: chooses the run for a comparison; null where it has left nothing yet. */
export function RunsRow({ row, chosen, onToggle }: { row: RunRow; chosen: boolean; onToggle: (() => void) | null }) {
  const t = useTranslations("training")
  const words = useTranslations("compare")
  const methods = useTranslations("recipe")
  const locale = useLocaleName()
  return (
    <tr className="border-b last:border-b-0">
      <td className="pr-2">
        {onToggle && <label className="grid size-6 place-items-center"><input type="checkbox" className="size-4 accent-primary" aria-label={words("choose", { name: row.name })} checked={chosen} onChange={onToggle} /></label>}
      </td>
      <td className="py-2 pr-4">{row.state ? <StateBadge state={row.state} /> : <Badge variant="secondary" title={t("onDiskHint")}><HardDriveIcon className="size-3" aria-hidden />{t("onDisk")}</Badge>}</td>
      <td className="max-w-48 truncate py-2 pr-4 font-medium">{row.name}</td>
      <td className="max-w-48 truncate py-2 pr-4">{row.dataset}</td>
      <td className="py-2 pr-4 whitespace-nowrap">{methods(`methods.${row.method as "full" | "lora"}`)}</td>
      <td className="py-2 pr-4 font-mono text-xs whitespace-nowrap tabular-nums">
        {row.steps}
        {row.share !== null && <span aria-hidden className="mt-1 block h-1 w-20 overflow-hidden rounded-full bg-secondary"><span className="block h-full bg-primary" style={{ width: `${row.share * 100}%` }} /></span>}
      </td>
      <td className="py-2 pr-4 font-mono text-xs tabular-nums">{scoreText("score", row.score, locale)}</td>
      <td className="py-2 pr-4 whitespace-nowrap text-muted-foreground"><time dateTime={row.createdAt} title={when(row.createdAt, locale)}>{ago(row.createdAt, locale)}</time></td>
      <td className="py-2 text-right">
        <Button asChild size="sm" variant="outline"><Link href={row.href} aria-label={t("openRun", { name: row.name })}>{t("open")}</Link></Button>
      </td>
    </tr>
  )
}
