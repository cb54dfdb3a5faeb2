"use client"
import { SpeechIcon } from "lucide-react"
import { useState } from "react"
import { useTranslations } from "use-intl"
import { Problem } from "@/components/problem"
import { Button } from "@/components/ui/button"
import { Card, CardContent, CardHeader, CardTitle } from "@/components/ui/card"
import { Empty } from "@/components/ui/empty"
import { Skeleton } from "@/components/ui/skeleton"
import { useSpeechHistory } from "@/lib/api/speech"
import { HistoryEntry } from "./history-entry"

const PAGE = 10

export function HistoryList() {
  const t = useTranslations("inference")
  const [limit, setLimit] = useState(PAGE)
  const history = useSpeechHistory(limit)
  const { speech, total } = history.data ?? { speech: [], total: 0 }
  return (
    <Card>
      <CardHeader>
        <CardTitle id="speech-history">{t("history")}</CardTitle>
        {total > 0 && <span className="font-mono text-xs text-muted-foreground tabular-nums">{t("shown", { n: speech.length, total })}</span>}
      </CardHeader>
      <CardContent className="space-y-4">
        <Problem error={history.error} />
        {history.isPending && <Skeleton className="h-40" />}
        {history.data && !total && <Empty icon={<SpeechIcon />} title={t("noHistory")} hint={t("noHistoryHint")} />}
        {speech.length > 0 && (
          <ul aria-labelledby="speech-history" className="divide-y">{speech.map((entry) => <HistoryEntry key={entry.id} speech={entry} />)}</ul>
        )}
        {speech.length < total && <Button size="sm" variant="outline" disabled={history.isFetching} onClick={() => setLimit(limit + PAGE)}>{t("showMore")}</Button>}
      </CardContent>
    </Card>
  )
}
