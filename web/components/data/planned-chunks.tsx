"use client"
import { useVirtualizer } from "@tanstack/react-virtual"
import { PlayIcon, ScissorsIcon, TriangleAlertIcon } from "lucide-react"
import { useEffect, useRef } from "react"
import { useLocale, useTranslations } from "use-intl"
import { Badge } from "@/components/ui/badge"
import { Button } from "@/components/ui/button"
import { Empty } from "@/components/ui/empty"
import type { PlannedChunk } from "@/lib/api/cutting"
import { clock, cn, decimal } from "@/lib/utils"
import { FLAGS } from "./flag-notes"

const ROW_PX = 40

type Props = {
  chunks: PlannedChunk[]
  current: number | null
  onPlay: (chunk: PlannedChunk) => void
  onMark: (index: number | null) => void
}

/** The chunks that would be cut; `current` is the one that is heard, and is kept in view. */
export function PlannedChunks({ chunks, current, onPlay, onMark }: Props) {
  const t = useTranslations("data")
  const box = useRef<HTMLDivElement>(null)
  const rows = useVirtualizer({ count: chunks.length, getScrollElement: () => box.current, estimateSize: () => ROW_PX, overscan: 8 })
  useEffect(() => {
    if (current !== null && current < chunks.length) rows.scrollToIndex(current, { align: "auto" })
  }, [rows, current, chunks.length])
  if (!chunks.length) return <Empty icon={<ScissorsIcon />} title={t("noChunks")} hint={t("noChunksHint")} />
  return (
    <div ref={box} tabIndex={0} role="list" aria-label={t("plannedChunks")} className="max-h-80 overflow-auto lg:max-h-96 rounded-lg border outline-none focus-visible:ring-3 focus-visible:ring-ring/50">
      <div role="presentation" className="relative w-full" style={{ height: rows.getTotalSize() }}>
        {rows.getVirtualItems().map((row) => (
          <Row key={row.key} index={row.index} top={row.start} count={chunks.length} chunk={chunks[row.index]!} current={row.index === current} onPlay={onPlay} onMark={onMark} />
        ))}
      </div>
    </div>
  )
}

type RowProps = Pick<Props, "onPlay" | "onMark"> & { index: number; top: number; count: number; chunk: PlannedChunk; current: boolean }

function Row({ index, top, count, chunk, current, onPlay, onMark }: RowProps) {
  const t = useTranslations("data")
  const locale = useLocale()
  const flags = FLAGS.filter((flag) => chunk.flags.includes(flag))
  return (
    <div
      role="listitem"
      aria-setsize={count}
      aria-posinset={index + 1}
      onMouseEnter={() => onMark(index)}
      onMouseLeave={() => onMark(null)}
      style={{ transform: `translateY(${top}px)`, height: ROW_PX }}
      className={cn("absolute inset-x-0 top-0 flex items-center gap-3 border-b px-3 font-mono text-xs tabular-nums", current && "bg-accent")}
    >
      <span className="w-10 text-right text-muted-foreground">{index + 1}</span>
      <Button type="button" size="icon-sm" variant="ghost" aria-label={t("playChunk", { n: index + 1 })} onClick={() => onPlay(chunk)}><PlayIcon /></Button>
      <span className="whitespace-nowrap">{clock(chunk.start_s, 2)} – {clock(chunk.end_s, 2)}</span>
      <span className="ml-auto flex min-w-0 items-center gap-2 overflow-hidden font-sans">
        {!!flags.length && <TriangleAlertIcon role="img" aria-label={flags.map((flag) => t(`flags.${flag}`)).join(", ")} className="size-4 shrink-0 text-warning sm:hidden" />}
        {flags.map((flag) => <Badge className="max-sm:hidden" key={flag} variant="warning" title={t(`flagHints.${flag}`)}>{t(`flags.${flag}`)}</Badge>)}
      </span>
      <span className="whitespace-nowrap text-muted-foreground">{decimal(chunk.end_s - chunk.start_s, 2, locale)} {t("seconds")}</span>
    </div>
  )
}
