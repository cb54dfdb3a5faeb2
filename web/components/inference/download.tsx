"use client"
import { ChevronDownIcon, DownloadIcon } from "lucide-react"
import { useTranslations } from "use-intl"
import { Button } from "@/components/ui/button"
import { DropdownMenu, DropdownMenuContent, DropdownMenuItem, DropdownMenuTrigger } from "@/components/ui/dropdown-menu"
import { FORMATS, speechAudio, type Speech } from "@/lib/api/speech"
import { changeDraft, useDraft } from "./draft"

/** Saves speech in the format that was taken last, or in another: that one is then remembered. */
export function Download({ speech, title }: { speech: Speech; title: string }) {
  const t = useTranslations("inference")
  const { format } = useDraft()
  const chosen = FORMATS.find((one) => one.format === format) ?? FORMATS[0]
  const link = (one: (typeof FORMATS)[number]) => ({ href: speechAudio(speech.id, one.format), download: `${speech.speaker}-${speech.seed}${one.suffix}` })
  return (
    <div className="flex">
      <Button size="sm" variant="outline" className="rounded-r-none" asChild>
        <a {...link(chosen)} aria-label={t("downloadOf", { format: chosen.name, text: title })}><DownloadIcon />{chosen.name}</a>
      </Button>
      <DropdownMenu modal={false}>
        <DropdownMenuTrigger asChild>
          <Button type="button" size="icon-sm" variant="outline" className="w-7 rounded-l-none border-l-0" aria-label={t("otherFormats", { text: title })}><ChevronDownIcon /></Button>
        </DropdownMenuTrigger>
        <DropdownMenuContent>
          {FORMATS.map((one) => (
            <DropdownMenuItem key={one.format} asChild onSelect={() => changeDraft({ format: one.format })}>
              <a {...link(one)}>{one.name}<span className="ml-auto text-xs text-muted-foreground">{t(`formats.${one.format}`)}</span></a>
            </DropdownMenuItem>
          ))}
        </DropdownMenuContent>
      </DropdownMenu>
    </div>
  )
}
