"use client"
import { SearchXIcon, SpeechIcon } from "lucide-react"
import { useState } from "react"
import { useTranslations } from "use-intl"
import { Problem } from "@/components/problem"
import { Button } from "@/components/ui/button"
import { Card, CardContent, CardHeader, CardTitle } from "@/components/ui/card"
import { Empty } from "@/components/ui/empty"
import { Input } from "@/components/ui/input"
import { Skeleton } from "@/components/ui/skeleton"
import { useDebounced } from "@/hooks/use-debounced"
import { useSpeechHistory } from "@/lib/api/speech"
import { HistoryEntry } from "./history-entry"

const PAGE = 10
const TYPING_MS = 300

/** What was said, some at a time, newest first; searched by words. */
export function HistoryList() {
  const t = useTranslations("inference")
  const [typed, setTyped] = useState("")
  const [wanted, setPage] = useState(0)
  const words = useDebounced(typed.trim(), TYPING_MS)
  const history = useSpeechHistory(PAGE, wanted * PAGE, words)
  const { speech, total } = history.data ?? { speech: [], total: 0 }
  const pages = Math.max(1, Math.ceil(total / PAGE))
  const page = Math.min(wanted, pages - 1)
  if (history.data && wanted !== page) setPage(page) // the last ones of a page were deleted
  const search = (value: string) => {
    setTyped(value)
    setPage(0)
  }
  return (
    <Card>
      <CardHeader className="flex flex-row flex-wrap items-center gap-x-4 gap-y-2">
        <CardTitle id="speech-history" className="mr-auto">{t("history")}</CardTitle>
        {(total > PAGE || typed) && <Input type="search" aria-label={t("searchHistory")} placeholder={t("searchHistory")} maxLength={200} className="h-8 w-full sm:w-56" value={typed} onChange={(event) => search(event.target.value)} />}
        {total > 0 && <span role="status" className="font-mono text-xs text-muted-foreground tabular-nums">{t("shownRange", { from: page * PAGE + 1, to: page * PAGE + speech.length, total })}</span>}
      </CardHeader>
      <CardContent className="space-y-4">
        <Problem error={history.error} />
        {history.isPending && <Skeleton className="h-40" />}
        {history.data && !total && (words ? <Empty icon={<SearchXIcon />} title={t("noneFound")} hint={t("noneFoundHint")} /> : <Empty icon={<SpeechIcon />} title={t("noHistory")} hint={t("noHistoryHint")} />)}
        {speech.length > 0 && (
          <ul aria-labelledby="speech-history" className="divide-y">{speech.map((entry) => <HistoryEntry key={entry.id} speech={entry} />)}</ul>
        )}
        {pages > 1 && <Pager page={page} pages={pages} onTurn={setPage} />}
      </CardContent>
    </Card>
  )
}

type PagerProps = { page: number; pages: number; onTurn: (page: number) => void }

function Pager({ page, pages, onTurn }: PagerProps) {
  const t = useTranslations("inference")
  return (
    <nav aria-label={t("pages")} className="flex items-center justify-between gap-3 border-t pt-4">
      <Button type="button" size="sm" variant="outline" disabled={!page} onClick={() => onTurn(page - 1)}>{t("newer")}</Button>
      <span className="text-xs text-muted-foreground tabular-nums">{t("page", { n: page + 1, of: pages })}</span>
      <Button type="button" size="sm" variant="outline" disabled={page + 1 >= pages} onClick={() => onTurn(page + 1)}>{t("older")}</Button>
    </nav>
  )
}
