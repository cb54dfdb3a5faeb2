"use client"
import { ScissorsIcon, SearchXIcon } from "lucide-react"
import { useCallback, useEffect, useRef, useState } from "react"
import { useTranslations } from "use-intl"
import { Problem } from "@/components/problem"
import { Button } from "@/components/ui/button"
import { Empty } from "@/components/ui/empty"
import { Skeleton } from "@/components/ui/skeleton"
import { CLIPS_PER_PAGE, useClips, type View } from "@/lib/api/datasets"
import { ClipList, useCursor } from "./clip-list"
import { ClipToolbar } from "./clip-toolbar"
import { DeskProvider, type Desk } from "./desk"
import { KeyHelp } from "./key-help"
import { SelectionBar } from "./selection-bar"
import { Sound } from "./sound"
import { ToldLine } from "./told-line"
import { UnsavedTexts } from "./unsaved-texts"
import type { useActing } from "./use-acting"
import { useClipKeys } from "./use-clip-keys"
import { useSelection } from "./use-selection"
import { useTexts } from "./use-texts"

type Props = {
  name: string
  view: View
  onView: (change: Partial<View>) => void
  onAnyView: () => void
  hasXray: boolean
  live: boolean
  acting: ReturnType<typeof useActing>
}

/** The clips of a dataset: hear, correct and mend them one after the other, or many at once. `live`: texts still arrive. */
export function Curation({ name, view, onView, onAnyView, hasXray, live, acting }: Props) {
  const t = useTranslations("datasets")
  const section = useRef<HTMLElement>(null)
  const [sound] = useState(() => new Sound(name))
  const [editing, setEditing] = useState<string | null>(null)
  const [helping, setHelping] = useState(false)
  const [pages, setPages] = useState({ first: 0, last: 0 })
  const [total, setTotal] = useState<number | undefined>()
  const known = total ?? 0
  const cursor = useCursor(known)
  const clips = useClips(name, view, pagesOf(pages, cursor.at), live)
  const viewKey = JSON.stringify(view)
  const [shownKey, setShownKey] = useState(viewKey)
  if (viewKey !== shownKey) {
    setShownKey(viewKey)
    setPages({ first: 0, last: 0 })
    setTotal(undefined)
    cursor.setAt(0)
  } else if (clips.body && clips.body.total !== total) setTotal(clips.body.total)
  const texts = useTexts(name)
  const selection = useSelection(name, view, acting.say)
  const current = clips.clip(cursor.at)
  const { replaced } = acting.told
  const [seenReplaced, setSeenReplaced] = useState(replaced)
  if (replaced !== seenReplaced) {
    setSeenReplaced(replaced)
    selection.without(replaced)
  }
  useEffect(() => () => sound.stop(), [sound])

  const desk: Desk = {
    name, sound, texts, editing, setEditing,
    busy: acting.busy,
    selected: selection.selected,
    act: (action, files, at_s) => {
      sound.stop()
      acting.act(action, files, at_s)
      if (files.length > 1) selection.clear()
    },
    merge: acting.merge,
    setLanguage: acting.setLanguage,
  }
  const go = (by: number, extend = false) => {
    const to = Math.max(0, Math.min(cursor.at + by, known - 1))
    cursor.goTo(to)
    if (extend) selection.extend(to)
  }
  const select = (index: number, range: boolean) => {
    const clip = clips.clip(index)
    if (range) selection.extend(index)
    else if (clip) selection.toggle(clip.file, index)
  }
  useClipKeys({
    desk, section, clip: current, go,
    jump: (to) => cursor.goTo(to === "first" ? 0 : known - 1),
    select: (range) => select(cursor.at, range),
    selectAll: selection.all,
    clear: selection.clear,
    turn: acting.turn,
    help: () => setHelping(true),
  })
  const onPages = useCallback((first: number, last: number) =>
    setPages((before) => (before.first === first && before.last === last ? before : { first, last })), [])

  return (
    <DeskProvider value={desk}>
      <section ref={section} aria-labelledby="curation-title" className="space-y-3">
        <div className="flex items-center justify-between gap-2">
          <h3 id="curation-title" className="text-sm font-semibold">{t("clipsTitle")}</h3>
          <KeyHelp open={helping} onOpenChange={setHelping} />
        </div>
        <ClipToolbar name={name} view={view} hasXray={hasXray} onChange={onView} />
        <UnsavedTexts texts={texts} />
        <ToldLine told={acting.told} onUndo={() => acting.turn("undo")} />
        <Problem error={clips.error} />
        {total === undefined && !clips.error && <Skeleton className="h-96 w-full rounded-lg" />}
        {total === 0 && <NoClips filtered={Object.entries(view).some(([part, value]) => part !== "order" && value !== undefined)} onAnyView={onAnyView} />}
        {known > 0 && (
          <>
            <SelectionBar total={known} working={acting.working} onAll={selection.all} onClear={selection.clear} />
            <ClipList
              key={viewKey}
              clips={clips}
              total={known}
              at={cursor.at}
              focusing={cursor.focusing}
              onAt={cursor.setAt}
              onPages={onPages}
              onNext={() => go(1)}
              onSelect={select}
            />
          </>
        )}
      </section>
    </DeskProvider>
  )
}

/** The pages in view, and that of the row one is at: it may be played or edited while one looks elsewhere. */
function pagesOf({ first, last }: { first: number; last: number }, at: number): number[] {
  const inView = Array.from({ length: Math.max(0, last - first) + 1 }, (_, i) => first + i)
  return [...new Set([...inView, Math.floor(at / CLIPS_PER_PAGE)])]
}

function NoClips({ filtered, onAnyView }: { filtered: boolean; onAnyView: () => void }) {
  const t = useTranslations("datasets")
  return (
    <Empty icon={filtered ? <SearchXIcon /> : <ScissorsIcon />} title={t("noClips")} hint={t(filtered ? "noClipsFit" : "noneHint")}>
      {filtered && <Button type="button" size="sm" variant="outline" className="mt-2" onClick={onAnyView}>{t("showAll")}</Button>}
    </Empty>
  )
}
