"use client"
import { Trash2Icon } from "lucide-react"
import Link from "next/link"
import { useSearchParams } from "next/navigation"
import { useLocale, useTranslations } from "use-intl"
import { Confirm } from "@/components/confirm"
import { Button } from "@/components/ui/button"
import type { Recording } from "@/lib/api/recordings"
import { useSaid } from "@/lib/i18n/provider"
import { bytes, clock, cn, when } from "@/lib/utils"

type Props = {
  recording: Recording
  /** Names of the datasets that hold clips of it. */
  datasets: string[]
  selected: boolean
  onSelect: () => void
  onDelete: () => void
}

/** A recording in the table: what it is, what was made of it. */
export function RecordingRow({ recording, datasets, selected, onSelect, onDelete }: Props) {
  const t = useTranslations("data")
  const common = useTranslations("common")
  const said = useSaid()
  const locale = useLocale()
  return (
    <tr data-recording={recording.id} className={cn("[&>td]:px-3 [&>td]:py-1.5", selected && "bg-accent")}>
      <td className="w-full max-w-0">
        <button
          type="button"
          aria-pressed={selected}
          onClick={onSelect}
          className="block w-full truncate rounded-sm py-1 text-left font-medium outline-none hover:underline focus-visible:ring-3 focus-visible:ring-ring/50"
          title={recording.name}
        >
          {recording.name}
        </button>
        {!!datasets.length && <p className="truncate text-xs lg:hidden"><DatasetLinks names={datasets} /></p>}
        {recording.notices.map((notice) => <p key={notice} className="pb-1 text-xs whitespace-normal text-warning">{said(notice)}</p>)}
      </td>
      <td className="text-right font-mono text-xs whitespace-nowrap tabular-nums">{clock(recording.duration_s, 1)}</td>
      <td className="max-w-44 min-w-28 truncate text-xs max-lg:hidden">{datasets.length ? <DatasetLinks names={datasets} /> : <span className="text-muted-foreground">{t("notCut")}</span>}</td>
      <td className="text-xs whitespace-nowrap text-muted-foreground max-lg:hidden">
        {t("formatOf", { format: recording.format, rate: recording.sample_rate_hz / 1000, channels: recording.channels })}
      </td>
      <td className="text-right text-xs whitespace-nowrap text-muted-foreground max-sm:hidden">{bytes(recording.size_bytes, locale)}</td>
      <td className="text-xs whitespace-nowrap text-muted-foreground max-md:hidden">{when(recording.created_at, locale)}</td>
      <td>
        <Confirm title={t("deleteRecording", { name: recording.name })} text={t("deleteRecordingText")} action={common("delete")} onConfirm={onDelete}>
          <Button type="button" size="icon-sm" variant="ghost" aria-label={t("deleteOne", { name: recording.name })}><Trash2Icon /></Button>
        </Confirm>
      </td>
    </tr>
  )
}

function DatasetLinks({ names }: { names: string[] }) {
  const query = useSearchParams()
  return names.map((name, i) => {
    const there = new URLSearchParams(query) // the recording stays chosen
    there.set("dataset", name)
    return <span key={name}>{i > 0 && ", "}<Link href={`/data-processing/?${there}#datasets-title`} prefetch={false} title={name} className="inline-block rounded-sm py-1 leading-4 text-primary underline-offset-4 outline-none hover:underline focus-visible:ring-3 focus-visible:ring-ring/50">{name}</Link></span>
  })
}
