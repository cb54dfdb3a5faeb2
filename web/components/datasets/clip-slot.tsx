"use client"
import { memo, useDeferredValue } from "react"
import { Skeleton } from "@/components/ui/skeleton"
import type { Clip, ClipReport } from "@/lib/api/datasets"
import { cn } from "@/lib/utils"
import { ClipRow } from "./clip-row"

/** What rows tell the list; the object stays the same, so that rows that stay are left alone while it scrolls. */
export type SlotActions = {
  onPointerDown: () => void
  onFocus: (index: number) => void
  onClick: (index: number, row: HTMLElement) => void
  onNext: () => void
  onSelect: (index: number, range: boolean) => void
}

type Props = {
  index: number
  top: number
  height: number
  clip: Clip | undefined
  report: ClipReport | undefined
  current: boolean
  selected: boolean
  measure: (row: HTMLElement | null) => void
  actions: SlotActions
}

/** A row's place in the list. What is in it follows when there is time: a long list never waits for rows that fly past. */
export const ClipSlot = memo(function ClipSlot({ index, top, height, clip, report, current, selected, measure, actions }: Props) {
  const filled = useDeferredValue(true, current)
  return (
    <div
      ref={measure}
      data-index={index}
      role="row"
      aria-rowindex={index + 1}
      aria-selected={selected}
      tabIndex={current ? 0 : -1}
      onPointerDown={actions.onPointerDown}
      onFocus={() => !current && actions.onFocus(index)}
      onClick={(event) => !current && actions.onClick(index, event.currentTarget)}
      style={{ transform: `translateY(${top}px)` }}
      className={cn(
        "absolute inset-x-0 top-0 border-b border-l-2 border-l-transparent px-2 py-2 outline-none sm:px-3",
        "focus-visible:border-l-ring focus-visible:inset-ring-2 focus-visible:inset-ring-ring/60",
        current ? "border-l-primary bg-accent/50 py-3" : "hover:bg-accent/30",
        selected && "bg-primary/6",
      )}
    >
      {clip && filled
        ? <ClipRow key={clip.file} clip={clip} report={report} number={index + 1} current={current} onNext={actions.onNext} onSelect={(range) => actions.onSelect(index, range)} />
        : <div role="gridcell"><Skeleton style={{ height: height - 17 }} /></div>}
    </div>
  )
})
