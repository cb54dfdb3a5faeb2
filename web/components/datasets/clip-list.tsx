"use client"
import { defaultRangeExtractor, useVirtualizer } from "@tanstack/react-virtual"
import { useCallback, useEffect, useMemo, useRef, useState } from "react"
import { useTranslations } from "use-intl"
import { CLIPS_PER_PAGE, type useClips } from "@/lib/api/datasets"
import { ClipSlot } from "./clip-slot"
import { useDesk } from "./desk"

const ROW_PX = 68
const AROUND = 4

type Props = {
  clips: ReturnType<typeof useClips>
  total: number
  at: number
  /** Counts up whenever the row at `at` shall get the focus. */
  focusing: number
  onAt: (index: number) => void
  onPages: (first: number, last: number) => void
  onNext: () => void
  onSelect: (index: number, range: boolean) => void
}

/** The clips; only those in view are rows. The row at `at` stays: it may be played or edited. */
export function ClipList({ clips, total, at, focusing, onAt, onPages, onNext, onSelect }: Props) {
  const t = useTranslations("datasets")
  const { selected } = useDesk()
  const box = useRef<HTMLDivElement>(null)
  const rows = useVirtualizer({
    count: total,
    getScrollElement: () => box.current,
    estimateSize: () => ROW_PX,
    overscan: AROUND,
    rangeExtractor: (range) => [...new Set([at, ...defaultRangeExtractor(range)])].filter((i) => i < range.count).sort((a, b) => a - b),
    onChange: ({ range }) => {
      if (!range) return
      const page = (index: number) => Math.floor(Math.min(Math.max(0, index), total - 1) / CLIPS_PER_PAGE)
      onPages(page(range.startIndex - AROUND), page(range.endIndex + AROUND))
    },
  })
  useFocus(box, rows.scrollToIndex, at, focusing)
  const actions = useSlotActions(box, { onAt, onNext, onSelect })

  return (
    <div
      ref={box}
      role="grid"
      aria-label={t("clipList")}
      aria-rowcount={total}
      aria-multiselectable
      tabIndex={-1}
      onPointerUp={actions.onPointerUp}
      className="max-h-[min(44rem,80svh)] overflow-auto overscroll-contain rounded-lg border outline-none"
    >
      <div role="presentation" className="relative w-full" style={{ height: rows.getTotalSize() }}>
        {rows.getVirtualItems().map(({ index, start }) => {
          const clip = clips.clip(index)
          return (
            <ClipSlot
              key={index}
              index={index}
              top={start}
              height={ROW_PX}
              clip={clip}
              report={clip && clips.report(clip.file)}
              current={index === at}
              selected={!!clip && selected.has(clip.file)}
              measure={rows.measureElement}
              actions={actions}
            />
          )
        })}
      </div>
    </div>
  )
}

type Told = Pick<Props, "onAt" | "onNext" | "onSelect">

/** The same object for as long as the list is there; it tells whoever listens now. */
function useSlotActions(box: React.RefObject<HTMLDivElement | null>, told: Told) {
  const now = useRef(told)
  useEffect(() => void (now.current = told))
  const pressed = useRef(false)
  return useMemo(() => ({
    onPointerDown: () => void (pressed.current = true),
    onPointerUp: () => void requestAnimationFrame(() => void (pressed.current = false)),
    onFocus: (index: number) => void (pressed.current || now.current.onAt(index)), // rows that moved under the pointer would lose its click
    onClick: (index: number, row: HTMLElement) => {
      pressed.current = false
      now.current.onAt(index)
      if (box.current) holdStill(box.current, row)
    },
    onNext: () => now.current.onNext(),
    onSelect: (index: number, range: boolean) => now.current.onSelect(index, range),
  }), [box])
}

/** Keeps a row where it was clicked, while the one above that was open closes. */
function holdStill(box: HTMLElement, row: HTMLElement) {
  const { top } = row.getBoundingClientRect()
  requestAnimationFrame(() => requestAnimationFrame(() => void (box.scrollTop += row.getBoundingClientRect().top - top)))
}

type Scroll = (index: number, options: { align: "auto" }) => void

/** Brings the row at `at` into view and gives it the focus whenever `focusing` counts up. */
function useFocus(box: React.RefObject<HTMLDivElement | null>, scrollTo: Scroll, at: number, focusing: number) {
  const done = useRef(focusing)
  const scroll = useRef(scrollTo)
  useEffect(() => void (scroll.current = scrollTo))
  useEffect(() => {
    if (done.current === focusing) return
    done.current = focusing
    scroll.current(at, { align: "auto" })
    const row = box.current?.querySelector<HTMLElement>(`[data-index="${at}"]`)
    row?.focus({ preventScroll: true })
    const frame = requestAnimationFrame(() => requestAnimationFrame(() => row?.scrollIntoView({ block: "nearest" }))) // it has grown by then
    return () => cancelAnimationFrame(frame)
  }, [box, at, focusing])
}

/** Where one is in the list. `focusing` counts up when the row is to get the focus, as after a key. */
export function useCursor(total: number) {
  const [wanted, setAt] = useState(0)
  const [focusing, setFocusing] = useState(0)
  const at = Math.max(0, Math.min(wanted, total - 1))
  const goTo = useCallback((index: number) => {
    setAt(index)
    setFocusing((n) => n + 1)
  }, [])
  return { at, focusing, setAt, goTo }
}
