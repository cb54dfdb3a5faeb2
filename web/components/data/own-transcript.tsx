"use client"
import { FileTextIcon, Trash2Icon, UploadIcon } from "lucide-react"
import { useRef } from "react"
import { useLocale, useTranslations } from "use-intl"
import { Confirm } from "@/components/confirm"
import { Fold } from "@/components/fold"
import { Notices } from "@/components/notices"
import { Problem } from "@/components/problem"
import { Button } from "@/components/ui/button"
import type { Recording } from "@/lib/api/recordings"
import { useRemoveTranscript, useSendTranscript, useTranscript, type OwnTranscript } from "@/lib/api/transcripts"
import { clock, when } from "@/lib/utils"

const KINDS = ".txt,.srt,.vtt,.csv,.tsv,text/plain,text/vtt,text/csv"
const FIRST = 5

/** The text that somebody wrote down of the recording: add it, see what was read of it, replace it, remove it. */
export function OwnTranscriptPanel({ recording }: { recording: Recording }) {
  const t = useTranslations("data")
  const input = useRef<HTMLInputElement>(null)
  const transcript = useTranscript(recording)
  const send = useSendTranscript(recording)
  const remove = useRemoveTranscript(recording)
  const has = recording.has_transcript
  return (
    <Fold title={t("ownTranscript")} note={has ? t("ownTranscriptThere") : undefined}>
      <p className="text-[13px] text-muted-foreground">{t("ownTranscriptHint")}</p>
      {has && transcript.data && <Read transcript={transcript.data} />}
      <Notices notices={send.data?.notices ?? []} />
      <Problem error={send.error ?? remove.error ?? transcript.error} />
      <div className="flex flex-wrap gap-2">
        <Button type="button" size="sm" variant="outline" disabled={send.isPending} onClick={() => input.current?.click()}>
          <UploadIcon /> {t(has ? "replaceTranscript" : "addTranscript")}
        </Button>
        {has && (
          <Confirm title={t("removeTranscriptTitle")} text={t("removeTranscriptText")} action={t("removeTranscript")} onConfirm={() => remove.mutate(undefined, { onSuccess: () => send.reset() })}>
            <Button type="button" size="sm" variant="ghost"><Trash2Icon /> {t("removeTranscript")}</Button>
          </Confirm>
        )}
        <input
          ref={input}
          type="file"
          accept={KINDS}
          aria-label={t("transcriptFile")}
          tabIndex={-1}
          className="sr-only"
          onChange={(event) => {
            const file = event.target.files?.[0]
            if (file) send.mutate(file)
            event.target.value = ""
          }}
        />
      </div>
    </Fold>
  )
}

/** What was understood of the file: its kind, its parts, the first of them. */
function Read({ transcript: { name, format, created_at, cues } }: { transcript: OwnTranscript }) {
  const t = useTranslations("data")
  const locale = useLocale()
  return (
    <section aria-label={t("transcriptRead")} className="space-y-2 rounded-lg border p-3 text-[13px]">
      <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
        <FileTextIcon className="size-4 shrink-0 text-muted-foreground" aria-hidden />
        <span className="min-w-0 font-medium break-all">{name}</span>
        <span className="text-muted-foreground">{t("transcriptFacts", { format: format.toUpperCase(), n: cues.length, when: when(created_at, locale) })}</span>
      </p>
      <ol className="space-y-1">
        {cues.slice(0, FIRST).map((cue, i) => (
          <li key={i} className="flex gap-3">
            {typeof cue.start_s === "number" && <span className="shrink-0 font-mono text-xs leading-5 text-muted-foreground tabular-nums">{clock(cue.start_s, 1)}</span>}
            <span className="line-clamp-2 min-w-0 break-words">{cue.speaker && <span className="font-medium">{t("speaks", { name: cue.speaker })} </span>}{cue.text}</span>
          </li>
        ))}
      </ol>
      {cues.length > FIRST && <p className="text-xs text-muted-foreground">{t("transcriptMore", { n: cues.length - FIRST })}</p>}
    </section>
  )
}
