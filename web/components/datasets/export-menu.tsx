"use client"
import { DownloadIcon } from "lucide-react"
import { useTranslations } from "use-intl"
import { Button } from "@/components/ui/button"
import { DropdownMenu, DropdownMenuContent, DropdownMenuItem, DropdownMenuTrigger } from "@/components/ui/dropdown-menu"

const FORMATS = ["zip", "ljspeech", "coqui", "audiofolder", "parquet"] as const

/** The dataset as a file, in the form that others read. */
export function ExportMenu({ name }: { name: string }) {
  const t = useTranslations("datasets")
  return (
    <DropdownMenu>
      <DropdownMenuTrigger asChild><Button type="button" size="sm" variant="outline"><DownloadIcon /> {t("export")}</Button></DropdownMenuTrigger>
      <DropdownMenuContent>
        {FORMATS.map((format) => (
          <DropdownMenuItem key={format} asChild>
            <a href={`/api/datasets/${encodeURIComponent(name)}/export?format=${format}`} download className="flex-col items-start! gap-0!">
              <span>{t(`formats.${format}`)}</span>
              <span className="text-xs text-muted-foreground">{t(`formatHints.${format}`)}</span>
            </a>
          </DropdownMenuItem>
        ))}
      </DropdownMenuContent>
    </DropdownMenu>
  )
}
