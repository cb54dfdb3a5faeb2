"use client"
import { defaultRangeExtractor, useVirtualizer } from "@tanstack/react-virtual"
import { ScissorsIcon } from "lucide-react"
import { useRef, useState } from "react"
import { useTranslations } from "use-intl"
import { Problem } from "@/components/problem"
import { Empty } from "@/components/ui/empty"
import { Skeleton } from "@/components/ui/skeleton"
import { CLIPS_PER_PAGE, useClips, type ClipState } from "@/lib/api/datasets"
import { ClipRow } from "./clip-row"

const ROW_PX = 148

type Props = { name: string; count: number; state: ClipState | undefined; live: boolean }

/** The clips; only those in view are rows, and only their pages are fetched. `live` while texts are still arriving. */
export function ClipList({ name, count, state, live }: Props) {
  const t = useTranslations("datasets")
  const box = useRef<HTMLDivElement>(null)
  const [editing, setEditing] = useState<number | null>(null)
  const [pages, setPages] = useState({ first: 0, last: 0 })
  const { total, clip, error } = useClips(name, state, pages.first, pages.last, live)
  const [known, setKnown] = useState(state ? 0 : count)
  if (total !== undefined && total !== known) setKnown(total)

  const rows = useVirtualizer({
    count: known,
    getScrollElement: () => box.current,
    estimateSize: () => ROW_PX,
    overscan: 3,
    // a row that is being edited stays, else its text would be lost by scrolling
    rangeExtractor: (range) => [...new Set([...(editing === null ? [] : [editing]), ...defaultRangeExtractor(range)])].filter((i) => i < range.count).sort((a, b) => a - b),
    onChange: ({ range }) => {
      if (!range) return
      const first = Math.floor(Math.max(0, range.startIndex - 3) / CLIPS_PER_PAGE)
      const last = Math.floor(Math.min(known - 1, range.endIndex + 3) / CLIPS_PER_PAGE)
      setPages((before) => (before.first === first && before.last === last ? before : { first, last: Math.max(first, last) }))
    },
  })

  if (total === 0) return <Empty icon={<ScissorsIcon />} title={t("noClips")} />
  return (
    <div className="space-y-3">
      <Problem error={error} />
      <div ref={box} tabIndex={0} role="list" aria-label={t("clipList")} className="h-[38rem] max-h-[80svh] overflow-auto rounded-lg border outline-none focus-visible:ring-3 focus-visible:ring-ring/50">
        <div role="presentation" className="relative w-full" style={{ height: rows.getTotalSize() }}>
          {rows.getVirtualItems().map((row) => {
            const one = clip(row.index)
            return (
              <div
                key={one?.file ?? row.key}
                ref={rows.measureElement}
                data-index={row.index}
                role="listitem"
                aria-setsize={known}
                aria-posinset={row.index + 1}
                onFocus={() => setEditing(row.index)}
                onBlur={() => setEditing(null)}
                style={{ transform: `translateY(${row.start}px)` }}
                className="absolute inset-x-0 top-0 border-b p-3"
              >
                {one ? <ClipRow dataset={name} clip={one} number={row.index + 1} /> : <Skeleton style={{ height: ROW_PX - 25 }} />}
              </div>
            )
          })}
        </div>
      </div>
    </div>
  )
}
