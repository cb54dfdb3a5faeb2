"use client"
import { AudioWaveformIcon, Trash2Icon } from "lucide-react"
import { useLocale, useTranslations } from "use-intl"
import { Confirm } from "@/components/confirm"
import { Button } from "@/components/ui/button"
import { Empty } from "@/components/ui/empty"
import { useDeleteRecording, type Recording } from "@/lib/api/recordings"
import { bytes, clock, cn, when } from "@/lib/utils"
import { Problem } from "@/components/problem"

type Props = { recordings: Recording[]; selected: string | null; onSelect: (id: string | null) => void }

/** The recordings, newest first; one is chosen by its name. */
export function RecordingsTable({ recordings, selected, onSelect }: Props) {
  const t = useTranslations("data")
  const remove = useDeleteRecording()
  if (!recordings.length) return <Empty icon={<AudioWaveformIcon />} title={t("noRecordings")} hint={t("noRecordingsHint")} />
  const onDelete = (id: string) => {
    if (id === selected) onSelect(null)
    remove.mutate(id)
  }
  return (
    <div className="space-y-3">
      <Problem error={remove.error} />
      <div className="relative max-h-96 overflow-auto rounded-lg border" tabIndex={0} role="region" aria-label={t("recordingsList")}>
        <table className="w-full text-sm">
          <thead className="sticky top-0 z-10 bg-card text-left text-xs text-muted-foreground">
            <tr className="border-b [&>th]:px-3 [&>th]:py-2 [&>th]:font-medium">
              <th scope="col">{t("name")}</th>
              <th scope="col" className="text-right">{t("length")}</th>
              <th scope="col" className="max-sm:hidden">{t("format")}</th>
              <th scope="col" className="text-right max-sm:hidden">{t("size")}</th>
              <th scope="col" className="max-md:hidden">{t("added")}</th>
              <th scope="col"><span className="sr-only">{t("actions")}</span></th>
            </tr>
          </thead>
          <tbody className="divide-y">
            {recordings.map((one) => (
              <Row key={one.id} recording={one} selected={one.id === selected} onSelect={() => onSelect(one.id)} onDelete={() => onDelete(one.id)} />
            ))}
          </tbody>
        </table>
      </div>
    </div>
  )
}

type RowProps = { recording: Recording; selected: boolean; onSelect: () => void; onDelete: () => void }

function Row({ recording, selected, onSelect, onDelete }: RowProps) {
  const t = useTranslations("data")
  const common = useTranslations("common")
  const locale = useLocale()
  return (
    <tr data-recording={recording.id} className={cn("[&>td]:px-3 [&>td]:py-1.5", selected && "bg-accent")}>
      <td className="max-w-0 w-full">
        <button
          type="button"
          aria-pressed={selected}
          onClick={onSelect}
          className="block w-full truncate rounded-sm py-1 text-left font-medium outline-none hover:underline focus-visible:ring-3 focus-visible:ring-ring/50"
          title={recording.name}
        >
          {recording.name}
        </button>
        {recording.notices.map((notice) => <p key={notice} className="pb-1 text-xs whitespace-normal text-warning">{notice}</p>)}
      </td>
      <td className="text-right font-mono text-xs whitespace-nowrap tabular-nums">{clock(recording.duration_s, 1)}</td>
      <td className="text-xs whitespace-nowrap text-muted-foreground max-sm:hidden">
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
